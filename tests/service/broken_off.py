"""A program: of three requests that wait for Redis, one is broken off. Prints what became of the others."""

# mypy: allow-untyped-calls

import sys

from gevent import monkey

monkey.patch_all()

import gevent

from planhook.core.errors import StoreUnavailable
from planhook.store.connection import connect
from planhook.store.group_commit import GroupCommit
from planhook.store.inbox import Inbox
from planhook.store.room import Room
from tests.service.one_event import event


def main(url: str) -> None:
    """`url` is a Redis that takes some time to answer, as a debug command makes it."""
    redis, other = connect(url, timeout=5.0, connections=2), connect(url, timeout=5.0, connections=1)
    commit = GroupCommit(Inbox(redis), Room(redis))
    commit.accept([event("first")])
    slow = gevent.spawn(other.execute_command, "DEBUG", "SLEEP", "0.5")
    gevent.sleep(0)
    leader = gevent.spawn(commit.accept, [event("leader")])
    gevent.sleep(0)
    broken = gevent.spawn(commit.accept, [event("broken")])
    gevent.sleep(0)
    last = gevent.spawn(commit.accept, [event("last")])
    gevent.sleep(0)
    broken.kill()
    gevent.joinall([slow, leader, last], timeout=10)
    after = gevent.spawn(commit.accept, [event("after")])
    after.join(timeout=10)
    for each in (leader, last, after):
        try:
            print(each.get(block=False).accepted)
        except (StoreUnavailable, gevent.Timeout) as fault:
            print(type(fault).__name__)


main(sys.argv[1])
