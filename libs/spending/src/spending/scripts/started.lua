-- KEYS: account, hold, holds by expiry.
if redis.call('EXISTS', KEYS[2]) == 1 then redis.call('HSET', KEYS[2], 'started', '1') end
return 'ok'
