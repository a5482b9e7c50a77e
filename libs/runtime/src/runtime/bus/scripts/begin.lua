-- Before the handler: still mine, not done yet? Then note that it runs, so that a death is seen.
-- KEYS: stream, then (done mark, tries) of each entry.
-- ARGV: group, consumer, lifetime of tries in s, deaths from which an entry is a suspect and does not
-- begin yet (0: it does, alone), then (entry id, claim) of each.
-- Returns for each {0} lost, {1} done already (now acknowledged), or
-- {2 begun or 3 suspect, failures, deaths in company, deaths alone, noted ms or -1}.
local stream, group, consumer = KEYS[1], ARGV[1], ARGV[2]
local suspect_from = tonumber(ARGV[4])
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
    local was = redis.call('HMGET', tries, 'running', 'failures', 'deaths', 'alone', 'noted')
    local deaths, alone = tonumber(was[3] or 0), tonumber(was[4] or 0)
    -- Somebody's handler ran and never said how it ended: that process died or hung in it.
    if was[1] == running_token(consumer, claim, '2') then
      -- Asked again because the first reply was lost on the way.
    elseif was[1] and string.sub(was[1], -2) == '/2' then
      alone = redis.call('HINCRBY', tries, 'alone', 1)
    elseif was[1] and was[1] ~= running_token(consumer, claim, '1') then
      deaths = redis.call('HINCRBY', tries, 'deaths', 1)
    end
    local suspect = suspect_from > 0 and deaths + alone >= suspect_from
    if suspect then
      redis.call('HDEL', tries, 'running')
    else
      local token = running_token(consumer, claim, suspect_from > 0 and '1' or '2')
      redis.call('HSET', tries, 'running', token)
    end
    redis.call('EXPIRE', tries, ARGV[3])
    found[i] = { suspect and 3 or 2, tonumber(was[2] or 0), deaths, alone, tonumber(was[5] or -1) }
  end
end
return found
