-- Frees what no call was made for.
-- KEYS: account, hold, holds by expiry, and the session's if it has one. ARGV: usage id.
local hold = redis.call('HMGET', KEYS[2], 'amount', 'started')
if not hold[1] or hold[2] == '1' then return 'kept' end
redis.call('HINCRBY', account, 'held', -tonumber(hold[1]))
count_in_session(KEYS[4], -tonumber(hold[1]), 0)
redis.call('DEL', KEYS[2])
redis.call('ZREM', KEYS[3], ARGV[1])
return 'released'
