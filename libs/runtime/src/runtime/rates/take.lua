-- Take from several windows at once, or from none of them.
-- KEYS: the windows, each a hash of what was taken by the second in which it was,
-- `<second>` -> "<amount> <ms of the last take>", and of what is held of that,
-- `hold:<name>` -> "<second> <amount>".
-- ARGV: the hold's name ('': none), 'take' or 'look', then for each window its limit and the amount.
-- Returns for each window: how much counts, seconds until the amount has room (0: it has), seconds
-- until nothing counts any more.
local WINDOW_MS = 60000
local HOLD = 'hold:'
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local second = math.floor(now / 1000)
local name, takes = ARGV[1], ARGV[2] == 'take'

-- All of a second counts as long as the last that was taken in it.
local function left_s(last) return math.ceil((last + WINDOW_MS - now) / 1000) end

local function read(key)
  local used, newest, seconds = 0, 0, {}
  local fields = redis.call('HGETALL', key)
  for i = 1, #fields, 2 do
    local field, first, last = fields[i], string.match(fields[i + 1], '^(%d+) (%d+)$')
    if string.sub(field, 1, #HOLD) == HOLD then
      if first * 1000 + 999 + WINDOW_MS <= now then redis.call('HDEL', key, field) end
    elseif last + WINDOW_MS <= now then
      redis.call('HDEL', key, field)
    else
      used, newest = used + first, math.max(newest, last)
      seconds[#seconds + 1] = {tonumber(last), tonumber(first)}
    end
  end
  table.sort(seconds, function(a, b) return a[1] < b[1] end)
  return used, newest, seconds
end

local function wait_s(over, seconds)
  if over <= 0 then return 0 end
  for _, taken in ipairs(seconds) do
    over = over - taken[2]
    if over <= 0 then return left_s(taken[1]) end
  end
  return WINDOW_MS / 1000
end

local replies, fits = {}, true
for i, key in ipairs(KEYS) do
  local limit, amount = tonumber(ARGV[2 * i + 1]), tonumber(ARGV[2 * i + 2])
  local used, newest, seconds = read(key)
  local wait = wait_s(used + amount - limit, seconds)
  -- Sent a second time by a client that did not see the answer to the first.
  if name ~= '' and redis.call('HEXISTS', key, HOLD .. name) == 1 then wait, takes = 0, false end
  fits = fits and wait == 0
  replies[i] = {used, wait, newest > 0 and left_s(newest) or 0}
end
if not (fits and takes) then return replies end
for i, key in ipairs(KEYS) do
  local amount = tonumber(ARGV[2 * i + 2])
  local before = string.match(redis.call('HGET', key, second) or '0 0', '^%d+')
  redis.call('HSET', key, second, string.format('%d %d', before + amount, now))
  if name ~= '' then redis.call('HSET', key, HOLD .. name, second .. ' ' .. amount) end
  redis.call('PEXPIRE', key, WINDOW_MS + 1000)
  replies[i] = {replies[i][1] + amount, 0, left_s(now)}
end
return replies
