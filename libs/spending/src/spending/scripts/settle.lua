-- KEYS: account, hold, holds by expiry. ARGV: usage id, nano-dollars spent.
local amount = redis.call('HGET', KEYS[2], 'amount')
if not amount then return 'gone' end
redis.call('HINCRBY', KEYS[1], 'held', -tonumber(amount))
redis.call('HINCRBY', KEYS[1], 'spent', ARGV[2])
redis.call('DEL', KEYS[2])
redis.call('ZREM', KEYS[3], ARGV[1])
return 'settled'
