-- The moment of truth: conclusion, terminal feed entry, lane free, or nothing at all.
-- KEYS: lane, conclusion, feed, the session's last turns.
-- ARGV: turn, run, conclusion, its lifetime ms, feed length, feed lifetime s, body of the entry,
-- the turn as later turns are told of it (empty: they are not), how many are kept, their lifetime ms.
-- run > 0: this run must hold the lane. 0: the turn must not hold it (it never ran, or lost it).
-- -1: whoever holds it (the delivery was given up).
-- Returns {'concluded', conclusion} (now or before) or {'lost'}.
local turn, run = ARGV[1], ARGV[2]
local concluded = redis.call('GET', KEYS[2])
if concluded then
  return { 'concluded', concluded }
end
local was = redis.call('HMGET', KEYS[1], 'holder', 'run')
local holds = was[1] == turn
if (tonumber(run) > 0 and not (holds and was[2] == run)) or (run == '0' and holds) then
  return { 'lost' }
end
redis.call('SET', KEYS[2], ARGV[3], 'PX', ARGV[4])
if ARGV[8] ~= '' then
  redis.call('RPUSH', KEYS[4], ARGV[8])
  redis.call('LTRIM', KEYS[4], -tonumber(ARGV[9]), -1)
  redis.call('PEXPIRE', KEYS[4], ARGV[10])
end
redis.call('HDEL', KEYS[1], 'wait:' .. turn, 'run:' .. turn)
if holds then
  redis.call('HDEL', KEYS[1], 'holder', 'run', 'deadline', 'said', 'entry')
end
redis.call('XADD', KEYS[3], 'MAXLEN', '~', ARGV[5], '*', 'e', ARGV[7])
redis.call('EXPIRE', KEYS[3], ARGV[6])
return { 'concluded', ARGV[3] }
