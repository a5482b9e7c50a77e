-- Reads what nobody has read for long. KEYS: stream. ARGV: group, consumer, age in ms from which an
-- entry counts, how many at most. Returns {id, 1, fields} of each, oldest first.
local stream, group, consumer = KEYS[1], ARGV[1], ARGV[2]
local time = redis.call('TIME')
local before = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000) - tonumber(ARGV[3])
local last
for _, row in ipairs(redis.call('XINFO', 'GROUPS', stream)) do
  local found = {}
  for i = 1, #row, 2 do
    found[row[i]] = row[i + 1]
  end
  if found['name'] == group then
    last = found['last-delivered-id']
  end
end
if not last or before < 0 then
  return {}
end
local old = redis.call('XRANGE', stream, '(' .. last, string.format('%.0f', before), 'COUNT', ARGV[4])
if #old == 0 then
  return {}
end
local read = redis.call('XREADGROUP', 'GROUP', group, consumer, 'COUNT', #old, 'STREAMS', stream, '>')
local found = {}
for _, entry in ipairs(read[1][2]) do
  found[#found + 1] = { entry[1], 1, entry[2] }
end
return found
