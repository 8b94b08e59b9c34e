"""One sample on its way to a planhook: proven, posted, and what was answered."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import requests
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from planhook.cli import remedy
from planhook.cli.remedy import Target
from planhook.samples import Sample
from planhook.samples.filling import filled
from planhook.samples.sealing import CannotSign, sealed
from planhook.sources import Source

_PATIENCE = 30  # seconds
_SHOWN = 80  # characters of an answer that is not planhook's own


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one sample; `status` is 0 when no answer came, None when it could not be signed."""

    sample: str
    source: str
    status: int | None
    events: tuple[str, ...]
    said: str
    remedy: str | None = None

    @property
    def is_fine(self) -> bool:
        return self.status is None or 200 <= self.status < 300


def post(sample: Sample, source: Source, target: Target, key: RSAPrivateKey | None) -> Outcome:
    """Sign `sample` as `source` wants it and send it to `target`; `key` takes Amazon's part."""
    try:
        body, headers = _proven(sample, source, target, key)
    except CannotSign as fault:
        return Outcome(sample.name, source.name, None, (), f"not sent: {fault}")
    except LookupError:  # of the secrets, there is no first one
        return without_secret(sample, target)
    try:
        answer = requests.post(target.url, data=body, headers=headers, timeout=_PATIENCE, allow_redirects=False)
    except requests.RequestException as fault:
        said = f"no answer from {target.url}: {type(fault).__name__}"
        return Outcome(sample.name, source.name, 0, (), said, remedy.for_fault(fault, _PATIENCE))
    outcome = _read_answer(sample, answer, target)
    return outcome if outcome.is_fine else replace(outcome, remedy=remedy.for_answer(answer, target))


def without_secret(sample: Sample, target: Target) -> Outcome:
    """A sample that is not sent, as it could not be proven."""
    advice = remedy.for_unset(target, os.environ)
    return Outcome(sample.name, target.source, 0, (), "not sent: its secret is not set", advice)


def _proven(
    sample: Sample, source: Source, target: Target, key: RSAPrivateKey | None
) -> tuple[bytes, Mapping[str, bytes]]:
    """Body and headers. Raises CannotSign, and LookupError when a secret is not set."""
    # Some senders sign the address that they were given, which is PUBLIC_URL where that is set.
    public_url = os.environ.get("PUBLIC_URL", "").strip().rstrip("/")
    signed_url = f"{public_url}/webhooks/{source.name}" if public_url else target.url
    now = datetime.now(UTC)
    body = sealed(filled(sample.body, sample.content_type, source, now), source, key, now)
    headers = source.sign(body, sample.headers, signed_url, now)
    return body, {name: value.encode("latin-1") for name, value in headers.items()}


def _read_answer(sample: Sample, answer: requests.Response, target: Target) -> Outcome:
    text = " ".join(answer.text.split())
    beginning = text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
    outcome = Outcome(sample.name, target.source, answer.status_code, (), beginning)
    try:
        told = answer.json()
    except ValueError:
        return outcome  # the sender wants another form, or this is no planhook
    match told:
        case {"accepted": accepted, "duplicates": duplicates, "events": [*events]}:
            counted = f"{accepted} accepted, {duplicates} known"
            return replace(outcome, events=tuple(map(str, events)), said=counted)
        case {"title": str(title), "detail": str(detail)}:
            return replace(outcome, said=f"{title}: {detail}")
        case {"title": str(title)}:
            return replace(outcome, said=title)
    return outcome
