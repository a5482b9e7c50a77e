-- Removes what is older than the retention and no group needs. KEYS: stream. ARGV: retention ms,
-- number of groups that must be waited for, their names, then groups whose facts expire: those are
-- not waited for past the retention, and what they never read is counted.
-- Returns {removed, {passed over by each expiring group}}; nothing while a group is missing.
local stream = KEYS[1]
if redis.call('EXISTS', stream) == 0 then
  return { 0, {} }
end
local function parts(id)
  local ms, seq = string.match(id, '^(%d+)-(%d+)$')
  return tonumber(ms), tonumber(seq)
end
local function older(a, b)
  local a_ms, a_seq = parts(a)
  local b_ms, b_seq = parts(b)
  return a_ms < b_ms or (a_ms == b_ms and a_seq < b_seq)
end
local groups = {}
for _, row in ipairs(redis.call('XINFO', 'GROUPS', stream)) do
  local group = {}
  for i = 1, #row, 2 do
    group[row[i]] = row[i + 1]
  end
  groups[group['name']] = group
end
local time = redis.call('TIME')
local now_ms = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
local keep = string.format('%.0f-0', math.max(now_ms - tonumber(ARGV[1]), 0))
local waited = tonumber(ARGV[2])
for i = 3, 2 + waited do
  local group = groups[ARGV[i]]
  if not group then
    return { 0, {} }
  end
  local needs
  if group['pending'] > 0 then
    needs = redis.call('XPENDING', stream, ARGV[i])[2]
  else
    local ms, seq = parts(group['last-delivered-id'])
    needs = string.format('%.0f-%.0f', ms, seq + 1)
  end
  if older(needs, keep) then
    keep = needs
  end
end
local passed = {}
-- What was trimmed earlier may still stand in a group's list of pending entries: begin after it.
local first = redis.call('XRANGE', stream, '-', '+', 'COUNT', 1)[1]
for i = 3 + waited, #ARGV do
  local group, count = groups[ARGV[i]], 0
  if group and first then
    if older(first[1], keep) then
      count = #redis.call('XPENDING', stream, ARGV[i], first[1], '(' .. keep, 10000)
    end
    count = count
      + #redis.call('XRANGE', stream, '(' .. group['last-delivered-id'], '(' .. keep, 'COUNT', 10000)
  end
  passed[#passed + 1] = count
end
return { redis.call('XTRIM', stream, 'MINID', keep), passed }
