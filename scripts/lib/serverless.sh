# Serverless Devs, as scripts/s-preview and scripts/fc-local need it.
# shellcheck shell=bash

readonly skip_code=77

# Serverless Devs leaves no process behind that reports its use and looks for updates.
readonly quiet=NODE_ENV=test

# lacking REASON: ends the run, because this machine cannot do it.
lacking() {
  echo "$*" >&2
  if [[ ${CI:-} == true ]]; then exit 1; fi
  exit "$skip_code"
}

# serverless_devs: prints the path of the program s, installed if need be.
serverless_devs() {
  local where
  command -v npm >/dev/null || lacking 'npm is not there, and Serverless Devs comes from it'
  where=$(node_programs testdata/serverless-devs) || lacking 'Serverless Devs could not be installed from npm'
  echo "$where/node_modules/.bin/s"
}
