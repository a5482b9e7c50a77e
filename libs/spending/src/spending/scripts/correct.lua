-- Once: the account counts its corrections. KEYS: account.
-- ARGV: nano-dollars, when the account was opened (an id), how many corrections it has had,
-- and the month whose sum it changes; '' for the sum of all alone.
local row = redis.call('HMGET', account, 'opened', 'corrections')
if (row[1] or '') ~= ARGV[2] or (row[2] or '0') ~= ARGV[3] then return 'known' end
turn()
if ARGV[4] == '' then redis.call('HINCRBY', account, 'spent', ARGV[1])
else pay(ARGV[4], ARGV[1]) end
redis.call('HINCRBY', account, 'corrections', 1)
return 'corrected'
