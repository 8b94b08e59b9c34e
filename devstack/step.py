"""One delivery of the demo: what is sent, and what should become of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import requests

from planhook.sources import Source

SAMPLES = Path(__file__).resolve().parent / "samples"
_CONTENT_TYPES = {".ics": "text/calendar; charset=utf-8", ".json": "application/json"}


@dataclass(frozen=True, slots=True)
class Step:
    """A sample file sent to a source: the HTTP status expected, and the end of each of its events.

    An end is written `applied` or `ignored: superseded`. A sample sent for the second time is the very same
    request; a forged one is changed after it was signed.
    """

    title: str
    source: str
    sample: str
    status: int = 202
    ends: tuple[str, ...] = ()
    forged: bool = False


@dataclass(slots=True)
class Sender:
    """Signs samples as their senders would and posts them to `web_url`."""

    sources: Mapping[str, Source]
    web_url: str
    _signed: dict[str, dict[str, str]] = field(default_factory=dict)

    def send(self, step: Step) -> requests.Response:
        body = (SAMPLES / step.sample).read_bytes()
        url = f"{self.web_url}/webhooks/{step.source}"
        if step.sample not in self._signed:
            content_type = {"content-type": _CONTENT_TYPES[Path(step.sample).suffix]}
            self._signed[step.sample] = self.sources[step.source].sign(body, content_type, url, datetime.now(UTC))
        sent = body + b" " if step.forged else body
        return requests.post(url, data=sent, headers=self._signed[step.sample], timeout=10)
