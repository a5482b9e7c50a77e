-- KEYS: account, hold, holds by expiry, and the session's if it has one.
-- ARGV: usage id, nano-dollars, lifetime in ms, body.
-- Returns what became of it, and the month that pays.
local month = turn()
local row = redis.call('HMGET', account, 'spent', 'month_spent', 'held', 'limit', 'credit', 'hard',
  'session_limit')
if not row[1] then return {'missing', ''} end
local before = redis.call('HMGET', KEYS[2], 'amount', 'month')
if before[1] then return {'held', before[2] or ''} end
local amount = tonumber(ARGV[2])
if amount > 0 and row[6] ~= '0' then
  local limit, held = row[4] or 'none', tonumber(row[3] or '0')
  if limit ~= 'none' then
    local allowed = tonumber(limit) + math.max(0, tonumber(row[5] or '0'))
    if tonumber(row[2] or row[1]) + held + amount > allowed then return {'refused', 'month'} end
  end
  local session_limit = row[7] or 'none'
  if KEYS[4] and session_limit ~= 'none' then
    local session = redis.call('HMGET', KEYS[4], 'spent', 'held')
    local used = tonumber(session[1] or '0') + tonumber(session[2] or '0')
    if used + amount > tonumber(session_limit) then return {'refused', 'session'} end
  end
end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('HINCRBY', account, 'held', ARGV[2])
count_in_session(KEYS[4], ARGV[2], 0)
redis.call('HSET', KEYS[2], 'amount', ARGV[2], 'started', '0', 'body', ARGV[4], 'month', month)
redis.call('ZADD', KEYS[3], string.format('%.0f', now + tonumber(ARGV[3])), ARGV[1])
return {'held', month}
