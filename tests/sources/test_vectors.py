"""Signatures that the senders published or that were computed from their pages."""

import base64
import json
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from marshmallow import ValidationError

from planhook.core.errors import ProofInvalid
from planhook.core.event import Delivery
from planhook.sources import Source, build
from tests.sources.delivery import NOW, deliver

VECTORS = json.loads((Path(__file__).parent / "vectors.json").read_text("utf-8"))["vectors"]

_HMAC: Mapping[str, Mapping[str, str]] = {
    "github-sha256": {"header": "X-Hub-Signature-256", "prefix": "sha256="},
    "hub-signature-method": {"header": "X-Hub-Signature", "prefix": "sha256="},
    "shopify": {"header": "X-Shopify-Hmac-SHA256", "encoding": "base64"},
    "slack-v0": {
        "header": "X-Slack-Signature",
        "prefix": "v0=",
        "signed": "v0:{timestamp}:{body}",
        "timestamp_header": "X-Slack-Request-Timestamp",
    },
    "zoom-v0": {
        "header": "x-zm-signature",
        "prefix": "v0=",
        "signed": "v0:{timestamp}:{body}",
        "timestamp_header": "x-zm-request-timestamp",
    },
    "zendesk": {
        "header": "X-Zendesk-Webhook-Signature",
        "encoding": "base64",
        "signed": "{timestamp}{body}",
        "timestamp_header": "X-Zendesk-Webhook-Signature-Timestamp",
    },
    "intercom-sha1": {"header": "X-Hub-Signature", "prefix": "sha1=", "algorithm": "sha1"},
    "calcom-sha256": {"header": "X-Cal-Signature-256"},
    "savvycal-sha256": {"header": "x-savvycal-signature", "prefix": "sha256="},
    "hmac-sha256-hex-body": {"header": "Attio-Signature"},
}


def _source(vector: Mapping[str, Any]) -> Source:
    scheme, secret = vector["scheme"], vector.get("secrets") or vector["secret"]
    match scheme:
        case "hubspot-v2" | "hubspot-v3":
            return build("it", {"kind": "hubspot", "secret": secret, "signature": scheme[-2:]})
        case "standard-webhooks-v1":
            verify = {"scheme": "standard-webhooks", "secret": secret}
        case "bearer":
            verify = {"scheme": "bearer", "token": secret}
        case "http-basic":
            username, _, password = secret.partition(":")
            verify = {"scheme": "basic", "username": username, "password": password}
        case _:
            verify = {"scheme": "hmac", "secret": secret, **_HMAC[scheme]}
    return build("it", {"kind": "json", "verify": verify})


def _delivery(vector: Mapping[str, Any]) -> Delivery:
    body = base64.b64decode(vector["body_base64"]) if "body_base64" in vector else vector.get("body", "").encode()
    now = datetime.fromisoformat(vector["now"]) if "now" in vector else NOW
    return deliver(body, vector["headers"], now=now, url=vector["url"], method=vector["method"])


@pytest.mark.parametrize("vector", [each for each in VECTORS if each["valid"]], ids=lambda each: each["id"])
def test_a_genuine_delivery_is_accepted(vector: Mapping[str, Any]) -> None:
    _source(vector).verify(_delivery(vector))


@pytest.mark.parametrize(
    "vector", [each for each in VECTORS if not each["valid"] and each["secret"]], ids=lambda each: each["id"]
)
def test_any_other_delivery_is_refused(vector: Mapping[str, Any]) -> None:
    with pytest.raises(ProofInvalid):
        _source(vector).verify(_delivery(vector))


@pytest.mark.parametrize("vector", [each for each in VECTORS if not each["secret"]], ids=lambda each: each["id"])
def test_a_source_without_a_secret_cannot_be_made(vector: Mapping[str, Any]) -> None:
    with pytest.raises(ValidationError, match="empty"):
        _source(vector)
