-- KEYS: account, hold, holds by expiry, charge, unbooked charges, averages, and the session's if it
-- has one.
-- ARGV: usage id, nano-dollars spent, the fact that says so; then whose average it is, tokens in that
-- were estimated (0: this one is no example of it), tokens in, those of them that the provider
-- wrote into its cache, tokens out.
-- Without a hold nothing is charged here: the fact is out, and the ledger charges it (book.lua).
local LAST_CALLS = 20 -- so many weigh as much as all before them

-- A mean and a mean deviation of each; the first call is its own mean.
local function learn(key, name, came)
  local row = {}
  for word in string.gmatch(redis.call('HGET', key, name) or '0', '%S+') do
    row[#row + 1] = tonumber(word)
  end
  local calls = row[1] + 1
  local weight = 1 / math.min(calls, LAST_CALLS)
  local told = {string.format('%d', calls)}
  for at, value in ipairs(came) do
    local mean, off = row[2 * at] or value, row[2 * at + 1] or 0
    off = off + weight * (math.abs(value - mean) - off)
    mean = mean + weight * (value - mean)
    told[#told + 1] = string.format('%.6f %.6f', mean, off)
  end
  redis.call('HSET', key, name, table.concat(told, ' '))
end

local hold = redis.call('HMGET', KEYS[2], 'amount', 'month')
if not hold[1] then return 'gone' end
turn()
redis.call('HINCRBY', account, 'held', -tonumber(hold[1]))
redis.call('DEL', KEYS[2])
redis.call('ZREM', KEYS[3], ARGV[1])
local spent = 0
if ARGV[2] ~= '0' and redis.call('EXISTS', KEYS[4]) == 0 then
  local month = pay(hold[2] or '', ARGV[2])
  spent = ARGV[2]
  redis.call('HSET', KEYS[4], 'nano', ARGV[2], 'month', month, 'fact', ARGV[3])
  redis.call('HSET', KEYS[5], ARGV[1], ARGV[2] .. ' ' .. month)
end
count_in_session(KEYS[7], -tonumber(hold[1]), spent)
if tonumber(ARGV[2]) > tonumber(hold[1]) then
  redis.call('HDEL', KEYS[6], ARGV[4]) -- what surprises says that the others say nothing of it
elseif tonumber(ARGV[5]) > 0 then
  learn(KEYS[6], ARGV[4], {ARGV[6] / ARGV[5], ARGV[7] / ARGV[5], tonumber(ARGV[8])})
end
return 'settled'
