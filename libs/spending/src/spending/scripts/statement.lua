-- What the ledger should say: all that was spent but the charges that it has not booked.
-- KEYS: account, unbooked charges. ARGV: how many of these to name.
-- Returns: of all months, opened, corrections, unbooked, then month and sum by turns.
turn()
local fields, row, months = redis.call('HGETALL', account), {}, {}
for i = 1, #fields, 2 do
  row[fields[i]] = fields[i + 1]
  local month = string.match(fields[i], '^spent:(.+)$')
  if month then months[month] = tonumber(fields[i + 1]) end
end
if not row.spent then return false end
if row.month then months[row.month] = tonumber(row.month_spent) end
local booked, unbooked = tonumber(row.spent), {}
local waiting = redis.call('HGETALL', KEYS[2])
for i = 1, #waiting, 2 do
  local usd, month = string.match(waiting[i + 1], '^(%d+) ?(.*)$')
  booked = booked - tonumber(usd)
  if months[month] then months[month] = months[month] - tonumber(usd) end
  if #unbooked < tonumber(ARGV[1]) then unbooked[#unbooked + 1] = waiting[i] end
end
local said = {string.format('%.0f', booked), row.opened or '', row.corrections or '0', unbooked}
for month, usd in pairs(months) do
  said[#said + 1] = month
  said[#said + 1] = string.format('%.0f', usd)
end
return said
