"""kill -9 of everything, under load: nothing lost, nothing twice, and the end is the one that was told."""

import contextlib
import os
import random
import signal
import threading
from collections.abc import Callable, Iterator

import pytest

from tests.e2e.conftest import Running, until
from tests.e2e.story import Story, tell
from tests.processes import children_of, is_running, kill_and_wait, wait_for_children

KILLS = 5
DEALS = 150


@contextlib.contextmanager
def sending(running: Running, story: Story) -> Iterator[list[str]]:
    """Deliver the story from another thread meanwhile; the list fills with the ids."""
    ids: list[str] = []
    sender = threading.Thread(target=lambda: ids.extend(Running(running.stack).deliver(story.events)))
    sender.start()
    yield ids
    sender.join(120)
    assert not sender.is_alive()


def pid_of(running: Running, name: str) -> int:
    pid = running.stack.parts[name].pid
    assert pid is not None
    return pid


def kill_worker_group(running: Running, _: random.Random) -> None:
    running.stack.kill("worker-1")
    running.stack.restart("worker-1")


def kill_worker_parent(running: Running, _: random.Random) -> None:
    pid = pid_of(running, "worker-1")
    children = wait_for_children(pid, 2)
    os.kill(pid, signal.SIGKILL)
    # Nobody would stop the children any more, so they have to end by themselves.
    until(lambda: not any(is_running(child) for child in children), 5)
    running.stack.restart("worker-1")


def kill_worker_child(running: Running, chance: random.Random) -> None:
    kill_and_wait(chance.choice(wait_for_children(pid_of(running, "worker-1"), 2)))


def kill_web_worker(running: Running, chance: random.Random) -> None:
    kill_and_wait(chance.choice(wait_for_children(pid_of(running, "web"), 1)))


def kill_redis(running: Running, _: random.Random) -> None:
    assert running.stack.redis is not None
    running.stack.redis.kill()
    running.stack.redis.restart()


@pytest.mark.slow
@pytest.mark.parametrize(
    "kill", [kill_worker_group, kill_worker_parent, kill_worker_child, kill_web_worker, kill_redis]
)
def test_kills_lose_nothing_and_double_nothing(
    make_stack: Callable[..., Running], kill: Callable[[Running, random.Random], None]
) -> None:
    seed = random.randrange(1_000_000)
    print(f"seed {seed}")
    chance, story = random.Random(seed), tell(DEALS, seed)
    running = make_stack()

    with sending(running, story) as ids:
        for _ in range(KILLS):
            before = running.sandbox_stats()["calls"]
            # Somewhere in the midst of the work: after some further calls, or when all is done already.
            wanted = before + chance.randint(0, 2)
            until(lambda wanted=wanted: running.sandbox_stats()["calls"] >= wanted or bool(ids), 30)  # type: ignore[misc]
            kill(running, chance)
    stats = running.wait_until_quiet()

    assert set(ids) == {row for row in ids if running.operator(f"/events/{row}")["status"] in ("applied", "ignored")}
    assert_end(running, story)
    assert stats["accepted"] == len(set(ids)) == stats["applied"] + stats["ignored"]
    assert stats["dead"] == 0


def assert_end(running: Running, story: Story) -> None:
    tasks = running.tasks()
    assert len(tasks) == len({task["sourceId"] for task in tasks}) == len(story.expected)
    for task in tasks:
        wanted = story.expected[task["sourceId"]]
        assert {name: task.get(name) for name in wanted} == wanted


@pytest.mark.slow
def test_sigterm_to_everything_under_load_loses_nothing(make_stack: Callable[..., Running]) -> None:
    story = tell(DEALS, 7)
    running = make_stack()
    with sending(running, story) as ids:
        until(lambda: running.sandbox_stats()["calls"] >= 1, 30)
        for name in ("web", "worker-1"):
            pid = pid_of(running, name)
            # A platform tells every process of the dyno, and may tell it twice.
            for process in [pid, *children_of(pid), pid]:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(process, signal.SIGTERM)
        for name in ("web", "worker-1"):
            until(lambda name=name: not running.stack.parts[name].running, 25)  # type: ignore[misc]
            running.stack.restart(name)
    stats = running.wait_until_quiet()

    assert_end(running, story)
    assert stats["accepted"] == len(set(ids))
