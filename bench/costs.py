"""What one event costs each part, so that larger installations can be reckoned from it."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from bench.memory import bytes_of_tasks, used_bytes
from bench.planning import SMALL, planner_cost
from bench.scale import Scale
from bench.sender import deals, deliveries, send_all
from bench.system import HOOK, System, running
from planhook.core.event import milliseconds
from planhook.store.inbox import Inbox
from workers.planner import BATCH

_SENDERS = 16
_FIRST = 300
_EVENTS_OF_A_TASK = 4


@dataclass(frozen=True, slots=True)
class Commands:
    """What Redis did for one event: calls of scripts, commands of these scripts and others, microseconds in them."""

    scripts: float
    commands: float
    micros: float


@dataclass(frozen=True, slots=True)
class Costs:
    """Seconds on a processor, and bytes of Redis.

    `web` and `redis_accept` are for a request with one event, `planner_batch` comes on top of `planner_event`
    for each batch, `deliver_item` and `redis_deliver` are for each item of a bulk write. `bodiless_bytes` is
    what an ended event takes when only its id is still remembered.
    """

    web: float
    redis_accept: float
    planner_event: float
    planner_batch: float
    redis_plan: float
    deliver_item: float
    redis_deliver: float
    waiting_bytes: float
    ended_bytes: float
    bodiless_bytes: float
    task_bytes: float
    accepting: Commands
    working: Commands

    @property
    def redis_event(self) -> float:
        """All that Redis spends on one event that becomes an item of its own."""
        return self.redis_accept + self.redis_plan + self.redis_deliver


@dataclass(frozen=True, slots=True)
class _Reading:
    """What system and Redis say at one moment; `cpu` by role, the commands are those since the last reading."""

    cpu: dict[str, float]
    bytes: int
    task_bytes: int
    commands: dict[str, dict[str, int]]

    @classmethod
    def of(cls, system: System) -> "_Reading":
        rows = system.redis.info("commandstats")
        commands = {name.removeprefix("cmdstat_"): row for name, row in rows.items()}
        cpu, used = system.cpu(), used_bytes(system.redis)
        reading = cls(cpu, used, bytes_of_tasks(system.redis), commands)
        system.redis.config_resetstat()
        return reading

    def for_each(self, events: int) -> Commands:
        others = [row["calls"] for name, row in self.commands.items() if name != "evalsha"]
        scripts = self.commands["evalsha"]
        return Commands(scripts["calls"] / events, sum(others) / events, scripts["usec"] / events)


def measured(scale: Scale) -> Costs:
    """Take in one event a request while no worker runs, then work them off."""
    count = scale.requests_of_many
    items = count // _EVENTS_OF_A_TASK
    with running(0, PLANHAT_BULK_SIZE=str(scale.bulk_size)) as system:
        # What Redis and programs allocate once is none of the events' cost.
        send_all(system.port, deliveries(HOOK, deals("first", _FIRST, _FIRST)), _SENDERS)
        system.wait_until_quiet()
        system.stop("worker-1")
        before = _Reading.of(system)
        send_all(system.port, deliveries(HOOK, deals("costs", count, items)), _SENDERS)
        accepted = _Reading.of(system)
        system.stack.restart("worker-1")
        system.wait_until_quiet()
        worked = _Reading.of(system)
        body_bytes = (worked.bytes - _without_bodies(system)) / (_FIRST + count)
    large, small = planner_cost(scale, BATCH), planner_cost(scale, SMALL)
    batch = max(0.0, (small.planner - large.planner) / (1 / SMALL - 1 / BATCH))
    task_bytes = worked.task_bytes - before.task_bytes
    ended_bytes = (worked.bytes - before.bytes - task_bytes) / count
    redis_working = worked.cpu["Redis"] - accepted.cpu["Redis"]
    return Costs(
        web=(accepted.cpu["web"] - before.cpu["web"]) / count,
        redis_accept=(accepted.cpu["Redis"] - before.cpu["Redis"]) / count,
        planner_event=large.planner - batch / BATCH,
        planner_batch=batch,
        redis_plan=large.redis,
        deliver_item=worked.cpu["deliverer"] / items,
        redis_deliver=max(0.0, redis_working - large.redis * count) / items,
        waiting_bytes=(accepted.bytes - before.bytes) / count,
        ended_bytes=ended_bytes,
        bodiless_bytes=ended_bytes - body_bytes,
        task_bytes=task_bytes / items,
        accepting=accepted.for_each(count),
        working=worked.for_each(count),
    )


def _without_bodies(system: System) -> int:
    """Bytes that Redis uses when it has forgotten what events said."""
    inbox, now = Inbox(system.redis), datetime.now(UTC)
    offset: int | None = 0
    while offset is not None:
        offset = inbox.purge(milliseconds(now), milliseconds(now - timedelta(days=7)), offset)
    return used_bytes(system.redis)
