-- Takes an attempt off every key again; a counter keeps its end, and one without attempts is gone.
for _, key in ipairs(KEYS) do
    local failed = tonumber(redis.call('get', key) or 0)
    if failed > 1 then
        redis.call('decr', key)
    elseif failed == 1 then
        redis.call('del', key)
    end
end
