-- Counts an attempt on every key, unless one of them is full: that counts nowhere. ARGV: how long a counter counts, in
-- milliseconds, then how much each key bears. Answers {1, how many more}, or {0, how long to wait, in milliseconds}.
local wait = 0
for i, key in ipairs(KEYS) do
    if tonumber(redis.call('get', key) or 0) >= tonumber(ARGV[i + 1]) then
        wait = math.max(wait, redis.call('pttl', key), 1)
    end
end
if wait > 0 then
    return {0, wait}
end

local remaining
for i, key in ipairs(KEYS) do
    local left = tonumber(ARGV[i + 1]) - redis.call('incr', key)
    -- From the first one on. A counter that would never end locks somebody out for ever.
    if redis.call('pttl', key) < 0 then
        redis.call('pexpire', key, ARGV[1])
    end
    remaining = math.min(remaining or left, left)
end
return {1, remaining}
