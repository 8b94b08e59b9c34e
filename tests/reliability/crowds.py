"""Too much at once: of one task, of one sender, of everybody after an outage. Nobody else is kept waiting for long."""

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial

from tests.reliability.scenario import Run, Scenario
from tests.reliability.story import Told

CALLS_PER_MINUTE = 180
MOST_WRITES = 60  # of the hot task, however many events it has
_HOT_EVENTS = 1_500
_HERD_EVENTS = 3_000
_HERD_SENDERS = 24
_NOISE_EACH = 400  # events of one noisy request
_EACH = 10
_EVER = 1_000_000
_THROUGH_WITHIN_S = 20
_NOISE_PAUSE_S = 0.05


def hot_key(run: Run) -> None:
    """Thousands of events on one task, from several senders at once and out of order; deals beside it go through."""
    for number in range(run.rounds):
        name = f"hot-{number}"
        events = run.story.busy(name, _HOT_EVENTS)
        run.most_writes[f"deal-{name}"] = MOST_WRITES
        with _in_background(partial(_deliver_all, run, _cut(events, _EACH), senders=4)):
            _get_through(run, f"beside-the-hot-{number}")
        run.system.faults += 1
        run.go_on()


def noisy_source(run: Run) -> None:
    """A sender that never stops and whose requests are large; another one's events go through meanwhile."""
    quiet = threading.Event()

    def make_noise() -> None:
        number = 0
        while not quiet.is_set():
            run.senders.deliver(run.story.crowd(f"noise-{number}", _NOISE_EACH), "other")
            number += 1
            quiet.wait(_NOISE_PAUSE_S)

    with _in_background(make_noise):
        try:
            for number in range(run.rounds * 3):
                _get_through(run, f"amid-the-noise-{number}")
        finally:
            quiet.set()
    run.system.faults += run.rounds


def herd(run: Run) -> None:
    """No worker and no Planhat for a while; then everybody who waited comes at once, and both are back."""
    for number in range(run.rounds):
        run.system.planhat_proxy.strike("refuse", times=_EVER)
        run.system.planhat_proxy.drop_all()
        for name in run.system.worker_names:
            run.system.kill(run.system.pid(name))
        events = run.story.crowd(f"herd-{number}", _HERD_EVENTS)
        _deliver_all(run, _cut(events, _EACH), senders=_HERD_SENDERS)
        run.system.planhat_proxy.heal()
        run.go_on()
        run.until(lambda: int(run.system.redis.hget("planhook:stats", "waiting") or 0) < _HERD_EVENTS)


def _get_through(run: Run, name: str) -> None:
    """A deal that is told of now has its task while others still come."""
    run.senders.deliver([run.story.lone(name)])
    run.until(lambda: run.system.planhat.sandbox.tasks.by_source(f"deal-{name}") is not None, _THROUGH_WITHIN_S)


def _deliver_all(run: Run, requests: Sequence[list[Told]], senders: int) -> None:
    with ThreadPoolExecutor(senders) as pool:
        for done in [pool.submit(run.senders.deliver, events) for events in requests]:
            done.result()


def _cut(events: Sequence[Told], size: int) -> list[list[Told]]:
    return [list(events[start : start + size]) for start in range(0, len(events), size)]


@contextmanager
def _in_background(work: Callable[[], None]) -> Iterator[None]:
    """Raises what `work` raises, once the block has ended."""
    with ThreadPoolExecutor(1) as pool:
        done = pool.submit(work)
        yield
        done.result()


SCENARIOS = (
    Scenario("hot-key", hot_key, calls_per_minute=CALLS_PER_MINUTE),
    Scenario("noisy-source", noisy_source, calls_per_minute=CALLS_PER_MINUTE),
    Scenario("herd", herd, workers=2, calls_per_minute=CALLS_PER_MINUTE),
)
