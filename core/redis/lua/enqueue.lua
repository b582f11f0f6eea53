-- Stores messages, each ready or delayed by the server's own time.
-- KEYS: ready, delayed, bell. ARGV: group, then for each message due in ms (0: at
-- once), body.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
if redis.call('EXISTS', KEYS[1]) == 0 then -- there is no stream without its group
  redis.call('XGROUP', 'CREATE', KEYS[1], ARGV[1], 0, 'MKSTREAM')
end
for i = 2, #ARGV, 2 do
  if tonumber(ARGV[i]) > now then
    -- The same body twice is two messages: time and index tell them apart.
    redis.call('ZADD', KEYS[2], ARGV[i], time[1] .. '.' .. time[2] .. '.' .. i .. ' ' .. ARGV[i + 1])
  else
    redis.call('XADD', KEYS[1], '*', 'm', ARGV[i + 1])
  end
end
redis.call('XADD', KEYS[3], 'MAXLEN', 1, '*', 'rung', 1)
return 1
