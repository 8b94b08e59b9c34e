"""A program: lets a request that stands in a socket arrive, then waits beside one that never rests. Prints each end."""

# mypy: allow-untyped-calls

from gevent import monkey

monkey.patch_all()

import socket

import gevent

from service.deadline import let_arrive


def main() -> None:
    sender, receiver = socket.socketpair()
    reading = gevent.spawn(receiver.recv, 1)
    gevent.sleep(0)
    sender.send(b"x")
    let_arrive()
    print("arrived" if reading.ready() else "not read")

    gevent.spawn(_restless)
    with gevent.Timeout(10):
        let_arrive()
    print("bounded")


def _restless() -> None:
    while True:
        gevent.sleep(0)


main()
