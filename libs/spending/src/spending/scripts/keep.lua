-- Makes an account, or has it go by its terms. KEYS: account.
-- ARGV: 1 to make one that is missing (one that is there stays as it is), 0 for its terms;
-- the id of a new account; then a JSON object: revision, month, months (when each ends, in ms),
-- spent (nano-dollars by month), limits (of months that are over), fields (as they stand here).
local given, exists = cjson.decode(ARGV[3]), redis.call('HEXISTS', account, 'spent') == 1
local makes = ARGV[1] == '1'
if makes and exists then return 'there' end
if not makes and not exists then return 'missing' end

local function have(...) redis.call('HSET', account, ...) end

-- All that was spent in `month`, and in others what the ledger says.
local function begin(all)
  local rest = all
  for month, usd in pairs(given.spent) do
    if month ~= given.month then
      have('spent:' .. month, usd)
      rest = rest - tonumber(usd)
    end
  end
  have('month', given.month, 'month_spent', string.format('%.0f', rest))
end

if not exists then
  local all = 0
  for _, usd in pairs(given.spent) do all = all + tonumber(usd) end
  have('spent', string.format('%.0f', all), 'opened', ARGV[2])
  begin(all)
elseif redis.call('HEXISTS', account, 'month') == 0 then
  begin(tonumber(redis.call('HGET', account, 'spent')))
else
  turn()
end
if given.revision < tonumber(redis.call('HGET', account, 'revision') or '0') then return 'newer' end
for name, value in pairs(given.fields) do have(name, value) end
for month, limit in pairs(given.limits) do have('limit:' .. month, limit) end
have('revision', given.revision)
have('month_ends', end_of(given.months, redis.call('HGET', account, 'month')))
turn()
recount()
return exists and 'kept' or 'made'
