"""What can be known to be wrong before any program is started: settings, rules, the Redis that was named."""

from collections.abc import Mapping
from pathlib import Path

from redis.exceptions import RedisError

from planhook.core.errors import RulesInvalid, SettingsInvalid
from planhook.rulebook import Rulebook, load
from planhook.settings import Settings
from planhook.store.connection import connect

_REDIS_ANSWERS_WITHIN = 2.0  # seconds
_OWN_REDIS = "unset REDIS_URL to have a Redis brought along"


class CannotStart(Exception):
    """A person must put something right first; the message has one line per fault."""


def read_environment(env: Mapping[str, str], root: Path) -> tuple[Settings, Rulebook]:
    """Settings and rules as the programs will see them, started in `root`. Raises CannotStart with all their faults."""
    faults: list[str] = []
    try:
        settings = Settings.from_env(env)
    except SettingsInvalid as fault:
        faults.append(str(fault))
    try:
        rulebook = load(root / env["RULES_DIR"], env, require_env=True)
    except RulesInvalid as fault:
        faults.append(str(fault))
    if faults:
        raise CannotStart("\n".join(faults))
    return settings, rulebook


def require_redis(url: str, *, verify_tls: bool) -> None:
    """Raise CannotStart unless the Redis at REDIS_URL answers; the message never holds its password."""
    try:
        with connect(url, timeout=_REDIS_ANSWERS_WITHIN, connections=1, verify_tls=verify_tls) as client:
            client.ping()
    except ValueError as fault:  # whose text may be a part of the URL, hence of the password
        raise CannotStart(f"REDIS_URL is not one such as redis://127.0.0.1:6379/0; {_OWN_REDIS}") from fault
    except RedisError as fault:
        raise CannotStart(f"the Redis of REDIS_URL cannot be used: {fault}\nstart it, or {_OWN_REDIS}") from fault
