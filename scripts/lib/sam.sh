# What scripts/sam-local needs beside the SAM CLI: a Docker engine, and what a
# container of it begins with.
# shellcheck shell=bash
# shellcheck disable=SC2034 # who sources this uses the version

readonly sam_version=1.170.0 # of the package aws-sam-cli

# engine_answers: there is a Docker engine that we may use.
engine_answers() { docker info >/dev/null 2>&1; }

# start_engine FOLDER: starts one that has everything in the folder. Whoever calls
# is alone in namespaces of processes, mounts and the network, with which it ends.
start_engine() {
  local folder=$1 try
  busybox ip link set lo up
  dockerd --data-root "$folder/data" --exec-root "$folder/exec" --pidfile "$folder/pid" \
    --host "unix://$folder/socket" --storage-driver vfs >"$folder/log" 2>&1 &
  export DOCKER_HOST=unix://$folder/socket
  for ((try = 0; try < 150; try++)); do
    if engine_answers; then return; fi
    sleep 0.2
  done
  tail -n 20 "$folder/log"
  return 1
}

# stop_engine FOLDER: ends it in good order, if it was started.
stop_engine() {
  if [[ -e $1/pid ]]; then
    kill "$(<"$1/pid")"
    wait
  fi
}

# gateway: prints this machine's address in the network of containers, the first
# one of it; before the first container some engines do not tell.
gateway() {
  local subnet
  subnet=$(docker network inspect bridge --format '{{(index .IPAM.Config 0).Subnet}}')
  echo "${subnet%.*}.1"
}

# shell_image FILE: writes a tar file with a shell, and what it takes to put an
# emulator beside it.
shell_image() {
  local root
  root=$(mktemp -d)
  mkdir -p "$root/bin" "$root/tmp" "$root/var/task"
  chmod 1777 "$root/tmp"
  cp "$(command -v busybox)" "$root/bin/busybox"
  ln -s busybox "$root/bin/sh"
  ln -s busybox "$root/bin/mv"
  ln -s busybox "$root/bin/chmod"
  tar --create --file "$1" --directory "$root" .
  rm -rf "$root"
}
