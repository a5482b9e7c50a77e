-- KEYS: account, mark. ARGV: nano-dollars, seconds the mark lives.
if not redis.call('SET', KEYS[2], '1', 'NX', 'EX', ARGV[2]) then return 'known' end
redis.call('HINCRBY', KEYS[1], 'spent', ARGV[1])
return 'corrected'
