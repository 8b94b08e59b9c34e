"""Rule texts of the reference, run as `planhook check` and `planhook test` run files."""

from planhook.authoring.check import all_findings
from planhook.authoring.trial import try_examples
from planhook.rulebook import Rulebook, load_snapshot
from planhook.rulebook.folder import snapshot_of


def book_of(*texts: str) -> Rulebook:
    """What files with these texts say. Raises RulesInvalid when something is wrong."""
    named = [(f"{number}.yaml", f"{number}.yaml", text.encode()) for number, text in enumerate(texts)]
    return load_snapshot(snapshot_of(named), {}, require_env=False)


def assert_fine(book: Rulebook, *, examples: int) -> None:
    """Nothing is found, that many examples hold, and each condition is tried both ways."""
    report = try_examples(book)

    assert all_findings(book) == ()
    assert report.passed == examples
    assert [each for rule in report.rules for each in rule.untried] == []
