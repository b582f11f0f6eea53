-- Takes a record that has expired out of the index of due times.
-- KEYS: record, index. ARGV: key.
if redis.call('EXISTS', KEYS[1]) == 0 then
  return redis.call('ZREM', KEYS[2], ARGV[1])
end
return 0
