"""Secrets for sources of a rule folder that nobody has set, so that a local stack starts at once."""

import base64
import hashlib
import re
from collections.abc import Mapping
from pathlib import Path

from planhook.core.errors import RulesInvalid
from planhook.rulebook.folder import take_snapshot

_COMMENT = re.compile(r"(?m)(?:^|\s)#.*$")
_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")


def demo_secrets(rules: Path, env: Mapping[str, str]) -> dict[str, str]:
    """A value for each variable that the rule files name and `env` leaves unset; the same ones every time."""
    try:
        contents = [content for _, content in take_snapshot(rules).files]
    except RulesInvalid:
        return {}  # whoever reads the rules next says what is wrong with them
    texts = [_COMMENT.sub("", content.decode(errors="replace")) for content in contents]
    names = sorted({name for text in texts for name in _VARIABLE.findall(text)})
    return {name: _value(name) for name in names if not env.get(name)}


def _value(name: str) -> str:
    # The prefix and the base64 make it a Standard Webhooks secret; other schemes take any text.
    return "whsec_" + base64.b64encode(hashlib.sha256(f"demo {name}".encode()).digest()).decode()
