-- May this turn run now? KEYS: lane, conclusion, stream of turns.
-- ARGV: channel, turn, entry id, deadline ms, group, session, how many may wait, lifetime of the
-- lane ms, longest life of a chat turn ms.
-- Returns {'concluded', conclusion} | {'superseded'} | {'full'} | {'wait'} | {'run', n, displaced}.
local lane, stream = KEYS[1], KEYS[3]
local channel, turn, entry, deadline = ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4])
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)

local function parts(id)
  local ms, n = string.match(id, '^(%d+)-(%d+)$')
  return tonumber(ms), tonumber(n)
end

local function before(a, b)
  local a_ms, a_n = parts(a)
  local b_ms, b_n = parts(b)
  return a_ms < b_ms or (a_ms == b_ms and a_n < b_n)
end

-- Order is the stream's: an older chat turn of this session that the group has read and not ended
-- goes first, even when its worker died before it could say anything. Past its deadline it is void.
-- Returns whether another turn goes first, and whether this one is a copy of an older entry.
local function older_pending()
  local another, copy = false, false
  local rows = redis.pcall('XPENDING', stream, ARGV[5], '-', '(' .. entry, 1000)
  if rows.err then
    return another, copy
  end
  for _, row in ipairs(rows) do
    local ms = parts(row[1])
    if ms + tonumber(ARGV[9]) > now then
      local found = redis.call('XRANGE', stream, row[1], row[1])[1]
      local text = found and table.concat(found[2], '\n') or ''
      if string.find(text, '"session_id":"' .. ARGV[6] .. '"', 1, true)
        and string.find(text, '"channel":"chat"', 1, true) then
        local same = string.find(text, '"turn_id":"' .. turn .. '"', 1, true)
        another, copy = another or not same, copy or same ~= nil
      end
    end
  end
  return another, copy
end

local concluded = redis.call('GET', KEYS[2])
if concluded then
  return { 'concluded', concluded }
end
local was = redis.call('HMGET', lane, 'holder', 'deadline', 'newest', 'newest_entry', 'entry')
local holder, newest = was[1], was[3]

-- The same turn stated twice (a client's retry): the copy waits for the first's end, and takes no
-- place among those who wait. A redelivery of the same entry is another run.
if holder == turn and was[5] ~= entry and tonumber(was[2]) > now then
  return { 'wait' }
end

if channel == 'voice' then
  if newest and newest ~= turn and before(entry, was[4]) then
    return { 'superseded' }
  end
else
  local held = holder and holder ~= turn and tonumber(was[2]) > now
  local another, copy = older_pending()
  if held or another then
    -- A copy takes no place: its first entry has one, or will.
    if copy then
      return { 'wait' }
    end
    local waiting, mine = 0, 'wait:' .. turn
    local fields = redis.call('HGETALL', lane)
    for i = 1, #fields, 2 do
      if string.sub(fields[i], 1, 5) == 'wait:' and fields[i] ~= mine then
        if tonumber(fields[i + 1]) > now then
          waiting = waiting + 1
        else
          redis.call('HDEL', lane, fields[i])
        end
      end
    end
    if waiting >= tonumber(ARGV[7]) and redis.call('HEXISTS', lane, mine) == 0 then
      return { 'full' }
    end
    redis.call('HSET', lane, mine, deadline)
    redis.call('PEXPIRE', lane, ARGV[8])
    return { 'wait' }
  end
  redis.call('HDEL', lane, 'wait:' .. turn)
end

local run = redis.call('HINCRBY', lane, 'run:' .. turn, 1)
redis.call('HSET', lane, 'holder', turn, 'run', run, 'deadline', deadline, 'said', '0',
  'entry', entry)
if not newest or before(was[4], entry) then
  redis.call('HSET', lane, 'newest', turn, 'newest_entry', entry)
end
redis.call('PEXPIRE', lane, ARGV[8])
return { 'run', run, (holder and holder ~= turn) and holder or '' }
