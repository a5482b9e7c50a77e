-- KEYS: account, hold, holds by expiry, charge, unbooked charges.
-- ARGV: usage id, nano-dollars spent, the fact that says so.
-- Without a hold nothing is charged here: the fact is out, and the ledger charges it (book.lua).
local amount = redis.call('HGET', KEYS[2], 'amount')
if not amount then return 'gone' end
redis.call('HINCRBY', KEYS[1], 'held', -tonumber(amount))
redis.call('DEL', KEYS[2])
redis.call('ZREM', KEYS[3], ARGV[1])
if ARGV[2] ~= '0' and redis.call('EXISTS', KEYS[4]) == 0 then
  redis.call('HINCRBY', KEYS[1], 'spent', ARGV[2])
  redis.call('HSET', KEYS[4], 'nano', ARGV[2], 'fact', ARGV[3])
  redis.call('HSET', KEYS[5], ARGV[1], ARGV[2])
end
return 'settled'
