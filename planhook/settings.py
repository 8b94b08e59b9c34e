"""The environment, read once into frozen values. Everything wrong is reported at once."""

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from planhook.core.errors import SettingsInvalid

LOOPBACK = ("127.0.0.1", "localhost", "::1")


@dataclass(frozen=True, slots=True)
class Settings:
    """What both processes need to know. Sources' secrets are not here: rule files name them."""

    planhat_token: str
    planhat_url: str = "https://api.planhat.com"
    calls_per_minute: int = 180
    read_back_percent: int = 10
    bulk_size: int = 500
    redis_url: str = "redis://127.0.0.1:6379/0"
    redis_tls_verify: bool = True
    rules_dir: Path = Path("rules")
    public_url: str | None = None
    port: int = 8000
    web_concurrency: int = 1
    max_body_bytes: int = 1_048_576
    retention_days: int = 7
    api_token: str | None = None
    log_level: str = "info"
    log_format: str = "json"

    def __repr__(self) -> str:
        """Without the token, the password in the Redis URL and the operator's token."""
        return f"Settings(planhat_url={self.planhat_url!r}, rules_dir={str(self.rules_dir)!r}, port={self.port})"

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> "Settings":
        """Read all settings; an empty variable counts as unset.

        Raises SettingsInvalid with one line per fault.
        """
        reader = _Reader(env)
        values: dict[str, Any] = {
            name: reader.read(setting) for name, setting in SETTINGS.items() if setting.variable in reader.env
        }
        if "PLANHAT_API_TOKEN" not in reader.env:
            reader.faults.append("PLANHAT_API_TOKEN is not set: create a Private App token in Planhat's App Center")
        if reader.faults:
            raise SettingsInvalid("\n".join(reader.faults))
        values.setdefault("web_concurrency", os.cpu_count() or 1)
        return cls(**values)


@dataclass(frozen=True, slots=True)
class Setting:
    """One variable: its name, what it means, and how its text becomes a value (raising ValueError)."""

    variable: str
    meaning: str
    parse: Callable[[str], Any]


class _Reader:
    def __init__(self, env: Mapping[str, str]) -> None:
        self.env = {name: value.strip() for name, value in env.items() if value.strip()}
        self.faults: list[str] = []

    def read(self, setting: Setting) -> Any:
        try:
            return setting.parse(self.env[setting.variable])
        except ValueError as fault:
            self.faults.append(f"{setting.variable} {fault}")
            return None


def _text(text: str) -> str:
    if re.search(r"[\x00-\x20\x7f]", text):
        raise ValueError("holds a blank or a control character: copy it again")
    return text


def _number(least: int, most: int) -> Callable[[str], int]:
    def parse(text: str) -> int:
        if not re.fullmatch(r"[0-9]{1,9}", text) or not least <= int(text) <= most:
            raise ValueError(f"is {text!r}, not a whole number from {least} to {most}")
        return int(text)

    return parse


def _flag(text: str) -> bool:
    if text.lower() not in ("true", "false", "1", "0", "yes", "no"):
        raise ValueError(f"is {text!r}, not true or false")
    return text.lower() in ("true", "1", "yes")


def _one_of(*choices: str) -> Callable[[str], str]:
    def parse(text: str) -> str:
        if text.lower() not in choices:
            raise ValueError(f"is {text!r}, not one of {', '.join(choices)}")
        return text.lower()

    return parse


def _redis_url(text: str) -> str:
    # A Redis URL may hold a password: it is never repeated in a message.
    if urlsplit(text).scheme not in ("redis", "rediss", "unix"):
        raise ValueError("must begin with redis://, rediss:// or unix://")
    return text


def _public_url(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in ("https", "http") or not parts.hostname or parts.query or parts.fragment:
        raise ValueError(f"is {text!r}, not a URL such as https://hooks.example.com")
    return text.rstrip("/")


def _planhat_url(text: str) -> str:
    parts = urlsplit(text)
    if parts.username or parts.password:
        raise ValueError("must not hold a user name or password; the token belongs in PLANHAT_API_TOKEN")
    if not parts.hostname or parts.query or parts.fragment:
        raise ValueError(f"is {text!r}, not a URL such as https://api.planhat.com")
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in LOOPBACK):
        raise ValueError(f"is {text!r}: it must be https (plain http only for this machine, 127.0.0.1)")
    return text.rstrip("/")


SETTINGS: Mapping[str, Setting] = {
    "planhat_token": Setting("PLANHAT_API_TOKEN", "Planhat's API token", _text),
    "planhat_url": Setting("PLANHAT_API_URL", "base URL of the Planhat API", _planhat_url),
    "calls_per_minute": Setting("PLANHAT_CALLS_PER_MINUTE", "calls to Planhat, all processes", _number(1, 9000)),
    "read_back_percent": Setting(
        "PLANHAT_READ_BACK_PERCENT", "share of the calls that may check writes", _number(0, 100)
    ),
    "bulk_size": Setting("PLANHAT_BULK_SIZE", "tasks per bulk call", _number(1, 5000)),
    "redis_url": Setting("REDIS_URL", "where Redis or Valkey is", _redis_url),
    "redis_tls_verify": Setting("REDIS_TLS_VERIFY", "check the server's certificate (rediss://)", _flag),
    "rules_dir": Setting("RULES_DIR", "folder with the rule files", Path),
    "public_url": Setting("PUBLIC_URL", "the URL senders were given, without /webhooks", _public_url),
    "port": Setting("PORT", "port of the web process", _number(1, 65535)),
    "web_concurrency": Setting("WEB_CONCURRENCY", "web worker processes", _number(1, 64)),
    "max_body_bytes": Setting("MAX_BODY_BYTES", "largest body accepted", _number(1024, 33_554_432)),
    "retention_days": Setting("EVENT_RETENTION_DAYS", "days that the journal keeps bodies", _number(1, 365)),
    "api_token": Setting("API_TOKEN", "token of the operator API", _text),
    "log_level": Setting("LOG_LEVEL", "least level logged", _one_of("debug", "info", "warning", "error")),
    "log_format": Setting("LOG_FORMAT", "json or console", _one_of("json", "console")),
}
