-- The one atomic step: for each entry that is still pending for this very claim, the done mark, what
-- follows from it, and the acknowledgement; for any other nothing at all.
-- KEYS: stream first, then whatever ARGV points to by index.
-- ARGV: group, consumer, lifetime of done marks in s, number of entries; for each entry: id, claim,
-- index of its done mark (0: a dead letter, which leaves none), index of its tries, number of
-- writes, the writes (see prelude).
-- Returns for each 0 lost, 1 committed, 2 done already under another entry: acknowledged only.
local stream, group, consumer, life = KEYS[1], ARGV[1], ARGV[2], ARGV[3]
local found, at = {}, 5
for i = 1, tonumber(ARGV[4]) do
  local id, claim, done, tries = ARGV[at], ARGV[at + 1], tonumber(ARGV[at + 2]), KEYS[tonumber(ARGV[at + 3])]
  local writes = tonumber(ARGV[at + 4])
  local token = consumer .. '/' .. id .. '/' .. claim
  at = at + 5
  if not mine(stream, group, consumer, id, claim) then
    -- Asked again because the first reply was lost on the way: it was committed then.
    found[i] = (done > 0 and redis.call('GET', KEYS[done]) == token) and 1 or 0
    at = skip(at, writes)
  else
    if done == 0 or redis.call('EXISTS', KEYS[done]) == 0 then
      -- The mark comes after: a write that Redis refuses leaves the entry as if never begun.
      at = append(at, writes)
      if done > 0 then
        redis.call('SET', KEYS[done], token, 'EX', life)
      end
      found[i] = 1
    else
      at = skip(at, writes)
      found[i] = 2
    end
    redis.call('XACK', stream, group, id)
    redis.call('DEL', tries)
  end
end
return found
