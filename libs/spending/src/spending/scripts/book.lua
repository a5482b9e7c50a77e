-- The ledger's word on one use; a confirmed one is its last.
-- KEYS: account, charge, unbooked charges, and the session's if it has one.
-- ARGV: usage id, nano-dollars, confirmed (1 or 0), seconds that the charge is remembered, month.
if redis.call('HEXISTS', account, 'spent') == 0 then return 'missing' end
local charge = redis.call('HMGET', KEYS[2], 'nano', 'confirmed', 'month')
if charge[2] == '1' and ARGV[3] == '0' then return 'known' end
turn()
local charged, month = charge[1], charge[3]
if not charged then
  charged, month = string.match(redis.call('HGET', KEYS[3], ARGV[1]) or '', '^(%d+) ?(.*)$')
end
charged = tonumber(charged or '0')
if charged > 0 and month and month ~= '' and month ~= ARGV[5] then
  pay(month, -charged)
  pay(ARGV[5], ARGV[2])
else
  pay(ARGV[5], tonumber(ARGV[2]) - charged)
end
count_in_session(KEYS[4], 0, tonumber(ARGV[2]) - charged)
redis.call('HSET', KEYS[2], 'nano', ARGV[2], 'confirmed', ARGV[3], 'month', ARGV[5])
redis.call('HDEL', KEYS[2], 'fact')
redis.call('EXPIRE', KEYS[2], ARGV[4])
redis.call('HDEL', KEYS[3], ARGV[1])
return 'booked'
