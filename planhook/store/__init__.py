"""Redis: inbox, registers, journal, limiter and lease. Every change of state is one Lua script."""
