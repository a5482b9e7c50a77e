-- A handler waits for something outside, or goes on: a death while it waits is not its doing.
-- KEYS: stream, then the tries of each entry. ARGV: group, consumer, lifetime of tries in s, then
-- (entry id, claim, 0 waits, 1 runs or 2 runs alone) of each.
for i = 1, #KEYS - 1 do
  local id, claim, how = ARGV[1 + 3 * i], ARGV[2 + 3 * i], ARGV[3 + 3 * i]
  if mine(KEYS[1], ARGV[1], ARGV[2], id, claim) then
    if how == '0' then
      redis.call('HDEL', KEYS[1 + i], 'running')
    else
      redis.call('HSET', KEYS[1 + i], 'running', running_token(ARGV[2], claim, how))
      redis.call('EXPIRE', KEYS[1 + i], ARGV[3])
    end
  end
end
return 1
