-- A feed entry of a turn that still holds its lane. KEYS: lane, feed.
-- ARGV: turn, run, place of this entry in the run, feed length, feed lifetime s, body.
-- Returns 1, or 0: lost. Asked again after a lost reply, the entry is there once.
local was = redis.call('HMGET', KEYS[1], 'holder', 'run', 'said')
if was[1] ~= ARGV[1] or was[2] ~= ARGV[2] then
  return 0
end
if tonumber(was[3]) < tonumber(ARGV[3]) then
  redis.call('HSET', KEYS[1], 'said', ARGV[3])
  redis.call('XADD', KEYS[2], 'MAXLEN', '~', ARGV[4], '*', 'e', ARGV[6])
  redis.call('EXPIRE', KEYS[2], ARGV[5])
end
return 1
