-- One bucket: a sorted set of the slots in use, each with the microsecond from which it is free, with two members more: "run:" and the
-- run id of the server that keeps it, and "pause" while nobody gets a slot. Cut and strikes are in a hash: see Penalize of brex.Window.
local what, slots, cuts = ARGV[1], KEYS[1], KEYS[2]
local t = redis.call('TIME')
local now = t[1] * 1000000 + t[2]
local function micros(n) return string.format('%.0f', n) end
local function pause(d) redis.call('ZADD', slots, 'GT', micros(now + d), 'pause') end

if what == 'close' then
  pause(ARGV[2])
  return
elseif what == 'release' then -- window, holder, how many are done; those, and the unused
  for i = 5, #ARGV do
    if i < 5 + ARGV[4] then
      redis.call('ZADD', slots, micros(now + ARGV[2]), ARGV[3] .. ':' .. ARGV[i])
    else
      redis.call('ZREM', slots, ARGV[3] .. ':' .. ARGV[i])
    end
  end
  return
end

local limit, window = tonumber(ARGV[2]), tonumber(ARGV[3])
redis.call('ZREMRANGEBYSCORE', slots, '-inf', micros(now))
local old = {}
for i, v in ipairs(redis.call('HMGET', cuts, 'cut', 'until', 'struck', 'strikes')) do old[i] = tonumber(v or 0) end
local cut, cutUntil, struck, strikes = unpack(old)

if what == 'acquire' then -- limit, window, lease, how long it closes, holder, first, n
  local run = 'run:' .. string.match(redis.call('INFO', 'server'), 'run_id:(%x+)')
  if not redis.call('ZSCORE', slots, run) then -- another server, or its memory is gone: what was sent is unknown
    redis.call('ZREMRANGEBYSCORE', slots, '+inf', '+inf')
    redis.call('ZADD', slots, '+inf', run)
    pause(ARGV[5])
  end
  local paused = redis.call('ZSCORE', slots, 'pause')
  if paused then return {0, micros(now), paused - now} end
  local most = limit
  if now < cutUntil then most = math.min(cut, limit) end
  local granted = math.max(0, math.min(tonumber(ARGV[8]), most - redis.call('ZCARD', slots) + 1))
  for i = tonumber(ARGV[7]), ARGV[7] + granted - 1 do
    redis.call('ZADD', slots, micros(now + ARGV[4]), ARGV[6] .. ':' .. micros(i))
  end
  return {granted, micros(now), redis.call('ZRANGE', slots, 0, 0, 'WITHSCORES')[2] - now}
end

-- penalize: limit, window, wait, when the slot was granted
local wait, fewest = tonumber(ARGV[4]), math.max(1, math.floor(limit / 10))
if tonumber(ARGV[5]) <= struck then -- it was in flight when another was refused, and counted as not refused
  redis.call('HSET', cuts, 'cut', math.max(cut - 1, fewest))
else
  local used = redis.call('ZCARD', slots) - 2
  if redis.call('ZSCORE', slots, 'pause') then used = used - 1 end
  if now > cutUntil + window then strikes = 0 end
  if wait == 0 and used < fewest then wait = math.min(window, window / 60 * 2 ^ math.min(strikes, 6)) end
  redis.call('HSET', cuts, 'cut', math.max(used, fewest), 'until', micros(now + wait + window * 2 ^ math.min(strikes, 4)),
    'struck', micros(now), 'strikes', strikes + 1)
  redis.call('PEXPIRE', cuts, math.ceil((wait + window * 20) / 1000))
end
pause(wait)
