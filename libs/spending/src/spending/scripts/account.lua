-- What every script of an account begins with. KEYS[1]: the account.
-- A month ends by this server's clock; the account turns it itself, whoever comes first.
-- `month_spent` is this month's; `spent:M` and `limit:M` are of the others. `spent` is all of them.
local account = KEYS[1]

local function over(spent, limit)
  if not limit or limit == 'none' then return 0 end
  return math.max(0, tonumber(spent) - tonumber(limit))
end

-- Credit pays what months that are over spent beyond their limits.
local function recount()
  local fields, spent, limits = redis.call('HGETALL', account), {}, {}
  local left, current = 0, ''
  for i = 1, #fields, 2 do
    local name, value = fields[i], fields[i + 1]
    local kind, month = string.match(name, '^(%a+):(.+)$')
    if kind == 'spent' then spent[month] = value
    elseif kind == 'limit' then limits[month] = value
    elseif name == 'credits' then left = tonumber(value)
    elseif name == 'month' then current = value end
  end
  for month, usd in pairs(spent) do
    if month < current then left = left - over(usd, limits[month]) end
  end
  redis.call('HSET', account, 'credit', string.format('%.0f', left))
end

local function following(month)
  local year, number = tonumber(string.sub(month, 1, 4)), tonumber(string.sub(month, 6, 7))
  if number == 12 then return string.format('%04d-01', year + 1) end
  return string.format('%04d-%02d', year, number + 1)
end

-- When a month ends: 0 for one before those that are known, '' for one after them.
local function end_of(ends, month)
  if ends[month] then return string.format('%.0f', ends[month]) end
  for known in pairs(ends) do
    if known < month then return '' end
  end
  return next(ends) and '0' or ''
end

-- Returns the month that it is, '' in an account that knows none.
local function turn()
  local row = redis.call('HMGET', account, 'month', 'month_ends')
  local month, ends = row[1], tonumber(row[2] or '')
  if not month or not ends then return month or '' end
  local time = redis.call('TIME')
  local now = time[1] * 1000 + math.floor(time[2] / 1000)
  if now < ends then return month end
  local known = cjson.decode(redis.call('HGET', account, 'months'))
  repeat
    local was = redis.call('HMGET', account, 'month_spent', 'limit')
    redis.call('HSET', account, 'spent:' .. month, was[1] or '0', 'limit:' .. month, was[2] or 'none')
    month = following(month)
    local already = redis.call('HGET', account, 'spent:' .. month) or '0'
    redis.call('HDEL', account, 'spent:' .. month)
    redis.call('HSET', account, 'month', month, 'month_spent', already,
      'month_ends', end_of(known, month))
    ends = tonumber(end_of(known, month))
  until not ends or now < ends
  recount()
  return month
end

-- Into the month that it belongs to; returns which that was.
local function pay(month, usd)
  local current = redis.call('HGET', account, 'month') or ''
  redis.call('HINCRBY', account, 'spent', usd)
  if month == '' then month = current end
  if month == current then
    redis.call('HINCRBY', account, 'month_spent', usd)
  else
    redis.call('HINCRBY', account, 'spent:' .. month, usd)
    if month < current then recount() end
  end
  return month
end

local SESSION_KEPT_S = 8 * 24 * 3600 -- a session lives at most seven days

local function count_in_session(key, held, spent)
  held, spent = tonumber(held), tonumber(spent)
  if not key or (held == 0 and spent == 0) then return end
  if held ~= 0 then redis.call('HINCRBY', key, 'held', held) end
  if spent ~= 0 then redis.call('HINCRBY', key, 'spent', spent) end
  redis.call('EXPIRE', key, SESSION_KEPT_S)
end
