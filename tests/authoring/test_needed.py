"""A smallest part that is enough, found by asking little."""

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from planhook.authoring.needed import needed


def test_of_many_texts_those_that_are_needed_are_found_with_few_questions() -> None:
    asked: list[Sequence[int]] = []

    def suffices(kept: Sequence[int]) -> bool:
        asked.append(kept)
        return {7, 800} <= set(kept)

    assert needed(range(1000), suffices) == [7, 800]
    assert len(asked) < 60


@given(st.lists(st.sets(st.integers(0, 8), min_size=1, max_size=3), min_size=1, max_size=4))
def test_none_of_the_needed_ones_can_be_left_out(ways: list[set[int]]) -> None:
    def suffices(kept: Sequence[int]) -> bool:
        return any(way <= set(kept) for way in ways)

    found = needed(range(9), suffices)

    assert suffices(found)
    assert not any(suffices([one for one in found if one != left_out]) for left_out in found)
