-- Turn what was held into what was used, in the second in which it was taken; harmless twice.
-- KEYS: windows (see take.lua). ARGV: the hold's name, then for each window what was used.
for i, key in ipairs(KEYS) do
  local field = 'hold:' .. ARGV[1]
  local second, amount = string.match(redis.call('HGET', key, field) or '', '^(%d+) (%d+)$')
  local taken = second and redis.call('HGET', key, second)
  redis.call('HDEL', key, field)
  -- A second that counts no more has been removed, and is not made again.
  if taken then
    local whole, last = string.match(taken, '^(%d+) (%d+)$')
    redis.call('HSET', key, second, string.format('%d %d', whole + ARGV[i + 1] - amount, last))
  end
end
return 1
