"""The `sources:` of a rule set: environment variables filled in, then built by their adapters."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from marshmallow import ValidationError

from planhook import sources
from planhook.core.calendar import Calendar
from planhook.core.errors import Finding
from planhook.rulebook.findings import Findings, RuleFile
from planhook.rulebook.located import LocatedDict, LocatedList, messages_by_path
from planhook.rulebook.suggestion import suggestion
from planhook.sources.source import Source

NAME = r"[a-z0-9][a-z0-9_-]{0,62}"
RESERVED = ("deal", "meeting", "event")
_VARIABLE = re.compile(r"\$\{([^}]*)\}?")
_SHELL_VARIABLE = re.compile(
    r"\$\(?([A-Z_][A-Z0-9_]*)\)?|%([A-Z_][A-Z0-9_]*)%|\{\{\s*(?:env\.)?([A-Z_][A-Z0-9_]*)\s*\}\}"
)
_VARIABLE_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
_UNSET = "the environment variable {} is not set"
_SECRETS = (
    *("secret", "token", "password", "client_state"),
    *("client_secret", "refresh_token", "service_account"),
)


_CHOICES = ("algorithm", "signature")
_SAFE_LENGTH = 24  # bytes; what is shorter may be guessed from one signed request
_GIVES_SHORT_SECRETS = ("zoom",)  # whose 22 characters are 16 random bytes; nobody can ask for longer ones
_Path = tuple[str | int, ...]


def unset_variable(finding: Finding) -> str | None:
    """The variable whose absence a finding tells, None when it tells something else."""
    before, _, after = _UNSET.partition("{}")
    name = finding.message.removeprefix(before).removesuffix(after)
    return name if finding.message == _UNSET.format(name) else None


@dataclass(frozen=True, slots=True)
class SourceReader:
    """Builds sources. An unset variable is an error with `require_env`, else a warning."""

    env: Mapping[str, str]
    require_env: bool
    calendar: Calendar
    findings: Findings

    def read(self, file: RuleFile, name: str, config: Any) -> Source | None:
        """The source of one entry, None when something is wrong with it; that is then among the findings."""
        if not self._is_usable(file, name, config):
            return None
        self._warn_of_plain_secrets(file, ("sources", name), config)
        filled = self._filled(file, ("sources", name), config)
        if config["kind"] not in _GIVES_SHORT_SECRETS:
            self._warn_of_short_secrets(file, ("sources", name), filled)
        self._warn_of_stages(file, name, config)
        try:
            source = sources.build(name, filled, self.calendar)
        except ValidationError as fault:
            # A source is often written on one line, so that the line alone does not tell the key.
            for below, message in messages_by_path(fault.messages):
                if message == "is missing" and below[-1] in _SECRETS:
                    variable = f"{name}_{below[-1]}".upper().replace("-", "_")
                    message += f"; write {below[-1]}: ${{{variable}}}"
                said = f"{'.'.join(str(step) for step in below)}: {message}" if below else message
                self.findings.add(file, ("sources", name, *below), said)
            return None
        for warning in source.warnings:
            self.findings.add(file, ("sources", name, *_about(config, warning)), warning, "warning")
        return source

    def _is_usable(self, file: RuleFile, name: str, config: Any) -> bool:
        path = ("sources", name)
        if not re.fullmatch(NAME, name):
            self.findings.add(file, path, f"{name} is part of an address: use only a-z, 0-9, - and _ for it")
        elif name in RESERVED:
            self.findings.add(file, path, f"{name} is a word of the rules; call the source something else")
        elif not isinstance(config, Mapping):
            self.findings.add(file, path, "a source is a map, as in {kind: hubspot, secret: ${HUBSPOT_CLIENT_SECRET}}")
        elif "kind" not in config and (written := _meant_as_kind(config)):
            self.findings.add(file, (*path, written), f"unknown key {written} (did you mean kind?)")
        elif "kind" not in config:
            self.findings.add(file, path, f"a source needs a kind: {', '.join(sorted(sources.KINDS))}")
        elif str(config["kind"]) not in sources.KINDS:
            kind = str(config["kind"])
            hint = suggestion(kind, sorted(sources.KINDS))
            self.findings.add(file, (*path, "kind"), f"there is no kind {kind} ({hint})")
        else:
            return True
        return False

    def _warn_of_plain_secrets(self, file: RuleFile, path: _Path, config: Mapping[str, Any]) -> None:
        for where in dict.fromkeys(where for where, secret in _secrets(path, config) if _is_plain(secret)):
            advice = f"this {where[-1]} is written in plain text; put it into the environment and write ${{NAME}} here"
            self.findings.add(file, where, advice, "warning")

    def _warn_of_short_secrets(self, file: RuleFile, path: _Path, filled: Mapping[str, Any]) -> None:
        for where, secret in _secrets(path, {key: value for key, value in filled.items() if key != "fetch"}):
            if _is_plain(secret) and len(secret.encode()) < _SAFE_LENGTH:
                said = f"this {where[-1]} is short: {len(secret)} characters; use at least {_SAFE_LENGTH}"
                self.findings.add(file, where, said, "warning")

    def _warn_of_stages(self, file: RuleFile, name: str, config: Mapping[str, Any]) -> None:
        won, lost = (_words(config.get(key)) for key in ("won_stages", "lost_stages"))
        for stage in sorted(won & lost):
            said = f"the stage {stage} means won as well as lost; leave it in one of the two lists"
            self.findings.add(file, ("sources", name, "lost_stages"), said, "warning")

    def _filled(self, file: RuleFile, path: tuple[str | int, ...], value: Any) -> Any:
        if isinstance(value, LocatedDict):
            return {key: self._filled(file, (*path, key), item) for key, item in value.items()}
        if isinstance(value, LocatedList):
            return [self._filled(file, (*path, index), item) for index, item in enumerate(value)]
        if isinstance(value, str):
            if bare := _SHELL_VARIABLE.fullmatch(value):
                self.findings.add(
                    file,
                    path,
                    f"{value} stays as it stands here; write ${{{bare[1] or bare[2] or bare[3]}}}, with braces",
                )
            return _VARIABLE.sub(lambda match: self._variable(file, path, match), value)
        return value

    def _variable(self, file: RuleFile, path: tuple[str | int, ...], match: re.Match[str]) -> str:
        name = match.group(1)
        if not match.group().endswith("}") or not _VARIABLE_NAME.match(name):
            self.findings.add(file, path, f"{match.group()} is no environment variable; write it as in ${{MY_SECRET}}")
        elif value := self.env.get(name):
            return value
        else:
            severity = "error" if self.require_env else "warning"
            self.findings.add(file, path, _UNSET.format(name), severity)
        return match.group()  # sources take it for a secret that nothing can prove


def _is_plain(secret: str) -> bool:
    return "${" not in secret and not _SHELL_VARIABLE.fullmatch(secret)


def _about(config: Mapping[str, Any], warning: str) -> _Path:
    """The key whose choice a warning names, as in "signs with sha1"; else `verify`."""
    verify = config.get("verify")
    for path, keys in (((), config), (("verify",), verify if isinstance(verify, Mapping) else {})):
        for key in _CHOICES:
            if key in keys and str(keys[key]) in warning.replace(",", " ").split():
                return (*path, key)
    return ("verify",)


def _meant_as_kind(config: Mapping[str, Any]) -> str | None:
    return next((key for key, value in config.items() if key == "type" or str(value) in sources.KINDS), None)


def _words(given: Any) -> set[str]:
    return {str(each).strip().casefold() for each in (given if isinstance(given, list) else [given]) if each}


def _secrets(path: _Path, config: Mapping[str, Any]) -> Iterator[tuple[_Path, str]]:
    """The secrets of a source and where each of them stands, those below `verify` and `fetch` too."""
    for key, value in config.items():
        if isinstance(value, Mapping):
            yield from _secrets((*path, key), value)
        elif key in _SECRETS:
            given = value if isinstance(value, list) else [value]
            yield from (((*path, key), secret) for secret in given if isinstance(secret, str) and secret)
