-- Puts dead letters back, and counts those that were still there.
-- KEYS: ready, bell, dead. ARGV: group, then for each id, body.
if redis.call('EXISTS', KEYS[1]) == 0 then
  redis.call('XGROUP', 'CREATE', KEYS[1], ARGV[1], 0, 'MKSTREAM')
end
local count = 0
for i = 2, #ARGV, 2 do
  if redis.call('XDEL', KEYS[3], ARGV[i]) == 1 then
    redis.call('XADD', KEYS[1], '*', 'm', ARGV[i + 1])
    count = count + 1
  end
end
if count > 0 then
  redis.call('XADD', KEYS[2], 'MAXLEN', 1, '*', 'rung', 1)
end
return count
