"""The example of the reference finds the company of every calendar's meetings by the domains of their guests."""

import re
from pathlib import Path

import pytest

from planhook.authoring.trial import try_examples
from planhook.core.event import Delivery
from planhook.core.plan import make_plan
from planhook.rulebook import load
from planhook.samples import load_samples
from planhook.samples.filling import filled
from tests.samples.test_samples import NOW, ROOT, URL, secrets_for, section

COMPANIES = {"calcom": "srcid-harbor"}
KINDS = ("calcom", "calendly", "icalendar", "mailgun", "postmark", "sendgrid", "ses")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    reference = (ROOT / "docs" / "rules.md").read_text("utf-8")
    _, _, text = reference.partition("### The company of a meeting")
    (example,) = re.findall(r"```yaml\n(.*?)```", text.partition("\n## ")[0], re.DOTALL)
    (tmp_path / "meetings.yaml").write_text(example, "utf-8")
    return tmp_path


def test_its_own_examples_hold(folder: Path) -> None:
    book = load(folder, {}, require_env=True)

    assert [finding for finding in book.findings if finding.severity == "error"] == []
    report = try_examples(book)
    assert (report.passed, report.failed) == (2, 0)


@pytest.mark.parametrize("kind", KINDS)
def test_each_meeting_gets_the_company_of_its_guests(folder: Path, kind: str) -> None:
    (example,) = re.findall(r"```yaml\n(.*?)```", section(kind), re.DOTALL)
    (folder / "source.yaml").write_text(example, "utf-8")
    book = load(folder, secrets_for(example, "7d1f0b2c9a8e6d5c4b3a2918171615141312"), require_env=True)
    (source,) = book.sources.values()
    found = []
    for sample in load_samples():
        if sample.kind == kind:
            body = filled(sample.body, sample.headers.get("content-type", ""), source, NOW)
            for event in source.parse(Delivery("POST", URL, sample.headers, body, NOW)):
                found += [operation.fields["companyId"] for operation in make_plan(event, book.rules).operations]

    assert found
    assert set(found) == {COMPANIES.get(kind, "srcid-northgate")}
