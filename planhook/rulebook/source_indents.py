"""Keys of a source that stand as deep as its name: told once, and read as if they stood in it."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from planhook.rulebook.findings import Findings, RuleFile
from planhook.rulebook.located import LocatedDict
from planhook.rulebook.misplaced import indented_too_little

_KEYS = (
    *("kind", "secret", "verify", "events", "fetch", "signature", "token", "client_state", "relays"),
    *("won_stages", "lost_stages", "allow_unverified", "allowed_origins", "username", "password"),
)


def with_indents(file: RuleFile, findings: Findings) -> RuleFile:
    """The file with such keys in the source above them."""
    written = file.section("sources", LocatedDict)
    whole, moved = LocatedDict(written.place), dict[str, list[str]]()
    owner: str | None = None
    for name, config in written.items():
        place = written.places[name]
        if owner is None or not _is_key(name, config) or not isinstance(written[owner], LocatedDict | None):
            whole.put(name, config, place)
            owner = name if not _is_key(name, config) else owner
            continue
        inner = whole[owner].copy_of() if isinstance(whole[owner], LocatedDict) else LocatedDict(place)
        if name not in inner:
            inner.put(name, config, place)
        whole[owner] = inner
        moved.setdefault(owner, []).append(name)
    if not moved:
        return file
    for owner, names in moved.items():
        place = written.places[owner if written[owner] is None else names[0]]
        findings.add_at(place, indented_too_little(names, owner))
    data = file.data.copy_of()
    data["sources"] = whole
    return replace(file, data=data)


def _is_key(name: str, config: Any) -> bool:
    """Whether that is a key of a source and no source that is called so."""
    return name in _KEYS and not (isinstance(config, Mapping) and "kind" in config)
