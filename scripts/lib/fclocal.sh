# What scripts/fc-local does once there is a Docker engine.
# shellcheck shell=bash
# shellcheck disable=SC2154 # the script and serverless.sh say what s and quiet are

mapfile -t least <testdata/serverless-devs/least.env
readonly least
variables=() # of s.yaml

# serverless FOLDER ARGUMENT...: Serverless Devs, with nothing set but the variables.
serverless() {
  local folder=$1
  shift
  (cd "$folder/app" && exec env -i "$quiet" PATH="$PATH" HOME="$folder/home" DOCKER_HOST="${DOCKER_HOST:-}" \
    FC_DOCKER_IMAGE_URL="$image" "${variables[@]}" "$s" "$@")
}
image=vodrefresh-fc-local:$$

# within_engine FOLDER: all that needs containers.
within_engine() {
  folder=$1
  if ! engine_answers; then start_engine "$folder/engine" || return; fi
  trap 'ended' EXIT
  tar --create --directory "$folder/image" . |
    docker import --change 'ENTRYPOINT ["/fcimage"]' - "$image" >/dev/null
  surroundings
  callbacks
  events
  operators
  uploads
  echo "$passed passed"
}

# ended: leaves nothing behind in an engine that is somebody else's.
ended() {
  stop
  kill "${helpers[@]}" 2>/dev/null || true
  docker rmi --force "$image" >/dev/null 2>&1 || true
}
helpers=()

# surroundings: a platform and a Redis, where containers can reach them.
surroundings() {
  local here api redis=$((20000 + RANDOM % 10000)) try
  here=$(gateway)
  redis-server --bind "$here" --port "$redis" --protected-mode no --save '' >"$folder/redis.log" 2>&1 &
  helpers+=($!)
  "$folder/load" simulator --listen "$here:0" >"$folder/simulator.json" 2>"$folder/simulator.log" &
  helpers+=($!)
  for ((try = 0; try < 100; try++)); do
    if [[ -s $folder/simulator.json ]] && (: <"/dev/tcp/$here/$redis") 2>/dev/null; then break; fi
    sleep 0.1
  done
  api=$(grep -o "http://$here:[0-9]*" "$folder/simulator.json")
  control=$(grep -o 'http://127[^"]*' "$folder/simulator.json")
  variables=("${least[@]}" "ALIYUN_VOD_ENDPOINT=$api" ALLOW_HTTP_ENDPOINT=true
    "QUEUE_URL=redis://$here:$redis/0" "STORE_URL=redis://$here:$redis/1" LOG_LEVEL=debug)
}

passed=0
# expect WHAT TEXT SAID: notes what was seen, or ends the run.
expect() {
  if [[ $3 != *"$2"* ]]; then
    printf 'FAIL  %s: not "%s" but:\n%s\n' "$1" "$2" "$3"
    tail -n 20 "$folder"/*.log
    return 1
  fi
  passed=$((passed + 1))
  echo "pass  $1"
}

# media: how many media the platform was asked to refresh, in how many calls.
media() { curl --silent --fail "$control/stats" | grep -o '"\(accepted\|media\|twice\)": *[0-9]*' | tr -d ' "' | paste -sd ' '; }

# start FUNCTION: s local start, until it answers; base is where.
start() {
  local try port
  serverless "$folder" "$1" local start >"$folder/$1.log" 2>&1 &
  started=$!
  for ((try = 0; try < 300; try++)); do
    sleep 0.1
    # Of a built-in runtime the port is that of a proxy, of a custom one the container's.
    port=$(grep -o 'localhost:[0-9]* to test' "$folder/$1.log" | grep -o '[0-9]*' || true)
    if [[ $1 != refresh ]]; then port=$(docker ps --filter "ancestor=$image" --format '{{.Ports}}' | sed -n 's/^[^:]*:\([0-9]*\)->.*/\1/p'); fi
    base=http://localhost:$port
    if [[ -n $port ]] && curl --silent --output /dev/null "$base/healthz"; then return; fi
  done
  tail -n 30 "$folder/$1.log"
  return 1
}

# stop: ends what start began.
stop() {
  local containers
  if [[ -z ${started:-} ]]; then return; fi
  mapfile -t containers < <(docker ps --quiet --filter "ancestor=$image")
  if [[ ${#containers[@]} -gt 0 ]]; then docker kill "${containers[@]}" >/dev/null 2>&1 || true; fi
  kill "$started" 2>/dev/null || true
  wait "$started" 2>/dev/null || true
  started=''
}

# invoke FUNCTION EVENT: s local invoke with an event of testdata/fc.
invoke() { serverless "$folder" "$1" local invoke --event-file "$PWD/testdata/fc/$2.json" 2>&1 | tee "$folder/$1.log" || true; }

send() { env -i "${least[@]}" "$folder/vodrefresh" send "$@" --to "$base/callbacks/aliyun" 2>&1 || true; }
status() { curl --silent --output /dev/null --write-out '%{http_code}' "$@"; }

callbacks() {
  start callback
  expect 's callback local start: healthy' 200 "$(status "$base/healthz")"
  expect 's callback local start: a signed callback is queued' '"verdict":"queued"' "$(send --media media-over-http | tr -d ' ')"
  expect 's callback local start: a forged one is refused' 403 "$(status --data '{"EventType":"TranscodeComplete"}' "$base/callbacks/aliyun")"
  expect 's callback local start: nobody forges an event' 404 \
    "$(status --header 'x-fc-control-path: /invoke' --data @testdata/fc/refresh_queue_array.json "$base/invoke")"
  stop
  expect 's callback local invoke: takes no events' errorMessage "$(invoke callback refresh_queue_array)"
  expect 'nothing was asked of the platform yet' 'accepted:0' "$(media)"
}

events() {
  expect 's refresh local invoke: a tick drains the queue' '{"messages":0}' "$(invoke refresh refresh_timer_tick)"
  expect 'the callback led to a call' 'accepted:1 media:1' "$(media)"
  expect 's refresh local invoke: three messages of the queue' '{"messages":3}' "$(invoke refresh refresh_queue_array)"
  expect 'one call for three media' 'accepted:2 media:4' "$(media)"
  invoke refresh refresh_queue_array >/dev/null
  expect 'the same three again cost nothing' 'accepted:2 media:4 twice:0' "$(media)"
}

operators() {
  local token
  token=$(printf '%s\n' "${least[@]}" | sed -n 's/^API_TOKENS=//p')
  start refresh
  expect 's refresh local start: healthy' 200 "$(status "$base/healthz")"
  expect 's refresh local start: quota, with a token' '"quotas"' "$(curl --silent --header "Authorization: Bearer $token" "$base/v1/quota")"
  expect 's refresh local start: none without' 401 "$(status "$base/v1/quota")"
  expect 's refresh local start: an event in a body is a body' 404 "$(status --data @testdata/fc/refresh_queue_array.json "$base/invoke")"
  stop
}

uploads() {
  local ticket
  ticket=$(env -i "${least[@]}" "$folder/vodrefresh" ticket --video uploading-1)
  start credentials
  expect 's credentials local start: credentials, with a ticket' '"UploadAuth"' \
    "$(curl --silent --request POST --header "Authorization: Bearer $ticket" "$base/v1/uploads/uploading-1/credentials")"
  expect 's credentials local start: none for another video' 403 \
    "$(status --request POST --header "Authorization: Bearer $ticket" "$base/v1/uploads/uploading-2/credentials")"
  stop
  expect 's credentials local invoke: takes no events' errorMessage "$(invoke credentials refresh_timer_tick)"
}
