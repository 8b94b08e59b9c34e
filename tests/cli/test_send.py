"""`send`: samples go over HTTP to a planhook that runs, proven as their senders would prove them."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as some
from redis import Redis

from planhook.core.event import from_iso
from planhook.samples import load_samples
from planhook.samples.moving import moved
from planhook.samples.sealing import open_key
from planhook.store.journal import Journal
from tests.cli.server import serving
from tests.cli.test_offline_commands import Done, planhook
from tests.samples.test_samples import SENDERS, secrets_for


@dataclass(frozen=True)
class Running:
    """A planhook with one source of every kind, and the shell of somebody who has its secrets."""

    url: str
    folder: Path
    env: dict[str, str]
    redis: Redis

    def send(self, *arguments: str, **env: str) -> Done:
        return planhook("send", *arguments, cwd=self.folder, **{**self.env, **env})


@contextmanager
def running(folder: Path, redis_url: str, **settings: str) -> Iterator[Running]:
    """With the file `ses.pem` in `folder`, its key counts as Amazon's."""
    examples = "".join(
        example.removeprefix("sources:\n") for example in re.findall(r"```yaml\n(.*?)```", SENDERS, re.DOTALL)
    )
    (folder / "rules").mkdir()
    (folder / "rules" / "sources.yaml").write_text(f"sources:\n{examples}", "utf-8")
    if (folder / "ses.pem").exists():
        examples = examples.replace("    topic_arn:", f"{certificate(folder)}\n    topic_arn:")
        (folder / "rules" / "sources.yaml").write_text(f"sources:\n{examples}", "utf-8")
    secrets = secrets_for(examples, "7d1f0b2c9a8e6d5c4b3a2918171615141312")
    # The log shares stdout with the commands.
    base = {"PLANHAT_API_TOKEN": "t", "LOG_LEVEL": "error", "REDIS_URL": redis_url, "RULES_DIR": str(folder / "rules")}
    env = base | secrets | settings
    with serving(env) as url, Redis.from_url(redis_url) as redis:
        yield Running(url, folder, secrets | settings, redis)


def certificate(folder: Path) -> str:
    """The lines that `send` wants to see under a source."""
    done = planhook("send", "ses", "--to", "http://127.0.0.1:1", "--key", "ses.pem", cwd=folder)
    return "\n".join(line for line in done.stdout.splitlines() if line.startswith("    "))


@pytest.fixture
def planhook_running(tmp_path: Path, redis_url: str) -> Iterator[Running]:
    with running(tmp_path, redis_url) as found:
        yield found


@pytest.mark.parametrize("when", [[], ["--now"]], ids=["then", "now"])
def test_every_sample_of_every_kind_is_accepted(tmp_path: Path, redis_url: str, when: list[str]) -> None:
    open_key(tmp_path / "ses.pem")
    with running(tmp_path, redis_url) as found:
        done = found.send("all", "--to", found.url, "--json", "--key", "ses.pem", *when)

        assert done.returncode == 0, done.stdout
        sent = json.loads(done.stdout)["sent"]
        assert [one["sample"] for one in sent] == [sample.name for sample in load_samples()]
        assert {one["status"] for one in sent} <= {200, 202}
        journal = Journal(found.redis)
        events = [event for one in sent for event in one["events"]]
        assert len(events) > len(sent) / 2
        assert all(journal.event(event)["id"] == event for event in events)


def test_without_a_key_amazon_s_samples_are_left_out_and_it_is_said_how(planhook_running: Running) -> None:
    done = planhook_running.send("ses", "--to", planhook_running.url)

    assert (done.returncode, "--key FILE" in done.stdout) == (0, True)
    assert planhook_running.send("ses", "--to", planhook_running.url, "--key", "rules").returncode == 2
    (planhook_running.folder / "no.pem").write_text("no key")
    assert planhook_running.send("ses", "--to", planhook_running.url, "--key", "no.pem").returncode == 2


def test_the_answer_and_the_ids_of_the_events_are_shown(planhook_running: Running) -> None:
    first = planhook_running.send("hubspot/deal-won", "--to", planhook_running.url)
    again = planhook_running.send("hubspot/deal-won", "--to", planhook_running.url + "/webhooks/hubspot")

    assert first.returncode == again.returncode == 0
    assert first.stdout.startswith("✓ hubspot/deal-won as hubspot: 202, 3 accepted, 0 known\n    evt_")
    assert again.stdout.startswith("✓ hubspot/deal-won as hubspot: 200, 0 accepted, 3 known\n    evt_")


