"""Texts come back from Redis as they went there."""

import hashlib
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planhook.store import packing
from planhook.store.packing import pack, unpack


@given(st.text(), st.integers(1, 400))
def test_what_is_packed_comes_back(text: str, times: int) -> None:
    assert unpack(pack(text * times)) == text * times


@given(st.text(min_size=1, alphabet=st.characters(blacklist_characters="\x01", blacklist_categories=["Cs"])))
def test_a_plain_text_is_taken_as_it_is(text: str) -> None:
    assert unpack(text.encode()) == text


@given(st.binary())
def test_spoilt_bytes_are_told_from_texts(stored: bytes) -> None:
    for given_bytes in (stored, b"\x01" + stored):
        with suppress(ValueError):
            assert isinstance(unpack(given_bytes), str)


@given(st.text(min_size=1), st.integers(1, 8))
def test_a_text_that_lost_its_end_is_told(text: str, lost: int) -> None:
    stored = pack(text)
    with pytest.raises(ValueError, match="packed text"):
        unpack(stored[: max(1, len(stored) - lost)])


def test_the_dictionary_is_the_one_that_texts_were_stored_with() -> None:
    known = hashlib.sha256(packing._DICTIONARY).hexdigest()[:16]
    assert (packing._MARK, known) == (b"\x01", "8c03a2d5e0ed443d")


def test_an_event_takes_a_third_of_its_size() -> None:
    text = (
        '{"id":"evt_6c15668f917388bd14fd75b5","source":"crm","type":"deal.created","types":["deal.created"],'
        '"occurred_at":"2026-03-02T09:00:00.000Z","received_at":"2026-11-23T23:14:22.088Z",'
        '"order":[1772442000000,0],"sequence":0,"sender_id":"b-0","deal":{"id":"b-0","name":"Deal 0","amount":100},'
        '"payload":{"id":"b-0","type":"deal.created","deal":{"id":"b-0","name":"Deal 0","amount":100}}}'
    )
    assert len(pack(text)) < len(text) / 3
