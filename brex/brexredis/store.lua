-- A delivery: a hash with the token of who claimed it last, the millisecond at which that claim ends, and, once it was handled, done: what
-- identifies the call that said so, which the client may repeat. Times are the caller's; the expiry is for what nobody asks for again.
local what, key, token, keep = ARGV[1], KEYS[1], ARGV[2], tonumber(ARGV[3])
local held = redis.call('HMGET', key, 'token', 'until', 'done')
local mine = held[1] == token and not held[3]
if what == 'begin' then -- token, how long to keep it, now, until
  if held[3] then
    if redis.call('PTTL', key) < keep then redis.call('PEXPIRE', key, keep) end
    return 3
  end
  if held[1] and not mine and tonumber(ARGV[4]) < tonumber(held[2]) then return 2 end
  redis.call('HSET', key, 'token', token, 'until', ARGV[5])
  redis.call('PEXPIRE', key, keep)
  return 1
elseif what == 'done' then -- token, how long to keep it, the call
  if held[3] == ARGV[4] then return 1 end
  if not mine then return 0 end
  redis.call('HSET', key, 'done', ARGV[4])
  redis.call('PEXPIRE', key, keep)
elseif mine then -- release: token, 0
  redis.call('DEL', key)
end
return 1
