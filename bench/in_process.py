"""Parts of planhook in this process, without HTTP: what they cost by themselves."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.processes import Process, in_group
from bench.sender import SECRET, deals
from bench.system import HOOK, RULES
from devstack.redis_server import EmbeddedRedis
from planhook.core.event import Delivery, Event
from planhook.rulebook import LiveRulebook
from planhook.settings import Settings
from workers.context import Context

_ENV = {"CRM_SECRET": SECRET, "PLANHAT_API_TOKEN": "none"}


def rulebook(folder: Path = RULES) -> LiveRulebook:
    return LiveRulebook(folder, _ENV)


def events(rules: LiveRulebook, name: str, count: int, tasks: int) -> list[Event]:
    """What planhook makes of deals, each event delivered by itself."""
    source = rules.current().sources["crm"]
    now = datetime.now(UTC)
    bodies = (json.dumps({"events": [deal]}).encode() for deal in deals(name, count, tasks))
    headers = {"content-type": "application/json"}
    return [
        event
        for body in bodies
        for event in source.parse(Delivery("POST", f"http://localhost{HOOK}", headers, body, now))
    ]


@contextmanager
def context() -> Iterator[tuple[Context, Sequence[Process]]]:
    """The parts of a worker on a Redis of their own, with the processes of that Redis."""
    with TemporaryDirectory(prefix="planhook-bench-") as folder, EmbeddedRedis(Path(folder)) as server:
        parts = Context(Settings.from_env(_ENV | {"REDIS_URL": server.url}), rulebook())
        try:
            yield parts, in_group(server.pid or 0)
        finally:
            parts.redis.close()
