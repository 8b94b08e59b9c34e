"""Senders that demand more than any 2xx, over HTTP: each gets the answer that its page asks for."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from planhook.samples import load_samples
from planhook.samples.filling import filled
from planhook.sources import Source
from service.app import create_app
from tests.samples.test_samples import described, secrets_for, section
from tests.service.conftest import PUBLIC_URL, environment

SAMPLES = {sample.name: sample for sample in load_samples()}


@dataclass(frozen=True)
class Wired:
    """The application with one source."""

    client: FlaskClient
    source: Source

    @property
    def path(self) -> str:
        return f"/webhooks/{self.source.name}"

    def deliver(self, name: str) -> TestResponse:
        """Post a shipped sample as its sender would."""
        sample, now = SAMPLES[name], datetime.now(UTC)
        body = filled(sample.body, sample.headers.get("content-type", ""), self.source, now)
        return self.post(body, dict(sample.headers))

    def post(self, body: bytes, headers: dict[str, str]) -> TestResponse:
        signed = self.source.sign(body, headers, PUBLIC_URL + self.path, datetime.now(UTC))
        return self.client.post(self.path, data=body, headers=signed)


@pytest.fixture
def wired(redis_url: str, tmp_path: Path) -> Callable[[str], Wired]:
    """Makes the application with the source that the page of a kind describes."""

    def make(kind: str) -> Wired:
        source = described(kind, tmp_path)
        env = environment(redis_url, tmp_path) | secrets_for(section(kind), "7d1f0b2c9a8e6d5c4b3a2918171615141312")
        return Wired(create_app(env=env).test_client(), source)

    return make


def test_graph_gets_its_validation_token_back_as_text(wired: Callable[[str], Wired]) -> None:
    graph = wired("microsoft-graph")
    answer = graph.client.post(f"{graph.path}?validationToken=Hello%3a+%3Cscript%3E", content_type="text/plain")

    assert (answer.status_code, answer.data) == (200, b"Hello: <script>")
    assert answer.mimetype == "text/plain"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_cloudevents_consents_to_the_origins_that_are_named(wired: Callable[[str], Wired]) -> None:
    events = wired("cloudevents")
    asked = events.client.options(
        events.path, headers={"WebHook-Request-Origin": "eventemitter.example.com", "WebHook-Request-Rate": "100"}
    )
    stranger = events.client.options(events.path, headers={"WebHook-Request-Origin": "evil.example"})

    assert asked.status_code == 200
    assert asked.headers["WebHook-Allowed-Origin"] == "eventemitter.example.com"
    assert "WebHook-Allowed-Origin" not in stranger.headers


def test_zoom_gets_its_token_encrypted_if_it_signed_the_question(wired: Callable[[str], Wired]) -> None:
    zoom = wired("zoom")
    body = b'{"event": "endpoint.url_validation", "payload": {"plainToken": "qgg8vlvZRS6UYooatFL8Aw"}}'

    answer = zoom.post(body, {"Content-Type": "application/json"})
    assert answer.status_code == 200
    assert json.loads(answer.data).keys() == {"plainToken", "encryptedToken"}
    assert zoom.client.post(zoom.path, data=body, content_type="application/json").status_code == 401


def test_salesforce_gets_an_acknowledgement_each_time(wired: Callable[[str], Wired]) -> None:
    salesforce = wired("salesforce")

    for _ in range(2):
        answer = salesforce.deliver("salesforce/deal-won")
        assert answer.status_code == 200
        assert answer.mimetype == "text/xml"
        assert b"<Ack>true</Ack>" in answer.data


def test_postmark_gets_200_for_what_is_new_and_for_what_is_not(wired: Callable[[str], Wired]) -> None:
    postmark = wired("postmark")

    assert [postmark.deliver("postmark/meeting-invited").status_code for _ in range(2)] == [200, 200]


@pytest.mark.parametrize("kind", ["microsoft-graph", "zoom", "salesforce", "hubspot"])
@pytest.mark.parametrize("method", ["GET", "OPTIONS", "PUT"])
def test_other_methods_are_not_allowed(wired: Callable[[str], Wired], kind: str, method: str) -> None:
    sender = wired(kind)
    answer = sender.client.open(sender.path, method=method)

    assert (answer.status_code, answer.headers["Allow"]) == (405, "POST")