def test_a_kind_sends_its_whole_story(planhook_running: Running) -> None:
    done = planhook_running.send("pipedrive", "--to", planhook_running.url)

    assert [line.split()[1] for line in done.stdout.splitlines() if line.startswith("✓")] == [
        sample.name for sample in load_samples() if sample.kind == "pipedrive"
    ]


def test_a_signed_address_is_the_public_one(tmp_path: Path, redis_url: str) -> None:
    with running(tmp_path, redis_url, PUBLIC_URL="https://hooks.example.com") as found:
        assert found.send("hubspot/deal-won", "--to", found.url).returncode == 0
        assert found.send("hubspot/deal-won", "--to", found.url, PUBLIC_URL="").returncode == 1


def test_what_is_refused_ends_with_1_and_says_why(planhook_running: Running) -> None:
    done = planhook_running.send("stripe/invoice-paid", "--to", planhook_running.url, STRIPE_SIGNING_SECRET="other")

    assert done.returncode == 1
    assert done.stdout == "✗ stripe/invoice-paid as stripe: 401, Unauthorized: the delivery is not proven\n"


@pytest.mark.parametrize(("kind", "variable"), [("stripe", "STRIPE_SIGNING_SECRET"), ("zoho", "ZOHO_CHANNEL_TOKEN")])
def test_without_the_secret_nothing_is_sent(planhook_running: Running, kind: str, variable: str) -> None:
    done = planhook_running.send(kind, "--to", planhook_running.url, **{variable: ""})

    assert done.returncode == 1
    assert "its secret is not set" in done.stdout


def test_a_server_that_is_not_there_ends_with_1(planhook_running: Running) -> None:
    done = planhook_running.send("json", "--to", "http://127.0.0.1:1")

    assert done.returncode == 1
    assert "no answer" in done.stdout


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["hubspot/deal-won"],
        ["hubspot/nothing", "--to", "http://127.0.0.1:1"],
        ["hubspot", "--to", "ftp://127.0.0.1"],
        ["hubspot", "--to", "http://127.0.0.1:1", "--source", "nobody"],
        ["hubspot", "--to", "http://127.0.0.1:1", "--source", "pipedrive"],
    ],
)
def test_a_wrong_call_ends_with_2(planhook_running: Running, arguments: list[str]) -> None:
    assert planhook_running.send(*arguments).returncode == 2


def test_the_list_needs_no_rules(tmp_path: Path) -> None:
    done = planhook("send", "--list", cwd=tmp_path)

    assert done.stdout.splitlines() == [sample.name for sample in load_samples()]


@pytest.mark.parametrize("kind", ["hubspot", "pipedrive", "json", "zoom", "calendly"])
def test_with_now_the_story_happens_now(planhook_running: Running, kind: str) -> None:
    sent = json.loads(planhook_running.send(kind, "--to", planhook_running.url, "--now", "--json").stdout)["sent"]

    journal = Journal(planhook_running.redis)
    times = [from_iso(journal.event(event)["occurred_at"]) for one in sent for event in one["events"]]
    assert times
    assert all(abs(datetime.now(UTC) - time) < timedelta(minutes=1) for time in times)


TOLD_AT = datetime(2026, 3, 2, 9, 14, 20, tzinfo=UTC)


def test_all_forms_of_time_move_by_the_same_span_and_keep_their_zone() -> None:
    body = b"DTSTART:20260610T080000Z 2026-03-02T09:14:20.611+01:00 1772442860 1772442860402 2026-03-02"

    assert moved(body, TOLD_AT, TOLD_AT + timedelta(days=1, seconds=1)) == (
        b"DTSTART:20260611T080001Z 2026-03-03T09:14:21.611+01:00 1772529261 1772529261402 2026-03-02"
    )


def test_ids_that_are_no_times_stay() -> None:
    body = b'{"a": 31588204417, "b": 2904417331, "c": 118820101, "d": "99999999T999999", "e": 1000000068001}'

    assert moved(body, TOLD_AT, TOLD_AT + timedelta(days=1)) == body


@given(some.binary(max_size=200), some.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1)))  # noqa: DTZ001
def test_moving_never_fails_and_never_changes_the_length(body: bytes, now: datetime) -> None:
    assert len(moved(body, TOLD_AT, now.replace(tzinfo=UTC))) == len(body)
