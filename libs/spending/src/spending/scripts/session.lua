-- Puts right what a session has spent, if it is still what was seen. KEYS: the session's.
-- ARGV: nano-dollars seen, and what it should be.
if (redis.call('HGET', KEYS[1], 'spent') or '0') ~= ARGV[1] then return 0 end
redis.call('HSET', KEYS[1], 'spent', ARGV[2])
redis.call('EXPIRE', KEYS[1], SESSION_KEPT_S)
return 1
