"""The list of docs/cookbook.md: what each recipe is for, in its own words."""

from pathlib import Path

from devstack.manual.tables import table
from planhook.rulebook.folder import take_snapshot
from planhook.rulebook.loader import load_snapshot

# The simplest first, then by what they are about.
_ORDER = (
    *("handover", "lost-deal", "amount-changed", "stuck-deal", "contracts", "renewals"),
    *("customer-meetings", "first-meeting", "invoices", "web-form"),
    *("owners", "products", "try-first"),
)


def recipes(folder: Path) -> str:
    """A heading for each file below `folder` and a table of its rules. Raises RulesInvalid when a file is wrong.

    Raises ValueError for a file that has no place in the order.
    """
    snapshot = take_snapshot(folder)
    rules = load_snapshot(snapshot, {}, require_env=False).rules.rules
    parts = []
    for name, content in sorted(snapshot.files, key=lambda file: _ORDER.index(Path(file[0]).stem)):
        file = Path(name).name
        rows = [(rule.name, " ".join(rule.description.split())) for rule in rules if rule.file == name]
        parts += [f"### [{file}](cookbook/{file})", _first_words(content.decode()), table(("rule", "does"), rows)]
    return "\n\n".join(parts)


def _first_words(text: str) -> str:
    """The comment at the top, up to its first empty line."""
    lines = []
    for line in text.splitlines():
        words = line.removeprefix("#").strip()
        if not line.startswith("#") or not words:
            break
        lines.append(words)
    return " ".join(lines)
