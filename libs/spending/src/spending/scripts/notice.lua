-- What was told of the budget. KEYS: account. ARGV: number and name of the newest step, month and
-- percents ("2026-11 50,80"). An older step or month than it has changes nothing.
if tonumber(ARGV[1]) >= tonumber(redis.call('HGET', account, 'noticed_number') or '0') then
  redis.call('HSET', account, 'noticed_number', ARGV[1], 'noticed_step', ARGV[2])
end
local before = redis.call('HGET', account, 'noticed_alerts') or ''
if string.sub(ARGV[3], 1, 7) > string.sub(before, 1, 7)
  or (string.sub(ARGV[3], 1, 7) == string.sub(before, 1, 7) and #ARGV[3] >= #before) then
  redis.call('HSET', account, 'noticed_alerts', ARGV[3])
end
