"""Which variables of the environment the sources are configured by."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from planhook.rulebook.document import read_document
from planhook.rulebook.folder import take_snapshot

_NAMED = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
_NOT_FOR_DELIVERIES = "fetch"


def variables_by_source(folder: Path) -> Mapping[str, tuple[str, ...]]:
    """The `${NAME}`s by which each source in the rule files of `folder` proves deliveries, in the order of the file.

    Raises RulesInvalid when the folder cannot be read.
    """
    found: dict[str, tuple[str, ...]] = {}
    for name, content in take_snapshot(folder).files:
        data, _ = read_document(name, content)
        section = data.get("sources") if isinstance(data, Mapping) else None
        if isinstance(section, Mapping):
            found |= {source: tuple(dict.fromkeys(_named(config))) for source, config in section.items()}
    return found


def _named(value: Any) -> Iterator[str]:
    match value:
        case str():
            yield from _NAMED.findall(value)
        case Mapping():
            for key, item in value.items():
                if key != _NOT_FOR_DELIVERIES:
                    yield from _named(item)
        case list():
            for item in value:
                yield from _named(item)
