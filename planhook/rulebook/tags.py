"""Tags, which YAML of other programs knows: `!secret name` and the like are told with what is written here instead."""

import re
from typing import Any

from ruamel.yaml.events import ScalarEvent

_SECRETS = ("!secret", "!env", "!env_var", "!var", "!vault")


_NAME = re.compile(r"!(\w[\w-]*)\Z")


def explain_anchor(name: str) -> str:
    """What to say of an anchor."""
    advice = "write the value out where it is needed, or put quotes around text that begins with &"
    return f"&{name}: anchors are not allowed; {advice}"


def text_of(event: ScalarEvent) -> str:
    """What stands for an anchor or a tag with nothing behind it: it is told already, and not that it is empty."""
    if event.anchor:
        return f"&{event.anchor}"
    named = _NAME.match(event.tag or "")
    return named[1] if named else ""


def explain_tag(tag: str, value: str, *, is_tested: bool) -> str:
    """What to say of a tag before `value`; `is_tested` when a condition compares with it."""
    shown = tag.replace("tag:yaml.org,2002:", "!!")
    if shown == "!=":
        advice = "write {is_not: …}"
    elif shown.casefold() in _SECRETS and value:
        advice = f"write {secret_of(tag, value)}"
    elif is_tested and _NAME.match(shown):
        advice = f"write {{is_not: {f'{shown[1:]} {value}'.strip()}}}"
    else:
        advice = "delete it, or put quotes around text that begins with !"
    return f"{shown}: tags are not allowed; {advice}"


def secret_of(tag: str, value: Any) -> Any:
    """`${CRM_TOKEN}` for `!secret crm_token`: read as what it means, it is no secret in plain text."""
    if tag.casefold() not in _SECRETS or not isinstance(value, str):
        return value
    return f"${{{re.sub(r'[^A-Z0-9_]', '_', value.upper())}}}"
