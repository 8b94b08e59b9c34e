"""`send`: samples go over HTTP to a planhook that runs, proven as their senders would prove them."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from redis import Redis

from planhook.rulebook import load
from planhook.samples import load_samples
from planhook.samples.sealing import open_key
from planhook.store.bindings import Bindings
from planhook.store.inbox import Inbox
from planhook.store.journal import Journal
from planhook.store.registers import Registers
from tests.cli.server import serving
from tests.cli.test_offline_commands import Done, planhook
from tests.samples.test_samples import SENDERS, secrets_for
from workers.planner import Planner


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


def test_a_key_is_made_with_its_folder_for_nobody_else_to_read(planhook_running: Running) -> None:
    done = planhook_running.send("ses", "--to", planhook_running.url, "--key", "keys/of/samples.pem")

    assert (done.returncode, "write under it" in done.stdout) == (0, True)
    assert (planhook_running.folder / "keys" / "of" / "samples.pem").stat().st_mode & 0o777 == 0o600


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


def test_an_answer_in_the_sender_s_own_form_is_shown_shortened_on_one_line(planhook_running: Running) -> None:
    done = planhook_running.send("salesforce/deal-won", "--to", planhook_running.url)

    (line,) = done.stdout.splitlines()
    assert line.startswith("✓ salesforce/deal-won as salesforce: 200, <?xml")
    assert line.endswith("…")


def test_what_is_refused_ends_with_1_and_says_why(planhook_running: Running) -> None:
    done = planhook_running.send("stripe/invoice-paid", "--to", planhook_running.url, STRIPE_SIGNING_SECRET="other")

    assert done.returncode == 1
    refused, remedy = done.stdout.splitlines()
    assert refused == "✗ stripe/invoice-paid as stripe: 401, Unauthorized: the delivery is not proven"
    assert remedy.startswith("→ STRIPE_SIGNING_SECRET must have the same value here as in the service")


@pytest.mark.parametrize(("kind", "variable"), [("stripe", "STRIPE_SIGNING_SECRET"), ("zoho", "ZOHO_CHANNEL_TOKEN")])
def test_without_the_secret_nothing_is_sent(planhook_running: Running, kind: str, variable: str) -> None:
    done = planhook_running.send(kind, "--to", planhook_running.url, **{variable: ""})

    assert done.returncode == 1
    assert f"as {kind}: not sent: its secret is not set" in done.stdout
    assert done.stdout.splitlines()[-1] == f"→ set {variable}, to what the service has"


def test_a_server_that_is_not_there_ends_with_1(planhook_running: Running) -> None:
    done = planhook_running.send("json", "--to", "http://127.0.0.1:1")

    assert done.returncode == 1
    assert "no answer from http://127.0.0.1:1/webhooks/" in done.stdout
    assert done.stdout.count("→ is the service running?") == 1


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


def test_the_name_of_a_source_is_no_sample_and_the_words_say_what_to_write(tmp_path: Path) -> None:
    (tmp_path / "rules").mkdir()
    source = "sources:\n  shop: {kind: json, verify: {scheme: none, allow_unverified: true}}\n"
    (tmp_path / "rules" / "sources.yaml").write_text(source, "utf-8")

    done = planhook("send", "shop", "--to", "http://127.0.0.1:1", cwd=tmp_path)

    assert done.returncode == 2
    assert "shop is a source: send json --source shop" in " ".join(done.stderr.replace("│", " ").split())


def test_the_list_needs_no_rules(tmp_path: Path) -> None:
    done = planhook("send", "--list", cwd=tmp_path)

    assert done.stdout.splitlines() == [sample.name for sample in load_samples()]


RULES = """
rules:
  - name: Deals
    on: ["deal.*", "stripe.*"]
    then:
      create: {sourceId: "deal-{{ deal.id }}", companyId: srcid-C1, action: "{{ event.type }}"}
  - name: Lost
    on: deal.lost
    then: {complete: {sourceId: "deal-{{ deal.id }}"}}
  - name: Meetings
    on: [meeting.scheduled, meeting.updated]
    then:
      create:
        sourceId: "meeting-{{ meeting.id }}"
        companyId: srcid-C1
        mainType: event
        action: "{{ meeting.title }}"
        startTime: "{{ meeting.start }}"
        endTime: "{{ meeting.end }}"
  - name: Called off
    on: meeting.cancelled
    then: {cancel: {sourceId: "meeting-{{ meeting.id }}"}}
"""


@dataclass(frozen=True)
class End:
    """How a telling of all stories ended: what became of each event, and each task in the order of their names."""

    became: list[tuple[str, str | None]]
    tasks: dict[str, dict[str, Any]]

    def without_times(self) -> list[tuple[str, dict[str, Any]]]:
        return [
            (
                task["state"],
                {
                    key: field["value"]
                    for key, field in task["fields"].items()
                    if key not in ("startTime", "endTime", "dateDone")
                },
            )
            for task in self.tasks.values()
        ]


def told(found: Running, planner: Planner, *when: str) -> End:
    done = found.send("all", "--to", found.url, "--json", "--key", "ses.pem", *when)
    assert done.returncode == 0, done.stdout
    planner.drain(lambda: False)
    journal = Journal(found.redis)
    events = [journal.event(event) for one in json.loads(done.stdout)["sent"] for event in one["events"]]
    names = [operation["sourceId"] for event in events for operation in event["operations"]]
    tasks = {name: task for name in dict.fromkeys(names) if (task := journal.task(name))}
    return End([(event["status"], event["reason"]) for event in events], tasks)


def test_told_as_news_every_story_ends_as_it_did_and_again_in_tasks_of_its_own(tmp_path: Path, redis_url: str) -> None:
    open_key(tmp_path / "ses.pem")
    with running(tmp_path, redis_url) as found:
        (tmp_path / "rules" / "rules.yaml").write_text(RULES, "utf-8")
        rules = load(tmp_path / "rules", found.env, require_env=True).rules
        redis = found.redis
        planner = Planner("planner", Inbox(redis), Registers(redis), Bindings(redis), lambda: rules)
        then, now, again = told(found, planner), told(found, planner, "--now"), told(found, planner, "--now")

    assert len(then.tasks) >= 15
    assert {task["state"] for task in then.tasks.values()} >= {"open", "done", "cancelled"}
    assert then.became == now.became == again.became
    assert then.without_times() == now.without_times() == again.without_times()
    assert not then.tasks.keys() & now.tasks.keys()
    assert not now.tasks.keys() & again.tasks.keys()
