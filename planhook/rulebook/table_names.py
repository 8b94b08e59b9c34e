"""Names of tables that are none: where they were written, and what was meant."""

from collections.abc import Collection, Mapping
from typing import Any

from planhook.rulebook.located import Path
from planhook.rulebook.suggestion import suggestion


def where_named(rule: Mapping[str, Any], path: Path, table: str) -> Path:
    """Where a `table` that is looked up at `path` of a whole rule was named: under `with:`, or there itself."""
    given = rule.get("with")
    named = [name for name, value in given.items() if value == table] if isinstance(given, Mapping) else []
    return ("with", named[0]) if named else path


def meant_table(table: str, known: Collection[str]) -> str:
    """The sentence that follows "there is no table"."""
    return suggestion(table, sorted(known)) if known else "write it under tables:"
