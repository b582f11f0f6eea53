-- Ends deliveries that are still the latest of their message. The old entry goes
-- first: that frees memory, so a full server can still settle.
-- KEYS: ready, delayed, leases, bell, dead. ARGV: group, then for each
-- id, attempt, what (done, again, dead), due in ms (0: at once), body, reason.
if redis.call('EXISTS', KEYS[1]) == 0 then
  return 0 -- the server has lost its data, so nothing is in our hands
end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local ring = false
for i = 2, #ARGV, 6 do
  local id, what, body = ARGV[i], ARGV[i + 2], ARGV[i + 4]
  local held = redis.call('XPENDING', KEYS[1], ARGV[1], id, id, 1)[1]
  if held and held[4] == tonumber(ARGV[i + 1]) then
    redis.call('XACK', KEYS[1], ARGV[1], id)
    redis.call('XDEL', KEYS[1], id)
    redis.call('ZREM', KEYS[3], id)
    if what == 'dead' then
      redis.call('XADD', KEYS[5], '*', 'm', body, 'reason', ARGV[i + 5])
    elseif what == 'again' and tonumber(ARGV[i + 3]) > now then
      redis.call('ZADD', KEYS[2], ARGV[i + 3], time[1] .. '.' .. time[2] .. '.' .. i .. ' ' .. body)
      ring = true
    elseif what == 'again' then
      redis.call('XADD', KEYS[1], '*', 'm', body)
      ring = true
    end
  end
end
if ring then
  redis.call('XADD', KEYS[4], 'MAXLEN', 1, '*', 'rung', 1)
end
return 1
