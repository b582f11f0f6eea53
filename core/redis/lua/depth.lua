-- Counts what is ready (due or in somebody's hands), delayed and dead.
-- KEYS: ready, delayed, dead.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local due = redis.call('ZCOUNT', KEYS[2], '-inf', now)
return {
  redis.call('XLEN', KEYS[1]) + due,
  redis.call('ZCARD', KEYS[2]) - due,
  redis.call('XLEN', KEYS[3]),
}
