"""What a Redis server promises about data that it has taken."""

from typing import Any, cast

from redis import Redis
from redis.exceptions import ResponseError

from planhook.store.connection import PREFIX, store_errors
from planhook.store.room import MOST_USED, used_share


def durability(redis: Redis) -> dict[str, Any]:
    """Write to Redis, and tell how safe that is. Raises StoreUnavailable when it takes no writes.

    `durability` is "strict" (what was answered survives power loss), "standard" (a crash may cost the last
    second), "none" (nothing is on disk) or "unknown" (on disk, but the server does not tell how soon).
    `memory_used` is a share, None without a limit; `ok` is false when deliveries are turned away for it.
    """
    with store_errors():
        redis.set(f"{PREFIX}probe", 1, px=60_000)
        on_disk = redis.info("persistence").get("aof_enabled") == 1
        memory = redis.info("memory")
        level = _level(redis) if on_disk else "none"
    used = used_share(memory)
    return {
        "ok": used is None or used < MOST_USED,
        "durability": level,
        "maxmemory_policy": memory.get("maxmemory_policy", "unknown"),
        "memory_used": None if used is None else round(used, 3),
    }


def _level(redis: Redis) -> str:
    try:
        fsync = cast(dict[str, str], redis.config_get("appendfsync")).get("appendfsync")
    except ResponseError:  # managed servers forbid CONFIG
        return "unknown"
    return {"always": "strict", None: "unknown"}.get(fsync, "standard")
