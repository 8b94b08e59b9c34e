"""`--now`: a story is told as news. What its parts say of each other stays true, and its records are new."""

import base64
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as some

from planhook.core.event import Delivery, Event, from_iso
from planhook.samples import Sample, load_ids, load_samples
from planhook.samples.encoded import rewritten
from planhook.samples.filling import filled
from planhook.samples.moving import moved
from planhook.samples.renewing import renewed
from planhook.samples.story import told_now
from planhook.sources import KINDS, Source
from tests.samples.test_samples import described

NOW = datetime(2026, 11, 1, 12, 0, 41, 250_000, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
TIMELESS = {"attio", "google-calendar", "microsoft-graph"}  # what they tell happened when it was received
TOLD_AT = datetime(2026, 3, 2, 9, 14, 20, tzinfo=UTC)
MAIL = b"BEGIN:VCALENDAR\r\nDTSTART:20260610T080000Z\r\nUID:one@x.example\r\nEND:VCALENDAR\r\n" * 3


def told(samples: tuple[Sample, ...], source: Source, now: datetime) -> list[Event]:
    return [
        event
        for one in samples
        for event in source.parse(
            Delivery("POST", "", one.headers, filled(one.body, one.content_type, source, now), now)
        )
    ]


def of_kind(kind: str) -> tuple[Sample, ...]:
    return tuple(sample for sample in load_samples() if sample.kind == kind)


def times(event: Event) -> list[datetime]:
    found = [event.occurred_at]
    return found + [
        from_iso(event.meeting[key]) for key in ("start", "end") if event.meeting and event.meeting.get(key)
    ]


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_all_times_of_a_story_move_by_one_span_and_none_into_the_future(kind: str, tmp_path: Path) -> None:
    source = described(kind, tmp_path)
    before, after = told(of_kind(kind), source, NOW), told(told_now(of_kind(kind), source, NOW), source, NOW)

    assert [(one.type, one.ignored, one.problem) for one in after] == [(one.type, one.ignored, None) for one in before]
    assert all(event.occurred_at <= NOW for event in after)
    assert max(event.occurred_at for event in after) > NOW - MINUTE
    spans = {
        new - old
        for one, other in zip(before, after, strict=True)
        for old, new in zip(times(one), times(other), strict=True)
    }
    assert len(spans) == 1
    assert (spans == {timedelta(0)}) == (kind in TIMELESS)


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_every_telling_has_events_and_records_of_its_own(kind: str, tmp_path: Path) -> None:
    source = described(kind, tmp_path)
    tellings = [
        told(of_kind(kind), source, NOW),
        told(told_now(of_kind(kind), source, NOW), source, NOW),
        told(told_now(of_kind(kind), source, NOW + timedelta(milliseconds=1)), source, NOW + timedelta(milliseconds=1)),
    ]

    for name_of in (_event, _record):
        named = [[name_of(event) for event in telling] for telling in tellings]
        assert len({tuple(map(each.index, each)) for each in named}) == 1, "what was one record, stays one"
        known = [set(each) - {None} for each in named]
        assert sum(map(len, known)) == len(set().union(*known))


def _event(event: Event) -> str | None:
    return event.id


def _record(event: Event) -> str | None:
    record = event.deal or event.meeting
    return str(record["id"]) if record else None


def test_a_moved_booking_names_the_one_that_it_replaces(tmp_path: Path) -> None:
    source = described("calendly", tmp_path)
    _, cancelled, scheduled = told(told_now(of_kind("calendly"), source, NOW), source, NOW)

    assert cancelled.meeting
    assert scheduled.meeting
    assert scheduled.meeting["replaces"] == cancelled.meeting["id"]
    assert cancelled.meeting["replaced_by"] == scheduled.meeting["id"]


def test_kinds_that_name_the_same_record_still_do() -> None:
    deal = b"31588204417"

    assert deal.decode() in load_ids("hubspot")
    assert renewed(deal, load_ids("hubspot"), "1") == renewed(deal, load_ids("stripe"), "1") != deal


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_every_id_that_is_named_is_in_a_sample(kind: str) -> None:
    found = {value.encode() for sample in of_kind(kind) for value in sample.headers.values()}

    def note(text: bytes) -> bytes:
        found.add(text)
        return text

    for sample in of_kind(kind):
        rewritten(sample.body, sample.content_type, note)

    assert load_ids(kind)
    assert [one for one in load_ids(kind) if not any(one.encode() in text for text in found)] == []


def test_a_sample_that_planhook_cannot_read_holds_no_other_back(tmp_path: Path) -> None:
    source = described("json", tmp_path)
    odd = Sample("json", "json/odd", b"no json", {"content-type": "application/json"})
    *_, last = told_now((*of_kind("json"), odd), source, NOW)[:-1]

    assert told((last,), source, NOW)[0].occurred_at > NOW - MINUTE


def test_all_forms_of_time_move_by_the_same_span_and_keep_their_zone() -> None:
    body = b"DTSTART:20260610T080000Z 2026-03-02T09:14:20.611+01:00 1772442860 1772442860402 2026-03-02"

    assert moved(body, TOLD_AT, TOLD_AT + timedelta(days=1, minutes=1, seconds=59)) == (
        b"DTSTART:20260611T080100Z 2026-03-03T09:15:20.611+01:00 1772529320 1772529320402 2026-03-02"
    )


def test_ids_that_are_no_times_stay() -> None:
    body = b'{"a": 31588204417, "b": 2904417331, "c": 118820101, "d": "99999999T999999", "e": 1000000068001}'

    assert moved(body, TOLD_AT, TOLD_AT + timedelta(days=1)) == body


@given(some.binary(max_size=200), some.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1)))  # noqa: DTZ001
def test_moving_never_fails_and_never_changes_the_length(body: bytes, now: datetime) -> None:
    assert len(moved(body, TOLD_AT, now.replace(tzinfo=UTC))) == len(body)


