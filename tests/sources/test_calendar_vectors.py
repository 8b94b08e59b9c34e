"""Deliveries of calendar senders that were computed from their pages, genuine and not."""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from marshmallow import ValidationError

from planhook.core.errors import BodyInvalid, ProofInvalid
from planhook.core.event import Delivery
from planhook.sources import Source, build
from planhook.sources.mailgun import MailgunSource
from tests.sources.delivery import NOW, deliver

VECTORS = json.loads((Path(__file__).parent / "calendar_vectors.json").read_text("utf-8"))["vectors"]
MALFORMED = ("graph-not-an-array", "google-bad-number")
IN_PART = ("graph-second-item-bad",)


def _source(vector: Mapping[str, Any]) -> Source:
    kind, secret = vector["kind"], vector.get("secrets") or vector.get("secret")
    match kind:
        case "google-calendar":
            return build("it", {"kind": kind, "token": secret, **vector["channel"]})
        case "microsoft-graph":
            return build("it", {"kind": kind, "client_state": secret})
        case "ses":
            certificate = vector["certificate_at_signing_cert_url"]
            return build("it", {"kind": kind, "topic_arn": vector["allowed_topics"], "certificate": certificate})
        case _:
            source = build("it", {"kind": kind, "secret": secret})
            return _as_strict_as_rails(source) if isinstance(source, MailgunSource) else source


def _as_strict_as_rails(source: MailgunSource) -> Source:
    """Those vectors are of Rails, which takes no retries."""
    return replace(source, proof=replace(source.proof, tolerance=timedelta(minutes=2)))


def _delivery(vector: Mapping[str, Any]) -> Delivery:
    now = datetime.fromisoformat(vector["now"]) if "now" in vector else NOW
    return deliver(vector.get("body", "").encode(), vector["headers"], now=now, url=vector["url"])


def _take(vector: Mapping[str, Any]) -> None:
    source, delivery = _source(vector), _delivery(vector)
    source.verify(delivery)
    source.parse(delivery)


def _chosen(*, valid: bool) -> list[Mapping[str, Any]]:
    usual = [each for each in VECTORS if each["id"] not in (*MALFORMED, *IN_PART) and each.get("secret") != ""]
    return [each for each in usual if each["valid"] is valid]


@pytest.mark.parametrize("vector", _chosen(valid=True), ids=lambda each: each["id"])
def test_a_genuine_delivery_is_accepted(vector: Mapping[str, Any]) -> None:
    _source(vector).verify(_delivery(vector))


@pytest.mark.parametrize("vector", _chosen(valid=False), ids=lambda each: each["id"])
def test_any_other_delivery_is_refused(vector: Mapping[str, Any]) -> None:
    with pytest.raises(ProofInvalid):
        _source(vector).verify(_delivery(vector))


@pytest.mark.parametrize("vector", [each for each in VECTORS if each["id"] in MALFORMED], ids=lambda each: each["id"])
def test_a_malformed_delivery_is_a_bad_request(vector: Mapping[str, Any]) -> None:
    with pytest.raises(BodyInvalid):
        _take(vector)


@pytest.mark.parametrize("vector", [each for each in VECTORS if "item_valid" in each], ids=lambda each: each["id"])
def test_only_the_items_that_prove_themselves_become_events(vector: Mapping[str, Any]) -> None:
    events = _source(vector).parse(_delivery(vector))
    ours = [position for position, valid in enumerate(vector["item_valid"]) if valid]
    assert [event.sequence for event in events] == ours


@pytest.mark.parametrize("vector", [each for each in VECTORS if each.get("secret") == ""], ids=lambda each: each["id"])
def test_a_source_without_a_secret_cannot_be_made(vector: Mapping[str, Any]) -> None:
    with pytest.raises(ValidationError, match="empty"):
        _source(vector)
