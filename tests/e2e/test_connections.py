"""Small Redis plans allow few connections: 20 have to do for two web processes and two workers."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import requests

from planhook.store.connection import connect
from tests.e2e.conftest import Running
from tests.e2e.story import tell

BUDGET = 20
SENDERS = 24


def test_two_web_processes_and_two_workers_get_by_with_twenty_connections(
    make_stack: Callable[..., Running],
) -> None:
    running = make_stack(workers=2)
    redis = connect(running.stack.redis_url, timeout=5.0, connections=1)
    most = 0
    done = threading.Event()

    def watch() -> None:
        nonlocal most
        while not done.wait(0.01):
            most = max(most, redis.info("clients")["connected_clients"] - 1)

    def send(number: int) -> None:
        Running(running.stack).deliver(tell(5, number).events)
        for path in ("/stats", "/events?limit=20"):
            Running(running.stack).operator(path)
        requests.get(f"{running.stack.web_url}/readyz", timeout=10).raise_for_status()

    with ThreadPoolExecutor(SENDERS + 1) as pool:
        watching = pool.submit(watch)
        try:
            for each in [pool.submit(send, number) for number in range(SENDERS)]:
                each.result()
            running.wait_until_quiet()
        finally:
            done.set()  # or whatever failed would wait for the watcher for ever
        watching.result()
    redis.close()
    assert most <= BUDGET
