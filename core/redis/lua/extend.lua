-- Begins leases anew, of deliveries that are still the latest of their message.
-- XCLAIM comes first: it needs no memory, and what follows it is let pass.
-- KEYS: ready, leases. ARGV: group, lease in ms, then for each id, attempt.
if redis.call('EXISTS', KEYS[1]) == 0 then
  return 0 -- the server has lost its data, so nothing is in our hands
end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
for i = 3, #ARGV, 2 do
  local id = ARGV[i]
  local held = redis.call('XPENDING', KEYS[1], ARGV[1], id, id, 1)[1]
  if held and held[4] == tonumber(ARGV[i + 1]) then
    redis.call('XCLAIM', KEYS[1], ARGV[1], 'worker', 0, id, 'JUSTID')
    redis.call('ZADD', KEYS[2], now + ARGV[2], id)
  end
end
return 1
