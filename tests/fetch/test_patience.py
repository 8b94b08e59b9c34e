"""How long a source is left alone, and when one lookup is at fault."""

from planhook.core.errors import FetchAccessRefused, FetchUnavailable
from workers.patience import LONGEST_REFUSAL_S, MOST_REFUSED, MOST_TRIES, Patience


def test_what_fails_at_the_same_time_is_one_failure() -> None:
    patience = Patience()
    pauses = [patience.failed(key, FetchUnavailable("down")) for key in "abcd"]

    assert all(pause is not None and pause[1] < 1.3 for pause in pauses)


def test_a_success_ends_the_blame() -> None:
    patience = Patience()
    for _ in range(3 * MOST_TRIES):
        assert patience.failed("a", FetchUnavailable("down")) is not None
        patience.passed("a")


def test_a_lookup_is_given_up_only_when_others_passed_between_its_failures() -> None:
    patience = Patience()
    for _ in range(3 * MOST_TRIES):
        assert patience.failed("a", FetchUnavailable("down")) is not None
    given_up = 0
    for _ in range(MOST_TRIES):
        patience.passed("b")
        given_up += patience.failed("a", FetchUnavailable("boom")) is None

    assert given_up == 1


def test_limits_and_refused_tokens_are_no_lookups_fault() -> None:
    patience = Patience()
    for _ in range(3 * MOST_TRIES):
        patience.passed("b")
        delays = patience.failed("a", FetchUnavailable("slow down", 30, rate_limited=True))
        assert delays is not None
        assert delays == (0.0, 30)
        assert patience.failed("a", FetchAccessRefused("token")) is not None


def test_a_refusal_of_one_thing_puts_off_that_one_for_longer_each_time() -> None:
    patience = Patience()
    delays = []
    for _ in range(10):
        patience.passed("ann")
        delay_s, pause_s = patience.refused("bob")
        assert pause_s == 0
        delays.append(delay_s)

    assert delays == sorted(delays)
    assert (delays[0], delays[1], delays[-1]) == (15, 30, LONGEST_REFUSAL_S)
    patience.passed("bob")
    assert patience.refused("bob") == (15, 0)


def test_when_everything_is_refused_the_source_is_left_alone() -> None:
    patience = Patience()
    pauses = [patience.refused(f"key {number}")[1] for number in range(MOST_REFUSED)]
    assert pauses[:-1] == [0] * (MOST_REFUSED - 1)
    assert pauses[-1] >= 12

    patience.passed("ann")
    assert patience.refused("bob")[1] == 0
