-- Hands out messages: those whose lease has ended, then new ones, after moving
-- the delayed ones that are due. Every write before the first that needs memory
-- frees some or needs none, so a full server can still be drained.
-- KEYS: ready, delayed, leases, bell. ARGV: group, most, lease in ms.
-- Returns {last ring, ms until something is due or -1, id, attempt, body, …}.
local found = {'0-0', -1}
local rung = redis.call('XREVRANGE', KEYS[4], '+', '-', 'COUNT', 1)[1]
if rung then
  found[1] = rung[1]
end
if redis.call('EXISTS', KEYS[1]) == 0 then
  return found -- nothing was ever enqueued
end

local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local most = tonumber(ARGV[2])

for _, member in ipairs(redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', now, 'LIMIT', 0, most)) do
  redis.call('ZREM', KEYS[2], member)
  redis.call('XADD', KEYS[1], '*', 'm', string.sub(member, string.find(member, ' ', 1, true) + 1))
end

local function hand(id, attempt, body)
  redis.call('ZADD', KEYS[3], now + ARGV[3], id)
  table.insert(found, id)
  table.insert(found, attempt)
  table.insert(found, body)
  most = most - 1
end

for _, id in ipairs(redis.call('ZRANGEBYSCORE', KEYS[3], '-inf', now, 'LIMIT', 0, most)) do
  local entry = redis.call('XCLAIM', KEYS[1], ARGV[1], 'worker', 0, id)[1]
  if entry then
    hand(id, redis.call('XPENDING', KEYS[1], ARGV[1], id, id, 1)[1][4], entry[2][2])
  else
    redis.call('ZREM', KEYS[3], id)
  end
end

if most > 0 then
  local read = redis.call('XREADGROUP', 'GROUP', ARGV[1], 'worker', 'COUNT', most, 'STREAMS', KEYS[1], '>')
  if read then
    for _, entry in ipairs(read[1][2]) do
      hand(entry[1], 1, entry[2][2])
    end
  end
end

local due = redis.call('ZRANGE', KEYS[2], 0, 0, 'WITHSCORES')[2]
local lease = redis.call('ZRANGE', KEYS[3], 0, 0, 'WITHSCORES')[2]
if due or lease then
  found[2] = math.max(0, math.min(tonumber(due or lease), tonumber(lease or due)) - now)
end
return found
