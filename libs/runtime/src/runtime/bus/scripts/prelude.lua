-- Shared by every script. A claim is (consumer, times delivered): the consumer's name is unique to
-- a process, and each new claim of an entry raises the count (renewal by JUSTID does not).
local function mine(stream, group, consumer, id, claim)
  local row = redis.call('XPENDING', stream, group, id, id, 1, consumer)[1]
  return row ~= nil and row[4] == tonumber(claim)
end

-- Who runs the handler of an entry, for which claim, and how: 1 beside others, 2 alone.
local function running_token(consumer, claim, how)
  return consumer .. '/' .. claim .. '/' .. how
end

-- Appends `count` writes found in ARGV from `at` on: key index, length cap (0: none), lifetime in
-- seconds (0: none), number of fields and values, then those. Returns the next position.
local function append(at, count)
  for _ = 1, count do
    local key, cap, life, size = KEYS[tonumber(ARGV[at])], ARGV[at + 1], ARGV[at + 2], tonumber(ARGV[at + 3])
    local call = { 'XADD', key }
    if cap ~= '0' then
      call[3], call[4], call[5] = 'MAXLEN', '~', cap
    end
    call[#call + 1] = '*'
    for i = at + 4, at + 3 + size do
      call[#call + 1] = ARGV[i]
    end
    redis.call(unpack(call))
    if life ~= '0' then
      redis.call('EXPIRE', key, life)
    end
    at = at + 4 + size
  end
  return at
end

local function skip(at, count)
  for _ = 1, count do
    at = at + 4 + tonumber(ARGV[at + 3])
  end
  return at
end
