"""A planhook with a past, and the shell of somebody who may look into its Redis."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from redis import Redis

from planhook.core.event import Event, event_id, milliseconds
from planhook.rulebook import load
from planhook.store.bindings import Bindings
from planhook.store.connection import connect
from planhook.store.inbox import Inbox
from planhook.store.journal import Journal
from planhook.store.registers import Registers
from tests.cli.test_offline_commands import Done, planhook
from workers.planner import Planner

RULES = """
rules:
  - name: Start
    on: deal.won
    if:
      deal.amount: {at_least: 5000}
    then:
      create: {sourceId: "start-{{ deal.id }}", companyId: srcid-C1, action: "Onboard {{ deal.name }}"}
"""
START = datetime(2026, 3, 2, 9, tzinfo=UTC)


def deal(kind: str, number: int, **fields: object) -> Event:
    """An event of deal `number`, that many minutes after the start."""
    at = START + timedelta(minutes=number)
    return Event(
        id=event_id("crm", f"{kind}-{number}"),
        source="crm",
        type=kind,
        types=(kind,),
        occurred_at=at,
        received_at=at,
        order=(milliseconds(at), 0),
        sender_id=f"{kind}-{number}",
        deal={"id": f"D{number}", **fields},
        payload={"type": kind},
    )


WON = deal("deal.won", 1, name="Acme", amount=9000)
SMALL = deal("deal.won", 2, name="Small", amount=10)
NAMELESS = deal("deal.won", 3, amount=9000)


@dataclass(frozen=True)
class Past:
    """WON waits for Planhat, SMALL was ignored, NAMELESS is dead."""

    folder: Path
    redis_url: str
    redis: Redis

    @property
    def journal(self) -> Journal:
        return Journal(self.redis)

    def planhook(self, *arguments: str, **env: str) -> Done:
        return planhook(*arguments, cwd=self.folder, **{"REDIS_URL": self.redis_url, **env})

    def bring(self, *events: Event) -> None:
        """Have these events come now and be planned."""
        rules = load(self.folder / "rules", {}, require_env=False).rules
        inbox = Inbox(self.redis)
        inbox.accept([replace(event, received_at=datetime.now(UTC)) for event in events])
        Planner("planner", inbox, Registers(self.redis), Bindings(self.redis), lambda: rules).drain(lambda: False)


@pytest.fixture
def past(tmp_path: Path, redis_url: str) -> Iterator[Past]:
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "rules.yaml").write_text(RULES, "utf-8")
    redis = connect(redis_url, timeout=5, connections=4)
    story = Past(tmp_path, redis_url, redis)
    story.bring(WON, SMALL, NAMELESS)
    redis.delete("planhook:wake:plan")  # the wake-up is over
    yield story
    redis.close()
