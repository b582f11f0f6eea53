# The program behind scripts/crash and scripts/bench.
# shellcheck shell=bash

# load ARGUMENT...: builds it, runs it, and cleans up.
load() {
  local binary
  binary=$(mktemp -d)
  # shellcheck disable=SC2064 # the name is known now, and local
  trap "rm -rf '$binary'" EXIT
  go build -o "$binary/load" ./scripts/load
  "$binary/load" "$@"
}
