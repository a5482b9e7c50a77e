-- One more frame of a session's screen history; the oldest go when it is full. KEYS: history.
-- ARGV: entry that the record is told by (or ''), record, its size, most bytes, most frames,
-- lifetime ms. Each entry says in `before` what all before it took together, those that went too.
-- Returns the entry's id, or false: the entry that it is told by is not there any more.
local key, base, size = KEYS[1], ARGV[1], tonumber(ARGV[3])
if base ~= '' and #redis.call('XRANGE', key, base, base) == 0 then
  return false
end

local function field_of(entry, name)
  for at = 1, #entry[2], 2 do
    if entry[2][at] == name then
      return tonumber(entry[2][at + 1])
    end
  end
  return 0
end

local before = 0
local newest = redis.call('XREVRANGE', key, '+', '-', 'COUNT', 1)[1]
if newest then
  before = field_of(newest, 'before') + field_of(newest, 'size')
end
local id = redis.call('XADD', key, 'MAXLEN', '=', ARGV[5], '*',
  'frame', ARGV[2], 'base', base, 'size', size, 'before', before)
local oldest = redis.call('XRANGE', key, '-', '+', 'COUNT', 1)[1]
while oldest[1] ~= id and before + size - field_of(oldest, 'before') > tonumber(ARGV[4]) do
  redis.call('XDEL', key, oldest[1])
  oldest = redis.call('XRANGE', key, '-', '+', 'COUNT', 1)[1]
end
redis.call('PEXPIRE', key, ARGV[6])
return id
