"""What waits to be read back: bounded, not for long, and the newest write of each task."""

import time
from datetime import UTC, datetime
from typing import Any

from workers.samples import MOST, OLD_S, RIPE_S, Samples, Written

AT = datetime(2026, 3, 2, 9, tzinfo=UTC)


def written(ago: float = RIPE_S, before: dict[str, Any] | None = None, **values: Any) -> Written:
    return Written(values, before or {}, AT, time.monotonic() - ago)


def test_what_was_just_written_is_left_for_a_moment() -> None:
    samples = Samples()
    samples.add({"fresh": written(0.0), "ripe": written()})

    assert samples.take().keys() == {"ripe"}


def test_what_is_old_is_forgotten() -> None:
    samples = Samples()
    samples.add({"old": written(OLD_S + 1)})

    assert samples.take() == {}
    assert samples.take() == {}


def test_what_is_taken_comes_again_only_when_it_is_given_back() -> None:
    samples = Samples()
    samples.add({"a": written(), "b": written()})
    taken = samples.take()
    samples.give_back({"a": taken["a"]})

    assert samples.take().keys() == {"a"}


def test_two_writes_of_a_task_are_one_from_what_was_before_both() -> None:
    samples = Samples()
    samples.add({"a": written(before={"action": "0"}, action="1", status="Done")})
    samples.add({"a": written(before={"action": "1"}, action="2")})

    (both,) = samples.take().values()
    assert both.values == {"action": "2", "status": "Done"}
    assert both.before == {"action": "0"}


def test_a_newer_write_stands_against_one_that_is_given_back() -> None:
    samples = Samples()
    samples.add({"a": written(action="1")})
    taken = samples.take()
    samples.add({"a": written(action="2")})
    samples.give_back(taken)

    assert samples.take()["a"].values == {"action": "2"}


def test_no_more_is_kept_than_one_list_shows() -> None:
    samples = Samples()
    samples.add({str(number): written() for number in range(MOST + 10)})

    assert len(samples.take()) == MOST
