-- What the ledger should say: all that was spent but the charges that it has not booked.
-- KEYS: account, unbooked charges. ARGV: how many of these to name.
local account = redis.call('HMGET', KEYS[1], 'spent', 'opened', 'corrections')
if not account[1] then return false end
local booked, unbooked = tonumber(account[1]), {}
local waiting = redis.call('HGETALL', KEYS[2])
for i = 1, #waiting, 2 do
  booked = booked - tonumber(waiting[i + 1])
  if #unbooked < tonumber(ARGV[1]) then unbooked[#unbooked + 1] = waiting[i] end
end
return {string.format('%.0f', booked), account[2] or '', account[3] or '0', unbooked}
