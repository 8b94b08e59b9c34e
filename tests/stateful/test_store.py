"""Redis, its scripts and the workers keep their promises after every step of any story."""

from collections.abc import Iterator
from typing import cast

import pytest
import redis
from hypothesis.stateful import RuleBasedStateMachine, run_state_machine_as_test

from sandbox.server import SandboxServer
from tests.stateful.held_sandbox import HeldSandbox, serve
from tests.stateful.profile import profile
from tests.stateful.store_machine import StoreMachine


@pytest.fixture
def planhat() -> Iterator[SandboxServer]:
    with serve(HeldSandbox()) as server:
        yield server


def test_the_store_ends_where_the_sequence_of_events_ends(redis_url: str, planhat: SandboxServer) -> None:
    held = planhat.sandbox
    assert isinstance(held, HeldSandbox)
    with redis.Redis.from_url(redis_url) as client:
        machine = cast(type[RuleBasedStateMachine], lambda: StoreMachine(client, held, planhat.url))
        run_state_machine_as_test(machine, settings=profile(short=100, long=5_000))
