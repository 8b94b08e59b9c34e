"""What senders get that demand more than an answer of planhook's own."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from flask import Flask
from flask.testing import FlaskClient
from redis import Redis

from planhook.core.errors import ProofInvalid
from planhook.core.event import JSON, Delivery, Event
from planhook.sources import registry
from planhook.sources.any_json import AnyJsonSource
from planhook.sources.source import Reply
from planhook.store.connection import connect
from planhook.store.group_commit import GroupCommit
from planhook.store.inbox import Inbox
from planhook.store.refusals import Refusals
from planhook.store.room import Room
from planhook.wakeup import Wakeups
from service import problems, webhooks
from service.intake import Intake
from service.refusals import RefusalCounter
from tests.service.conftest import CRM, CRM_TOKEN, Web


@dataclass(frozen=True)
class Demanding(AnyJsonSource):
    """A sender that asks before it sends, and wants each delivery acknowledged in XML."""

    methods = ("POST", "OPTIONS")
    acknowledged: list[JSON] = field(default_factory=list)

    def handshake(self, delivery: Delivery) -> Reply | None:
        if "challenge" in delivery.url:
            return Reply(200, b"<echo>", "text/plain; charset=utf-8", {"X-Handshake": "yes"})
        if "forged" in delivery.url:
            raise ProofInvalid("the challenge is not signed", "signature_wrong")
        return None

    def parse(self, delivery: Delivery) -> tuple[Event, ...]:
        if b"defect" in delivery.body:
            raise AttributeError("'list' object has no attribute 'get'")
        return super().parse(delivery)

    def acknowledge(self, told: JSON) -> Reply | None:
        self.acknowledged.append(told)
        return Reply(200, b"<ack/>", "text/xml")


@pytest.fixture
def source() -> Demanding:
    plain = registry.build("crm", {"kind": "json", "verify": {"scheme": "bearer", "token": CRM_TOKEN}})
    assert isinstance(plain, AnyJsonSource)
    return Demanding(plain.name, plain.proof, plain.reader)


@pytest.fixture
def client(web: Web, source: Demanding, redis_url: str) -> Iterator[FlaskClient]:
    redis: Redis = connect(redis_url, timeout=2, connections=4)
    app = Flask("webhooks")
    problems.install(app)
    inbox = GroupCommit(Inbox(redis), Room(redis))
    intake = Intake({"crm": source}.get, inbox, Wakeups(redis), "https://hooks.example.com", max_body=2048)
    webhooks.install(app, intake, RefusalCounter(Refusals(redis)))
    yield app.test_client()
    redis.close()


def test_a_handshake_is_answered_before_any_proof_and_stores_nothing(client: FlaskClient, web: Web) -> None:
    response = client.post("/webhooks/crm?challenge=1")

    assert (response.status_code, response.data) == (200, b"<echo>")
    assert response.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert response.headers["X-Handshake"] == "yes"
    assert web.contents() == set()


def test_a_source_may_answer_the_handshake_of_a_method_of_its_own(client: FlaskClient) -> None:
    assert client.options("/webhooks/crm?challenge=1").data == b"<echo>"


def test_another_method_without_a_handshake_delivers_nothing(client: FlaskClient, web: Web) -> None:
    response = client.options("/webhooks/crm", json={"type": "deal.won"}, headers=CRM)

    assert response.status_code == 400
    assert web.contents() == set()


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "PATCH", "TRACE"])
def test_methods_that_the_source_does_not_name_are_405(client: FlaskClient, method: str) -> None:
    response = client.open("/webhooks/crm?challenge=1", method=method, headers=CRM)

    assert response.status_code == 405
    assert response.headers["Allow"] == "POST, OPTIONS"


def test_a_forged_handshake_is_a_forged_delivery(client: FlaskClient) -> None:
    assert client.post("/webhooks/crm?forged=1").status_code == 401


def test_success_is_acknowledged_in_the_words_of_the_sender(client: FlaskClient, source: Demanding, web: Web) -> None:
    answers = [client.post("/webhooks/crm", json={"type": "ticket"}, headers=CRM) for _ in range(2)]

    assert [(answer.status_code, answer.data) for answer in answers] == [(200, b"<ack/>")] * 2
    assert [(told["accepted"], told["duplicates"], len(told["events"])) for told in source.acknowledged] == [
        (1, 0, 1),
        (0, 1, 1),
    ]
    assert web.journal.stats()["accepted"] == 1


def test_what_is_refused_is_never_acknowledged(client: FlaskClient, source: Demanding) -> None:
    assert client.post("/webhooks/crm", json={"type": "ticket"}).status_code == 401
    assert client.post("/webhooks/crm", data=b"{", headers=CRM).status_code == 400
    assert source.acknowledged == []


def test_a_delivery_that_meets_a_defect_of_ours_may_be_tried_again(
    client: FlaskClient, web: Web, capsys: pytest.CaptureFixture[str]
) -> None:
    response = client.post("/webhooks/crm", json={"type": "defect"}, headers=CRM)

    assert (response.status_code, response.headers["Retry-After"]) == (503, "5")
    assert "attribute" not in response.text
    assert "AttributeError" in capsys.readouterr().out
    assert web.contents() == set()
