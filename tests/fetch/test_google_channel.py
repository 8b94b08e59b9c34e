"""Channels: one open for each calendar, a new one before the old one ends, and polling whatever becomes of them."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from planhook.store.connection import connect
from planhook.store.fetches import Lookup
from tests.fetch.google_api import GoogleApi, meeting
from tests.fetch.google_line import ADDRESS, TOKEN, GoogleLine
from tests.fetch.hubspot_api import Fault
from tests.fetch.stand_in import serving

DAY_S = 86_400.0
UNVERIFIED = b'{"error": {"code": 401, "message": "Unauthorized WebHook callback channel"}}'


@pytest.fixture
def api() -> Iterator[GoogleApi]:
    with serving(GoogleApi()) as running:
        yield running


@pytest.fixture
def line(redis_url: str, api: GoogleApi) -> Iterator[GoogleLine]:
    redis = connect(redis_url, timeout=5, connections=16)
    line = GoogleLine(redis, api)
    line.configure(address=ADDRESS)
    yield line
    redis.connection_pool.disconnect()


def age(line: GoogleLine, **ages: timedelta) -> None:
    """The present channel is to be renewed, or ends, so long from now."""
    (channel,) = json.loads(line.state("channel/primary"))
    times = {name: f"{datetime.now(UTC) + left:%Y-%m-%dT%H:%M:%S.000Z}" for name, left in ages.items()}
    line.redis.set("planhook:fetch:state:cal:channel/primary", json.dumps([{**channel, **times}]))


def test_a_channel_is_opened_by_itself_and_its_pushes_are_ours(line: GoogleLine, api: GoogleApi) -> None:
    line.look()

    ((number, channel),) = api.channels.items()
    assert (channel["type"], channel["address"], channel["token"]) == ("web_hook", ADDRESS, TOKEN)
    assert len(number) <= 64
    assert 0 < line.due_in("channel/primary") < 6 * 3600 + 1
    assert line.status(line.push(1, channel=number, state="sync")) == ("waiting", "")
    api.put(meeting(1))
    push = line.push(channel=number, calendar="of-an-unknown-name")
    line.look()
    assert line.status(push) == ("ignored", "fetched")
    assert line.meetings() == [("meeting1@google.com", "meeting.scheduled")]


def test_the_channel_names_its_calendar(line: GoogleLine, api: GoogleApi) -> None:
    api.calendars = {"ann@ourco.example": {}, "bob@ourco.example": {}}
    line.configure(address=ADDRESS, calendars=list(api.calendars))
    line.look()

    for number, channel in api.channels.items():
        event = line.push(channel=number, calendar="primary")
        assert event.fetch == f"calendar/{channel['calendar']}"


def test_a_channel_that_is_young_is_left_alone(line: GoogleLine, api: GoogleApi) -> None:
    line.look()
    line.look()

    assert len(api.taken("/watch")) == 1


def test_a_channel_is_renewed_a_day_before_its_end_and_the_old_one_closed_after(
    line: GoogleLine, api: GoogleApi
) -> None:
    line.look()
    (old,) = api.channels
    (kept,) = json.loads(line.state("channel/primary"))
    renew_at, ends_at = (datetime.fromisoformat(kept[name]) for name in ("renew_at", "ends_at"))
    assert ends_at - renew_at == timedelta(days=1)
    age(line, renew_at=timedelta(seconds=-1))
    line.look()

    (new,) = api.channels
    assert new != old
    assert api.stopped == [old]
    assert [call.path.rpartition("/")[2] for call in api.taken("", "POST") if "token" not in call.path] == [
        *("watch", "watch", "stop")
    ]
    line.look()
    assert (len(api.channels), len(api.stopped)) == (1, 1)


def test_the_new_channel_is_written_down_before_the_old_one_is_closed(line: GoogleLine, api: GoogleApi) -> None:
    line.look()
    age(line, renew_at=timedelta(seconds=-1))
    assert line.fetcher
    fetched = line.fetcher.fetch(Lookup("cal", "channel/primary", (), line.state("channel/primary")))

    assert (len(json.loads(fetched.state)), fetched.again_s) == (2, 0)
    assert api.stopped == []


def test_a_short_life_is_renewed_in_its_middle(line: GoogleLine, api: GoogleApi) -> None:
    api.channel_life = timedelta(hours=2)
    line.look()

    assert 3500 < line.due_in("channel/primary") < 3601


def test_a_channel_that_has_ended_is_not_closed(line: GoogleLine, api: GoogleApi) -> None:
    line.look()
    age(line, renew_at=timedelta(days=-2), ends_at=timedelta(days=-1))
    line.look()

    assert (len(api.taken("/watch")), api.stopped) == (2, [])


def test_a_channel_that_google_forgot_is_no_reason_to_stop(line: GoogleLine, api: GoogleApi) -> None:
    line.look()
    api.channels.clear()
    age(line, renew_at=timedelta(seconds=-1))
    line.look()

    assert len(json.loads(line.state("channel/primary"))) == 1


def test_another_address_gets_a_channel_of_its_own(line: GoogleLine, api: GoogleApi) -> None:
    line.look()
    line.configure(address="https://new.example.com/webhooks/cal")
    line.look()

    (channel,) = api.channels.values()
    assert channel["address"] == "https://new.example.com/webhooks/cal"


def test_without_an_address_the_channel_is_closed(line: GoogleLine, api: GoogleApi) -> None:
    line.look()
    line.configure()
    line.look()

    assert (len(api.channels), len(api.stopped)) == (0, 1)
    assert line.redis.zscore("planhook:fetch:due:cal", "channel/primary") is None


@pytest.mark.parametrize("status", [400, 401, 403])
def test_a_refused_channel_is_told_once_a_day_and_does_not_stop_polling(
    line: GoogleLine, api: GoogleApi, status: int
) -> None:
    api.faults.append(Fault(status, UNVERIFIED, part_of_path="/watch", times=100))
    api.put(meeting(1))
    line.look()
    api.put(meeting(2))
    push = line.push()
    line.completer().drain(lambda: False)
    line.plan()

    (told,) = line.events("cal.channel_refused")
    assert told["status"] == "dead"
    assert told["reason"] == (
        "Google opens no channel for primary, so that changes are only found by polling: "
        f"Google Calendar: HTTP {status}: Unauthorized WebHook callback channel"
    )
    assert line.status(push) == ("ignored", "fetched")
    assert len(line.meetings()) == 2
    assert line.due_in("channel/primary") < 15 * 60 + 1
    line.look()
    assert len(line.events("cal.channel_refused")) == 1
    api.faults.clear()
    line.look()
    assert len(api.channels) == 1


def test_a_refused_renewal_keeps_the_old_channel(line: GoogleLine, api: GoogleApi) -> None:
    line.look()
    age(line, renew_at=timedelta(seconds=-1))
    api.faults.append(Fault(403, UNVERIFIED, part_of_path="/watch"))
    line.look()
    assert (len(api.channels), api.stopped) == (1, [])

    line.look()
    assert (len(api.channels), len(api.stopped)) == (1, 1)


def test_an_outage_opens_no_second_channel(line: GoogleLine, api: GoogleApi) -> None:
    api.faults.append(Fault(503, part_of_path="/watch"))
    line.look()
    assert api.channels == {}

    line.look()
    assert len(api.channels) == 1


@pytest.mark.parametrize("expiration", [b"null", b'"soon"', b"[]"])
def test_a_channel_that_does_not_say_when_it_ends_is_renewed_within_a_day(
    line: GoogleLine, api: GoogleApi, expiration: bytes
) -> None:
    api.faults.append(Fault(200, b'{"resourceId": "r", "expiration": ' + expiration + b"}", part_of_path="/watch"))
    line.look()

    (kept,) = json.loads(line.state("channel/primary"))
    assert datetime.fromisoformat(kept["renew_at"]) < datetime.now(UTC) + timedelta(seconds=DAY_S / 2)


def test_the_token_of_the_channel_is_in_no_state_and_no_event(line: GoogleLine, api: GoogleApi) -> None:
    api.faults.append(Fault(400, f'{{"error": {{"message": "bad token {TOKEN}"}}}}'.encode(), part_of_path="/watch"))
    line.look()
    line.look()

    assert len(api.channels) == 1
    assert TOKEN not in line.state("channel/primary")
    assert TOKEN not in json.dumps(line.events())
