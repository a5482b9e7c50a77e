-- Once: the account counts its corrections. KEYS: account.
-- ARGV: nano-dollars, when the account was opened (an id), how many corrections it has had.
local account = redis.call('HMGET', KEYS[1], 'opened', 'corrections')
if (account[1] or '') ~= ARGV[2] or (account[2] or '0') ~= ARGV[3] then return 'known' end
redis.call('HINCRBY', KEYS[1], 'spent', ARGV[1])
redis.call('HINCRBY', KEYS[1], 'corrections', 1)
return 'corrected'
