-- KEYS: account, hold.
if redis.call('EXISTS', KEYS[2]) == 0 then return 'gone' end
redis.call('HSET', KEYS[2], 'started', '1')
return 'started'
