"""Secrets are compared in a time that does not tell how close a guess was. Behaviour cannot show that; calls can."""

import hmac
import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

import pytest
from flask import Flask

from planhook.samples import Sample
from service.access import bearer_guard
from tests.samples.test_samples import SENDABLE, described, signed
from tests.sources.delivery import signed as signed_plainly
from tests.sources.test_proof import BODY, SOURCES

WITHOUT_SECRET = "salesforce"  # its page proves by the organisation's id, which is no secret
ONE_OF_EACH_KIND = list({sample.kind: sample for sample in SENDABLE if sample.kind != WITHOUT_SECRET}.values())
PROVING = {name: source for name, source in SOURCES.items() if name != "none"}


def called(call: Callable[[], None]) -> set[int]:
    """The built-in functions that `call` calls, by identity."""
    seen: set[int] = set()

    def note(_: FrameType, event: str, callee: Any) -> None:
        if event == "c_call":
            seen.add(id(callee))

    sys.setprofile(note)
    try:
        call()
    finally:
        sys.setprofile(None)
    return seen


@pytest.mark.parametrize("name", PROVING)
def test_every_scheme_compares_in_constant_time(name: str) -> None:
    delivery = signed_plainly(PROVING[name], BODY)
    assert id(hmac.compare_digest) in called(lambda: PROVING[name].verify(delivery))


@pytest.mark.parametrize("sample", ONE_OF_EACH_KIND, ids=lambda sample: sample.kind)
def test_every_kind_compares_in_constant_time(sample: Sample, tmp_path: Path) -> None:
    source = described(sample.kind, tmp_path)
    delivery = signed(sample, source)
    assert id(hmac.compare_digest) in called(lambda: source.verify(delivery))


def test_the_operators_token_is_compared_in_constant_time() -> None:
    guard = bearer_guard("operator-token")
    with Flask("any").test_request_context(headers={"Authorization": "Bearer operator-token"}):
        assert id(hmac.compare_digest) in called(guard)
