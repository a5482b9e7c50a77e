-- KEYS: account, hold, holds by expiry. ARGV: usage id, nano-dollars, expiry ms, body.
local spent = redis.call('HGET', KEYS[1], 'spent')
if not spent then return 'missing' end
if redis.call('EXISTS', KEYS[2]) == 1 then return 'held' end
local limit = redis.call('HGET', KEYS[1], 'limit') or 'none'
if limit ~= 'none' then
  local held = tonumber(redis.call('HGET', KEYS[1], 'held') or '0')
  if tonumber(spent) + held + tonumber(ARGV[2]) > tonumber(limit) then return 'refused' end
end
redis.call('HINCRBY', KEYS[1], 'held', ARGV[2])
redis.call('HSET', KEYS[2], 'amount', ARGV[2], 'started', '0', 'body', ARGV[4])
redis.call('ZADD', KEYS[3], ARGV[3], ARGV[1])
return 'held'
