-- Is a model to be asked, and what do its failures come to? KEYS: breaker.
-- ARGV: 'ask', ms of a trial
--     | 'failed', reason, ms to leave it alone at once (0: only count), failures that open it,
--       ms in which they must come, ms to leave it alone then, most ms
--     | 'answered'.
-- Returns {} (ask it; nothing opened), {'failing'} (ask it; it failed before), or {reason, ms}.
local key = KEYS[1]
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
local row = redis.call('HMGET', key, 'until', 'reason', 'trial', 'failures', 'since', 'opened')
local till, reason = tonumber(row[1]), row[2]
local trial, failures = tonumber(row[3]) or 0, tonumber(row[4]) or 0
local since, opened = tonumber(row[5]) or now, tonumber(row[6]) or 0

local function open(ms, why)
  redis.call('HSET', key, 'until', now + ms, 'reason', why, 'trial', 0, 'failures', 0,
    'since', now, 'opened', opened + 1)
  -- Remembered for as long again, so that a trial that fails makes the next wait longer.
  redis.call('PEXPIRE', key, 2 * ms + 60000)
  return {why, ms}
end

if ARGV[1] == 'ask' then
  if not till then
    return failures > 0 and {'failing'} or {}
  end
  local free = math.max(till, trial)
  if now < free then
    return {reason, free - now}
  end
  redis.call('HSET', key, 'trial', now + tonumber(ARGV[2]))
  return {'failing'}
end

if ARGV[1] == 'answered' then
  -- One that was asked before it opened says nothing of it now.
  if not till or now >= till then
    redis.call('DEL', key)
  end
  return {}
end

local why, at_once, enough = ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4])
local window, wait, most = tonumber(ARGV[5]), tonumber(ARGV[6]), tonumber(ARGV[7])
if till and now < till then
  -- Begun before it opened. Only a longer wait that the provider asks for is news.
  if now + at_once <= till then
    return {}
  end
  open(at_once, why)
  return {}
end
if at_once > 0 then
  return open(at_once, why)
end
if till then
  return open(math.min(most, wait * 2 ^ opened), why)
end
if now - since > window then
  failures, since = 0, now
end
failures = failures + 1
if failures >= enough then
  return open(wait, why)
end
redis.call('HSET', key, 'failures', failures, 'since', since)
redis.call('PEXPIRE', key, window)
return {}
