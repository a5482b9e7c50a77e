-- Before the handler: still mine, not done yet? Then note that it runs, so that a death is seen.
-- KEYS: stream, then (done mark, tries) of each entry.
-- ARGV: group, consumer, lifetime of tries in s, deaths from which an entry is a suspect and does not
-- begin yet (0: it does), then (entry id, claim) of each.
-- Returns for each {0} lost, {1} done already (now acknowledged), or
-- {2 begun or 3 suspect, failures, deaths, noted ms or -1}.
local stream, group, consumer = KEYS[1], ARGV[1], ARGV[2]
local found = {}
for i = 1, (#KEYS - 1) / 2 do
  local done, tries = KEYS[2 * i], KEYS[2 * i + 1]
  local id, claim = ARGV[3 + 2 * i], ARGV[4 + 2 * i]
  if not mine(stream, group, consumer, id, claim) then
    found[i] = { 0 }
  elseif redis.call('EXISTS', done) == 1 then
    redis.call('XACK', stream, group, id)
    redis.call('DEL', tries)
    found[i] = { 1 }
  else
    local token = consumer .. '/' .. claim
    local was = redis.call('HMGET', tries, 'running', 'failures', 'deaths', 'noted')
    local deaths = tonumber(was[3] or 0)
    -- Somebody's handler ran and never said how it ended: that process died or hung in it.
    if was[1] and was[1] ~= token then
      deaths = redis.call('HINCRBY', tries, 'deaths', 1)
    end
    local suspect = tonumber(ARGV[4]) > 0 and deaths >= tonumber(ARGV[4])
    if suspect then
      redis.call('HDEL', tries, 'running')
    else
      redis.call('HSET', tries, 'running', token)
    end
    redis.call('EXPIRE', tries, ARGV[3])
    found[i] = { suspect and 3 or 2, tonumber(was[2] or 0), deaths, tonumber(was[4] or -1) }
  end
end
return found
