"""Which Planhat the registers are about: what they take for written is not in another one."""

import hashlib
from collections.abc import Iterator
from typing import cast

from redis import Redis

from planhook.core.register import Register
from planhook.store.connection import PREFIX, Scripts, store_errors
from planhook.store.registers import Lost, Registers

_KEY = f"{PREFIX}tenant"
_ASKED = f"{PREFIX}wake:tenant"
_TASKS = f"{PREFIX}task:"
_AT_ONCE = 500
_SAMPLE = 1_000


def fingerprint(url: str, token: str) -> str:
    """What differs when the address or the token of Planhat does, and tells neither: 16 hexadecimal digits."""
    return hashlib.blake2b(f"{url} {token}".encode(), digest_size=8, person=b"planhook tenant").hexdigest()


class Tenancy:
    """Whether the Planhat of this process, named by its `mark`, is the one that the registers are about.

    All marks that are kept belong to one tenant, whose token or address changed. Every method raises
    StoreUnavailable.
    """

    def __init__(self, redis: Redis, mark: str) -> None:
        self._redis = redis
        self._scripts = Scripts(redis)
        self._registers = Registers(redis)
        self._mark = mark

    def holds(self) -> bool:
        """Whether that is known; False also while nobody has looked."""
        with store_errors():
            return bool(self._redis.sismember(_KEY, self._mark))

    def should_look(self, every_s: float) -> bool:
        """Whether the caller should have somebody look now: it is not known, and no other caller did of late."""
        if self.holds():
            return False
        with store_errors():
            return bool(self._redis.set(_ASKED, 1, nx=True, px=int(every_s * 1000)))

    def accept(self) -> None:
        """It is the same tenant, whatever is found there."""
        with store_errors():
            self._redis.sadd(_KEY, self._mark)

    def settle(self, lease: str, *, alone: bool) -> None:
        """Write down that it is, as the deliverer that holds `lease` found; `alone`: and no other one is.

        Raises Lost when the lease has passed on: what was found may not be true any more.
        """
        if not self._scripts.run("tenant", lease, self._mark, int(alone)):
            raise Lost(lease)

    def tasks(self, most: int) -> list[Register]:
        """Up to `most` of the tasks that Planhat is known to have, the ones written last of a large sample.

        Those with a known `_id` come first: another tenant may have a task of the same `sourceId`.
        """
        with store_errors():
            sample = sorted(self._sample(), key=lambda found: (not _has_id(found[1]), -found[0]))
        return [register for _, register in sample[:most]]

    def _sample(self) -> Iterator[tuple[int, Register]]:
        """Tasks, each with how long its register will be kept (ms), which is the longer the later it was written."""
        found, cursor = 0, None
        while cursor != 0 and found < _SAMPLE:
            page = self._redis.scan(cursor or 0, match=f"{_TASKS}*", count=_AT_ONCE, _type="hash")
            cursor, keys = cast(tuple[int, list[bytes]], page)
            names = [key.decode(errors="replace").removeprefix(_TASKS) for key in keys]
            pipeline = self._redis.pipeline(transaction=False)
            for key in keys:
                pipeline.pttl(key)
            kept = dict(zip(names, pipeline.execute(), strict=True))
            for name, register in self._registers.read(names).items():
                if register.known.exists:
                    found += 1
                    yield kept[name], register


def _has_id(register: Register) -> bool:
    return register.by_id or register.known.id is not None
