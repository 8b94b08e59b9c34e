"""The example of shared parts in the reference is right, and its examples hold."""

import re
from pathlib import Path

from planhook.authoring.trial import try_examples
from planhook.rulebook import load
from tests.rulebook.test_reference import REFERENCE


def test_the_example_of_the_reference_holds(tmp_path: Path) -> None:
    _, _, text = REFERENCE.read_text("utf-8").partition("### Templates: rules with parameters")
    (example,) = re.findall(r"```yaml\n(.*?)```", text.partition("\n## ")[0], re.DOTALL)
    (tmp_path / "deals.yaml").write_text(example, "utf-8")

    book = load(tmp_path, {}, require_env=True)
    report = try_examples(book)

    assert book.findings == ()
    assert (report.passed, report.failed) == (5, 0)
    assert [rule.untried for rule in report.rules if rule.untried] == []
