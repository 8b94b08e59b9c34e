"""Every kind of sender is shipped whole: samples that it takes, a page that says how to set it up."""

import json
import re
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from planhook.core.errors import ProofInvalid
from planhook.core.event import Delivery
from planhook.rulebook import Rulebook, load
from planhook.samples import Sample, load_samples
from planhook.samples.filling import filled
from planhook.samples.sealing import CannotSign, open_key, sealed
from planhook.sources import KINDS, Source

ROOT = Path(__file__).parents[2]
SENDERS = (ROOT / "docs" / "senders.md").read_text("utf-8")
URL = "https://hooks.example.com/webhooks/x"
NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
VECTORS = {
    "cloudevents": "bearer",
    "hubspot": "hubspot-v3",
    "icalendar": "bearer",
    "json": "hmac-sha256-hex-body",
    "pipedrive": "http-basic",
    "postmark": "http-basic",
    "salesforce": "salesforce-org-id",
    "sendgrid": "http-basic",
    "stripe": "stripe-v1",
    "zoho": "body-token",
}
SAMPLES = load_samples()
SIGNED_ELSEWHERE = "ses"  # by Amazon
SENDABLE = [sample for sample in SAMPLES if sample.kind != SIGNED_ELSEWHERE]


def section(kind: str) -> str:
    found = re.search(rf"^## `{kind}`\n(.*?)(?=^## |\Z)", SENDERS, re.MULTILINE | re.DOTALL)
    assert found, f"docs/senders.md has no section `{kind}`"
    return found[1]


def described(kind: str, folder: Path) -> Source:
    """The source of the YAML example that the page of `kind` shows, with made-up secrets."""
    rulebook = described_rulebook(kind, folder)
    (source,) = rulebook.sources.values()
    return source


def described_rulebook(kind: str, folder: Path) -> Rulebook:
    (example,) = re.findall(r"```yaml\n(.*?)```", section(kind), re.DOTALL)
    (folder / "rules.yaml").write_text(example, "utf-8")
    return load(folder, secrets_for(example, "7d1f0b2c9a8e6d5c4b3a2918171615141312"), require_env=True)


def secrets_for(example: str, secret: str) -> dict[str, str]:
    """A value for each variable. `secret` is hexadecimal, which is base64 too: nearly every kind takes it."""
    named = set(re.findall(r"\$\{(\w+)\}", example))
    return {name: f"00D{secret[:12]}" if name.endswith("ORGANIZATION_ID") else secret for name in named}


def signed(sample: Sample, source: Source) -> Delivery:
    body = filled(sample.body, sample.headers.get("content-type", ""), source, NOW)
    return Delivery("POST", URL, source.sign(body, sample.headers, URL, NOW), body, NOW)


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_every_kind_has_a_page_whose_example_is_right(kind: str, tmp_path: Path) -> None:
    rulebook = described_rulebook(kind, tmp_path)

    assert [source.kind for source in rulebook.sources.values()] == [kind]
    assert [finding for finding in rulebook.findings if finding.severity == "error"] == []
    assert len(section(kind).split("```")[2].split()) >= 20, "says how to set it up at the sender"


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_every_kind_has_samples(kind: str) -> None:
    assert [sample.name for sample in SAMPLES if sample.kind == kind]


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_every_kind_is_tested(kind: str) -> None:
    texts = [file.read_text("utf-8") for file in (ROOT / "tests" / "sources").glob("test_*.py")]

    assert any(f'"kind": "{kind}"' in text for text in texts)


@pytest.mark.parametrize("kind", sorted(KINDS.keys() - {"attio", "dataverse"}))  # nobody has published one for these
def test_every_kind_agrees_with_vectors(kind: str) -> None:
    files = (ROOT / "tests" / "sources").glob("*vectors.json")
    schemes = {one.get("scheme", one.get("kind")) for file in files for one in json.loads(file.read_bytes())["vectors"]}

    assert VECTORS.get(kind, kind) in schemes


@pytest.mark.parametrize("page", ["adding-a-sender.md", "senders.md"])
def test_every_file_that_a_page_names_is_there(page: str) -> None:
    text = (ROOT / "docs" / page).read_text("utf-8")
    named = re.findall(r"`((?:planhook|tests|docs)/[\w./-]+)`", text) + re.findall(r"\]\(([\w/-]+\.md)", text)

    assert [name for name in named if not (ROOT / name).exists() and not (ROOT / "docs" / name).exists()] == []


def test_every_page_is_of_a_kind() -> None:
    assert set(re.findall(r"^## `(.*)`$", SENDERS, re.MULTILINE)) == set(KINDS)


@pytest.mark.parametrize("sample", SENDABLE, ids=lambda sample: sample.name)
def test_every_sample_is_proven_and_read_without_a_problem(sample: Sample, tmp_path: Path) -> None:
    source = described(sample.kind, tmp_path)
    delivery = signed(sample, source)

    source.verify(delivery)
    assert source.accepts(delivery.headers.get("content-type"))
    events = source.parse(delivery)
    assert events
    assert [event.problem for event in events] == [None] * len(events)


@pytest.mark.parametrize("sample", SENDABLE, ids=lambda sample: sample.name)
def test_no_sample_is_proven_with_another_secret(sample: Sample, tmp_path: Path) -> None:
    source = described(sample.kind, tmp_path)
    delivery = signed(sample, source)
    example = (tmp_path / "rules.yaml").read_text("utf-8")
    secrets = secrets_for(example, "00112233445566778899aabbccddeeff0011")
    (stranger,) = load(tmp_path, secrets, require_env=True).sources.values()

    with pytest.raises(ProofInvalid):
        stranger.verify(delivery)


@pytest.mark.parametrize("sample", [sample for sample in SAMPLES if sample.kind == SIGNED_ELSEWHERE])
def test_a_sample_that_only_its_sender_can_sign_is_signed_by_a_key_that_the_source_knows(
    sample: Sample, tmp_path: Path
) -> None:
    key = open_key(tmp_path / "key.pem")
    source = described(sample.kind, tmp_path)
    with pytest.raises(CannotSign, match="--key"):
        sealed(sample.body, source, None, NOW)
    with pytest.raises(CannotSign) as told:
        sealed(sample.body, source, key, NOW)

    rules = (tmp_path / "rules.yaml").read_text("utf-8")
    (tmp_path / "rules.yaml").write_text(rules + str(told.value).partition("\n")[2], "utf-8")
    (trusting,) = load(tmp_path, {}, require_env=True).sources.values()
    body = sealed(sample.body, trusting, open_key(tmp_path / "key.pem"), NOW)
    delivery = Delivery("POST", URL, sample.headers, body, NOW)
    trusting.verify(delivery)
    assert [event.problem for event in trusting.parse(delivery)] == [None]
    with pytest.raises(ProofInvalid):
        trusting.verify(replace(delivery, body=body.replace(b"messageId", b"messageID")))
    with pytest.raises(CannotSign):
        sealed(sample.body, trusting, open_key(tmp_path / "other.pem"), NOW)
