"""Signatures and tokens of CRMs, as their senders published them or as computed from their pages."""

import json
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from planhook.core.errors import ProofInvalid
from planhook.core.event import Delivery
from planhook.sources import Source, build
from tests.sources.delivery import NOW, deliver

VECTORS = json.loads((Path(__file__).parent / "crm_vectors.json").read_text("utf-8"))["vectors"]


def _source(vector: Mapping[str, Any]) -> Source:
    secret = vector.get("secrets") or vector["secret"]
    match vector["scheme"]:
        case "stripe-v1":
            return build("it", {"kind": "stripe", "secret": secret})
        case "close":
            return build("it", {"kind": "close", "secret": secret})
        case "salesforce-org-id":
            return build("it", {"kind": "salesforce", "organization_id": secret})
        case "body-token":
            channel = vector.get("config", {}).get("also_check", {}).get("/channel_id")
            return build("it", {"kind": "zoho", "token": secret} | ({"channel_id": channel} if channel else {}))
        case _:
            return build("it", {"kind": "json", "verify": {"scheme": "standard-webhooks", "secret": secret}})


def _delivery(vector: Mapping[str, Any]) -> Delivery:
    now = datetime.fromisoformat(vector["now"]) if "now" in vector else NOW
    return deliver(vector["body"].encode(), vector["headers"], now=now, url=vector["url"], method=vector["method"])


@pytest.mark.parametrize("vector", [each for each in VECTORS if each["valid"]], ids=lambda each: each["id"])
def test_a_genuine_delivery_is_accepted(vector: Mapping[str, Any]) -> None:
    _source(vector).verify(_delivery(vector))


@pytest.mark.parametrize("vector", [each for each in VECTORS if not each["valid"]], ids=lambda each: each["id"])
def test_any_other_delivery_is_refused(vector: Mapping[str, Any]) -> None:
    with pytest.raises(ProofInvalid):
        _source(vector).verify(_delivery(vector))
