-- In the middle of a long handler: facts and feed entries, and how far it came, only while mine.
-- KEYS: stream, tries, then the writes'. ARGV: group, consumer, entry id, claim, lifetime of tries
-- in s, noted ms (-1: unchanged), number of writes, the writes. Returns 1, or 0: lost.
-- Who came further than those before has outlived what they died of: their deaths are forgotten.
if not mine(KEYS[1], ARGV[1], ARGV[2], ARGV[3], ARGV[4]) then
  return 0
end
append(8, tonumber(ARGV[7]))
if ARGV[6] ~= '-1' then
  local before = tonumber(redis.call('HGET', KEYS[2], 'noted') or -1)
  if tonumber(ARGV[6]) > before then
    redis.call('HDEL', KEYS[2], 'deaths', 'alone')
  end
  redis.call('HSET', KEYS[2], 'noted', ARGV[6])
end
redis.call('EXPIRE', KEYS[2], ARGV[5])
return 1
