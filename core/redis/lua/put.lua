-- Writes or deletes one record and its place in the index of due times, if its
-- revision is the expected one. A revision is unique, so a record that has the
-- new one already was written by this very call, whose answer got lost.
-- KEYS: record, index, shelves. ARGV: expected revision, new revision (empty:
-- delete), value, due, due in µs, expires, expires in ms, key, shelf.
local held = redis.call('HGET', KEYS[1], 'revision') or ''
if ARGV[2] ~= '' and held == ARGV[2] then
  return held
end
if held ~= ARGV[1] then
  return ''
end
if ARGV[2] == '' then
  redis.call('DEL', KEYS[1])
  redis.call('ZREM', KEYS[2], ARGV[8])
  return 'deleted'
end
redis.call('HSET', KEYS[1], 'revision', ARGV[2], 'value', ARGV[3], 'due', ARGV[4], 'expires', ARGV[6])
if ARGV[4] == '' then
  redis.call('ZREM', KEYS[2], ARGV[8])
else
  redis.call('ZADD', KEYS[2], ARGV[5], ARGV[8])
  redis.call('SADD', KEYS[3], ARGV[9])
end
if ARGV[6] == '' then
  redis.call('PERSIST', KEYS[1])
else
  redis.call('PEXPIREAT', KEYS[1], ARGV[7])
end
return ARGV[2]
