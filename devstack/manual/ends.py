"""The table of docs/reasons.md: why events end or wait."""

from devstack.manual.tables import table
from planhook.core.reason import REASONS


def reasons() -> str:
    """A row for every reason, by status."""
    head = ("status", "reason", "means", "what to do")
    return table(head, ((row.status, f"`{row.text}`" if row.text else "–", row.meaning, row.remedy) for row in REASONS))
