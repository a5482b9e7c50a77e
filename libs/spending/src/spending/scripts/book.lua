-- The ledger's word on one use; a confirmed one is its last. KEYS: account, charge, unbooked charges.
-- ARGV: usage id, nano-dollars, confirmed (1 or 0), seconds that the charge is remembered.
if redis.call('HEXISTS', KEYS[1], 'spent') == 0 then return 'missing' end
local charge = redis.call('HMGET', KEYS[2], 'nano', 'confirmed')
if charge[2] == '1' and ARGV[3] == '0' then return 'known' end
local charged = charge[1] or redis.call('HGET', KEYS[3], ARGV[1]) or '0'
redis.call('HINCRBY', KEYS[1], 'spent', tonumber(ARGV[2]) - tonumber(charged))
redis.call('HSET', KEYS[2], 'nano', ARGV[2], 'confirmed', ARGV[3])
redis.call('HDEL', KEYS[2], 'fact')
redis.call('EXPIRE', KEYS[2], ARGV[4])
redis.call('HDEL', KEYS[3], ARGV[1])
return 'booked'
