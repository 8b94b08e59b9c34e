"""Tags, which YAML of other programs knows: `!secret name` and the like are told with what is written here instead."""

import re
from typing import Any

_SECRETS = ("!secret", "!env", "!env_var", "!var", "!vault")


def explain_tag(tag: str, value: str) -> str:
    """What to say of a tag before `value`."""
    shown = tag.replace("tag:yaml.org,2002:", "!!")
    if shown == "!=":
        advice = "write {is_not: …}"
    elif shown.casefold() in _SECRETS and value:
        advice = f"write {secret_of(tag, value)}"
    else:
        advice = "delete it, or put quotes around text that begins with !"
    return f"{shown}: tags are not allowed; {advice}"


def secret_of(tag: str, value: Any) -> Any:
    """`${CRM_TOKEN}` for `!secret crm_token`: read as what it means, it is no secret in plain text."""
    if tag.casefold() not in _SECRETS or not isinstance(value, str):
        return value
    return f"${{{re.sub(r'[^A-Z0-9_]', '_', value.upper())}}}"
