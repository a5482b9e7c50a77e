-- A bug in the handler: counted, while still mine. KEYS: stream, tries. ARGV: group, consumer,
-- entry id, claim, lifetime of tries in s. Returns the failures so far, or -1: lost.
if not mine(KEYS[1], ARGV[1], ARGV[2], ARGV[3], ARGV[4]) then
  return -1
end
local failures = redis.call('HINCRBY', KEYS[2], 'failures', 1)
redis.call('HDEL', KEYS[2], 'running')
redis.call('EXPIRE', KEYS[2], ARGV[5])
return failures
