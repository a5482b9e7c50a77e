-- Leaves entries pending and without an owner: they look as if idle for the given time, so another
-- takes them at once (or soon, when it is less than what counts as ownerless).
-- KEYS: stream, then the tries of each. ARGV: group, consumer, idle ms, then (entry id, claim).
for i = 1, #KEYS - 1 do
  local id, claim = ARGV[2 + 2 * i], ARGV[3 + 2 * i]
  if mine(KEYS[1], ARGV[1], ARGV[2], id, claim) then
    redis.call('HDEL', KEYS[1 + i], 'running')
    redis.call('XCLAIM', KEYS[1], ARGV[1], ARGV[2], 0, id, 'IDLE', ARGV[3], 'JUSTID')
  end
end
return 1
