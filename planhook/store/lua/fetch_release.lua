-- Takes back all that a fetcher has in hand. ARGV: fetcher, 1 when it died with it.
release_lookups(ARGV[1], ARGV[2] == '1')
return 1
