-- KEYS: account, hold, holds by expiry, charge, unbooked charges, averages, and the session's if it
-- has one.
-- ARGV: usage id, nano-dollars spent, the fact that says so; then whose average it is, tokens in that
-- were estimated (0: this one is no example of it), tokens in, tokens out.
-- Without a hold nothing is charged here: the fact is out, and the ledger charges it (book.lua).
local LAST_CALLS = 20 -- so many weigh as much as all before them

local function learn(key, name, ratio, output)
  local row = redis.call('HGET', key, name) or '0 0 0 0 0'
  local calls, mean_ratio, ratio_off, mean_output, output_off =
    string.match(row, '(%S+) (%S+) (%S+) (%S+) (%S+)')
  if calls == '0' then
    mean_ratio, mean_output = ratio, output
  end
  local weight = 1 / math.min(calls + 1, LAST_CALLS)
  ratio_off = ratio_off + weight * (math.abs(ratio - mean_ratio) - ratio_off)
  mean_ratio = mean_ratio + weight * (ratio - mean_ratio)
  output_off = output_off + weight * (math.abs(output - mean_output) - output_off)
  mean_output = mean_output + weight * (output - mean_output)
  redis.call('HSET', key, name, string.format('%d %.6f %.6f %.3f %.3f', calls + 1, mean_ratio,
    ratio_off, mean_output, output_off))
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
  learn(KEYS[6], ARGV[4], ARGV[6] / ARGV[5], tonumber(ARGV[7]))
end
return 'settled'
