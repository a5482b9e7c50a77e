-- KEYS: account, hold, holds by expiry, charge, unbooked charges, and the session's if it has one.
-- ARGV: usage id, nano-dollars spent, the fact that says so.
-- Without a hold nothing is charged here: the fact is out, and the ledger charges it (book.lua).
local hold = redis.call('HMGET', KEYS[2], 'amount', 'month')
if not hold[1] then return 'gone' end
turn()
redis.call('HINCRBY', account, 'held', -tonumber(hold[1]))
count_in_session(KEYS[6], 'held', -tonumber(hold[1]))
redis.call('DEL', KEYS[2])
redis.call('ZREM', KEYS[3], ARGV[1])
if ARGV[2] ~= '0' and redis.call('EXISTS', KEYS[4]) == 0 then
  local month = pay(hold[2] or '', ARGV[2])
  count_in_session(KEYS[6], 'spent', ARGV[2])
  redis.call('HSET', KEYS[4], 'nano', ARGV[2], 'month', month, 'fact', ARGV[3])
  redis.call('HSET', KEYS[5], ARGV[1], ARGV[2] .. ' ' .. month)
end
return 'settled'
