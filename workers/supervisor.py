"""The parent of a worker's processes: starts them again when they die, sweeps up, ends them in time."""

import os
import signal
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from multiprocessing import get_context
from multiprocessing.context import ForkProcess

import structlog
from redis.exceptions import RedisError

from planhook.core.errors import StoreUnavailable
from planhook.failpoints import reach
from planhook.wakeup import DELIVER_QUEUE, FETCH_QUEUE, PLAN_QUEUE
from workers import jobs
from workers.completer import LEASE_MS as FETCH_LEASE_MS
from workers.context import Context, process_name
from workers.planner import LEASE_MS
from workers.rq_worker import run_worker
from workers.stop import StopFlag
from workers.tenancy import LOOK_EVERY_S

SWEEP_S = 0.5
HEARTBEAT_S = 1.0
GRACE_S = 18.0  # platforms kill 30 s after SIGTERM; Redis may hang at the same time
OWN_REDIS_TIMEOUT_S = 2.0
STANDING_S = 30.0

_ENDING = (signal.SIGTERM, signal.SIGINT)
_QUEUES = {"plan": PLAN_QUEUE, "deliver": DELIVER_QUEUE, "fetch": FETCH_QUEUE}
_log = structlog.get_logger("planhook.worker")


class Supervisor:
    """Runs one planner, one deliverer and, once something is to be fetched, one fetcher until it is told to stop."""

    def __init__(self, context: Context) -> None:
        self._base = context
        self._context = replace(context, redis_timeout_s=OWN_REDIS_TIMEOUT_S)
        self._stop = StopFlag()
        self._children: dict[str, tuple[ForkProcess, str]] = {}
        self._started = 0
        self._next_standing = 0.0
        self._is_new = True

    def run(self) -> None:
        """Until SIGTERM or SIGINT; returns when all children have ended."""
        for number in _ENDING:
            signal.signal(number, lambda *_: self._stop.set())
        for role in ("plan", "deliver"):
            self._start(role)
        _log.info("worker ready", rules=self._context.rulebook.current().rules.version)
        purger = self._context.purger(self._stop.is_set)
        try:
            while not self._stop.is_set():
                self._restart_the_dead()
                try:
                    self._sweep()
                    purger.run()
                except (StoreUnavailable, RedisError) as fault:
                    _log.warning("sweep_failed", fault=str(fault))
                self._stop.wait(SWEEP_S)
        finally:
            # Also after an error of ours: a platform restarts a worker that ends, not one that is half alive.
            self._end()
            for number in _ENDING:
                signal.signal(number, signal.SIG_IGN)  # a second one must not spoil the exit status

    def _start(self, role: str) -> None:
        self._started += 1
        name = process_name(role, self._started)
        child = get_context("fork").Process(
            target=_run_child, args=(role, replace(self._base, name=name), os.getpid()), name=name
        )
        # A signal between the fork and the child's own handlers would run ours there, and be lost.
        signal.pthread_sigmask(signal.SIG_BLOCK, _ENDING)
        try:
            child.start()
        finally:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, _ENDING)
        self._children[role] = (child, name)

    def _restart_the_dead(self) -> None:
        for role, (child, name) in list(self._children.items()):
            if child.is_alive():
                continue
            _log.error("process_died", role=role, exit=child.exitcode)
            self._release(name, died=True)
            self._start(role)

    def _release(self, name: str, *, died: bool) -> bool:
        """Give back at once what an ended process held. If Redis is away, it lapses by itself: False then."""
        try:
            self._context.inbox.reclaim(name)
            self._context.lease.break_of(name)
            self._context.fetches.release(name, died=died)
        except StoreUnavailable as fault:
            _log.warning("release_failed", name=name, fault=str(fault))
            return False
        return True

    def _sweep(self) -> None:
        found = self._context.inbox.sweep()
        reach("sweep.swept")
        if found.silent:
            _log.warning("processes_silent", count=found.silent)
        if found.plan:
            self._context.wakeups.plan()
        # Once at the start in any case: what an earlier process told of Planhat may not be true of ours.
        if found.deliver or self._is_new or self._context.tenancy.should_look(LOOK_EVERY_S):
            self._context.wakeups.deliver()
            self._is_new = False
        if found.fetch:
            self._context.wakeups.fetch()
        self._keep_fetcher(wanted=found.fetch)

    def _keep_fetcher(self, *, wanted: bool) -> None:
        """Start the fetcher when rules configure a `fetch:`, or something waits that they did configure once."""
        sources = self._context.rulebook.current().sources
        fetching = {name: source.fetch for name, source in sources.items() if source.fetch}
        if "fetch" not in self._children and (fetching or wanted):
            self._start("fetch")
        if time.monotonic() >= self._next_standing:
            for name, fetch in fetching.items():
                self._context.fetches.stand(name, fetch.standing)
            self._next_standing = time.monotonic() + STANDING_S

    def _end(self) -> None:
        for child, _ in self._children.values():
            child.terminate()
        end = time.monotonic() + GRACE_S
        redis_answers = True
        for child, name in self._children.values():
            child.join(max(0.0, end - time.monotonic()))
            if child.is_alive():
                _log.warning("process_killed", name=name, waited_s=GRACE_S)
                child.kill()
                child.join()
            redis_answers = redis_answers and self._release(name, died=False)
        _log.info("worker stopped")


def _run_child(role: str, context: Context, parent: int) -> None:
    stop = StopFlag()
    for number in _ENDING:
        signal.signal(number, lambda *_: stop.set())
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _ENDING)
    context.stop = stop.is_set
    keep_alive = _KEEP_ALIVE[role]
    threading.Thread(target=_heartbeat, args=(context, parent, keep_alive), daemon=True).start()
    if role == "deliver" and context.read_back:
        # Beside the deliverer, which must not wait for it; it ends with the process, whatever it is reading.
        threading.Thread(target=context.read_back.run, args=(stop.is_set,), daemon=True).start()
    jobs.start(context, stop.is_set)
    run_worker(_QUEUES[role], context.name, context.open_redis, stop.is_set)


def _heartbeat(context: Context, parent: int, keep_alive: Callable[[Context], None]) -> None:
    """Keep what this process holds while it lives; end it when its parent is gone, as nobody would stop it then."""
    while True:
        time.sleep(HEARTBEAT_S)
        if os.getppid() != parent:
            os._exit(1)
        try:
            keep_alive(context)
        except StoreUnavailable as fault:
            _log.warning("heartbeat_failed", fault=str(fault))


def _keep_claims(context: Context) -> None:
    context.inbox.heartbeat(context.name, LEASE_MS)


def _keep_lease(context: Context) -> None:
    if context.lease.token and not context.lease.renew():
        _log.warning("lease_lost", name=context.name)


def _keep_lookups(context: Context) -> None:
    context.fetches.heartbeat(context.name, FETCH_LEASE_MS)


_KEEP_ALIVE = {"plan": _keep_claims, "deliver": _keep_lease, "fetch": _keep_lookups}
