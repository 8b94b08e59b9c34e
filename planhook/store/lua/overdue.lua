-- Returns how many tasks differ from Planhat and may be written now.
return redis.call('ZCOUNT', P .. 'due', '-inf', now())
