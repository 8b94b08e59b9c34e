"""The pure core keeps its promises after every step of any story."""

from hypothesis.stateful import run_state_machine_as_test

from tests.stateful.core_machine import CoreMachine
from tests.stateful.profile import profile


def test_the_core_ends_where_the_sequence_of_events_ends() -> None:
    run_state_machine_as_test(CoreMachine, settings=profile(short=150, long=20_000))
