"""Memory of Redis, in all and by kind of key."""

from redis import Redis

from planhook.store.connection import PREFIX

_OF_A_TASK = ("task:", "history:")
_PAGE = 1_000


def used_bytes(redis: Redis) -> int:
    """What the server has allocated, without clients, scripts and statistics, which do not grow with the data.

    Resets its statistics: their histograms, one for each command that was called, are more than a megabyte.
    """
    redis.config_resetstat()
    memory = redis.info("memory")
    return int(memory["used_memory"]) - int(memory["mem_clients_normal"]) - int(memory["used_memory_scripts"])


def bytes_of_tasks(redis: Redis) -> int:
    """What the keys of single tasks take: their registers and histories."""
    total = 0
    for kind in _OF_A_TASK:
        keys = list(redis.scan_iter(match=f"{PREFIX}{kind}*", count=_PAGE))
        for start in range(0, len(keys), _PAGE):
            pipeline = redis.pipeline(transaction=False)
            for key in keys[start : start + _PAGE]:
                pipeline.memory_usage(key)
            total += sum(size or 0 for size in pipeline.execute())
    return total
