-- Still mine? Then its idle time starts again. KEYS: stream. ARGV: group, consumer, then
-- (entry id, claim) of each. Returns 1 or 0 (lost) for each.
local found, kept = {}, {}
for i = 1, (#ARGV - 2) / 2 do
  local id = ARGV[1 + 2 * i]
  if mine(KEYS[1], ARGV[1], ARGV[2], id, ARGV[2 + 2 * i]) then
    found[i] = 1
    kept[#kept + 1] = id
  else
    found[i] = 0
  end
end
if #kept > 0 then
  local call = { 'XCLAIM', KEYS[1], ARGV[1], ARGV[2], 0 }
  for _, id in ipairs(kept) do
    call[#call + 1] = id
  end
  call[#call + 1] = 'JUSTID'
  redis.call(unpack(call))
end
return found
