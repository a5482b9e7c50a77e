-- A fact outside of any delivery, once however often it is stated. KEYS: its mark, its stream.
-- ARGV: seconds that the mark stays, field, body. Returns 1, or 0: it was stated before.
if redis.call('EXISTS', KEYS[1]) == 1 then
  return 0
end
redis.call('XADD', KEYS[2], '*', ARGV[2], ARGV[3])
redis.call('SET', KEYS[1], '1', 'EX', ARGV[1])
return 1