def test_numbers_stay_numbers_and_uuids_stay_uuids_and_longer_words_stay_as_they_are() -> None:
    uuid = b"11223344-5566-4778-8899-aabbccddeeff"
    text = b'{"id": 4417, "word": "D1", "more": "D12 44170 xD1", "uuid": "%b"}' % uuid
    number, word, more, again = renewed(text, ["4417", "D1", uuid.decode()], "tag").decode().split(", ")

    assert number.removeprefix('{"id": ').isdigit()
    assert word == '"word": "D1-tag"'
    assert more == '"more": "D12 44170 xD1"'
    assert len(again) == len(f'"uuid": "{uuid.decode()}"}}')
    assert uuid.decode() not in again


@pytest.mark.parametrize("width", [60, 76, 10_000])
@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
def test_what_is_encoded_is_changed_inside_and_wrapped_as_before(width: int, end: bytes) -> None:
    encoded = base64.b64encode(MAIL)
    lines = [encoded[at : at + width] for at in range(0, len(encoded), width)]
    body = b"before\n\n" + end.join(lines) + b"\n\nafter"

    changed = rewritten(body, "multipart/mixed", lambda text: text.replace(b"one@", b"another@"))

    head, inside, tail = changed.replace(b"\r\n\r\n", b"\n\n").split(b"\n\n")
    assert (head, tail) == (b"before", b"after")
    assert base64.b64decode(inside) == MAIL.replace(b"one@", b"another@")
    assert {len(line) for line in inside.split(end)[:-1]} <= {width}


def test_the_fields_of_a_form_are_changed_inside() -> None:
    body = b"a=x%40y+z&b=${token}&c=old%26&d"

    changed = rewritten(body, "application/x-www-form-urlencoded", lambda text: text.replace(b"old&", b"new &"))

    assert changed == b"a=x%40y+z&b=${token}&c=new+%26&d"


@given(some.binary(max_size=300), some.sampled_from(["application/x-www-form-urlencoded", "application/json"]))
def test_what_is_not_changed_stays_byte_for_byte(body: bytes, content_type: str) -> None:
    assert rewritten(body, content_type, lambda text: text) == body
