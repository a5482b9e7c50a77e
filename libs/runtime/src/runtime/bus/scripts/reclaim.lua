-- Takes entries that nobody renewed. KEYS: stream. ARGV: group, consumer, idle ms, how many at most,
-- then the ids this process holds: it never claims those (it may be late with its own renewal).
-- Returns {id, claim, fields} of each; entries that were deleted leave the group's list.
local stream, group, consumer, idle, most = KEYS[1], ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4])
local held = {}
for i = 5, #ARGV do
  held[ARGV[i]] = true
end
local call = { 'XCLAIM', stream, group, consumer, idle }
for _, row in ipairs(redis.call('XPENDING', stream, group, 'IDLE', idle, '-', '+', most + #ARGV - 4)) do
  if not held[row[1]] and #call < 5 + most then
    call[#call + 1] = row[1]
  end
end
if #call == 5 then
  return {}
end
local found = {}
for _, entry in ipairs(redis.call(unpack(call))) do
  local row = redis.call('XPENDING', stream, group, entry[1], entry[1], 1, consumer)[1]
  if row then
    found[#found + 1] = { entry[1], row[4], entry[2] }
  end
end
return found
