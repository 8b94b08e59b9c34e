"""What a Redis server promises about data that it has taken."""

from typing import Any, cast

from redis import Redis
from redis.exceptions import ResponseError

from planhook.store.connection import PREFIX, store_errors


def durability(redis: Redis) -> dict[str, Any]:
    """Write to Redis, and tell how safe that is. Raises StoreUnavailable when it takes no writes.

    `durability` is "strict" (what was answered survives power loss), "standard" (a crash may cost the last
    second), "none" (nothing is on disk) or "unknown" (on disk, but the server does not tell how soon).
    """
    with store_errors():
        redis.set(f"{PREFIX}probe", 1, px=60_000)
        on_disk = redis.info("persistence").get("aof_enabled") == 1
        policy = redis.info("memory").get("maxmemory_policy", "unknown")
        level = _level(redis) if on_disk else "none"
    return {"ok": True, "durability": level, "maxmemory_policy": policy}


def _level(redis: Redis) -> str:
    try:
        fsync = cast(dict[str, str], redis.config_get("appendfsync")).get("appendfsync")
    except ResponseError:  # managed servers forbid CONFIG
        return "unknown"
    return {"always": "strict", None: "unknown"}.get(fsync, "standard")
