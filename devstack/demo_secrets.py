"""Secrets for sources of a rule folder that nobody has set, so that a local stack starts at once."""

import base64
import hashlib
import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from planhook.core.errors import RulesInvalid
from planhook.rulebook.document import read_document
from planhook.rulebook.folder import take_snapshot

_COMMENT = re.compile(r"(?m)(?:^|\s)#.*$")
_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
_Form = Callable[[bytes], str]
_File = tuple[str, bytes]


def demo_secrets(rules: Path, env: Mapping[str, str]) -> dict[str, str]:
    """A value for each variable that the rule files name and `env` leaves unset; the same ones every time."""
    files = _files(rules)
    forms = _forms(files)
    return {name: _value(name, forms.get(name, _any_scheme)) for name in _named(files) if not env.get(name)}


def named_variables(rules: Path) -> list[str]:
    """The `${NAME}`s of the rule files, in alphabetical order; none when the files cannot be read."""
    return _named(_files(rules))


def _files(rules: Path) -> tuple[_File, ...]:
    try:
        return take_snapshot(rules).files
    except RulesInvalid:
        return ()  # whoever reads the rules next says what is wrong with them


def _named(files: Iterable[_File]) -> list[str]:
    texts = [_COMMENT.sub("", content.decode(errors="replace")) for _, content in files]
    return sorted({name for text in texts for name in _VARIABLE.findall(text)})


def _value(name: str, form: _Form) -> str:
    return form(hashlib.sha256(f"demo {name}".encode()).digest())


def _any_scheme(noise: bytes) -> str:
    # The prefix and the base64 make it a Standard Webhooks secret; other schemes take any text.
    return "whsec_" + base64.b64encode(noise).decode()


def _organization(noise: bytes) -> str:
    return f"00D{noise.hex()[:12]}AAA"


def _topic(noise: bytes) -> str:
    return f"arn:aws:sns:eu-north-1:{int.from_bytes(noise[:4]):012}:demo"


_OWN_FORMS: Mapping[tuple[str, str], _Form] = {
    ("close", "secret"): bytes.hex,
    ("salesforce", "organization_id"): _organization,
    ("ses", "topic_arn"): _topic,
}


def _forms(files: Iterable[_File]) -> dict[str, _Form]:
    """The form of each variable that stands where a kind of sender takes no other one."""
    found: dict[str, _Form] = {}
    for name, content in files:
        data, _ = read_document(name, content)
        sources = data.get("sources") if isinstance(data, Mapping) else None
        configs = sources.values() if isinstance(sources, Mapping) else ()
        for config in configs:
            if isinstance(config, Mapping):
                for key, value in config.items():
                    if form := _OWN_FORMS.get((str(config.get("kind")), key)):
                        found |= dict.fromkeys(_VARIABLE.findall(str(value)), form)
    return found
