"""What `planhook doctor` looks at. Each look gives values; nothing is changed but a probe in Redis."""

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import cast

from redis import Redis

from planhook import rulebook
from planhook.core.errors import PlanhatAccessRefused, PlanhatError, RulesInvalid, StoreUnavailable
from planhook.planhat.client import PlanhatClient
from planhook.settings import Settings
from planhook.store.budget import CallBudget
from planhook.store.connection import store_errors
from planhook.store.durability import durability
from planhook.store.room import MOST_USED, TIGHT

FINE, WARNING, ERROR = "fine", "warning", "error"
_CLOCK_WARNING, _CLOCK_ERROR = 2, 60  # seconds; senders' signatures are good for five minutes
_OLDEST_REDIS = {"valkey": (7, 2), "redis": (6, 2)}


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """One thing that was looked at: `about` it, how it is (FINE, WARNING, ERROR), what was seen, what to do."""

    about: str
    status: str
    seen: str
    advice: str = ""


def look_at_settings(settings: Settings) -> Iterator[Diagnosis]:
    """Settings that are valid and yet may surprise."""
    yield Diagnosis("settings", FINE, "all that are required are set")
    if settings.api_token is None:
        yield Diagnosis("settings", WARNING, "API_TOKEN is not set", "set it to open the operator API and the metrics")
    if settings.public_url is None:
        yield Diagnosis(
            "settings",
            WARNING,
            "PUBLIC_URL is not set",
            "set it to the base of the address that senders were given: some sign it",
        )


def look_at_redis(redis: Redis) -> Iterator[Diagnosis]:
    """Whether Redis keeps what it takes, and whether its clock is ours."""
    try:
        kept = durability(redis)
        yield _version(redis)
        yield _clock(redis)
    except StoreUnavailable as fault:
        yield Diagnosis("redis", ERROR, str(fault), "start it, or correct REDIS_URL; until then senders get 503")
        return
    yield _durability(kept["durability"])
    policy = kept["maxmemory_policy"]
    if policy == "noeviction":
        yield Diagnosis("redis", FINE, "throws nothing away when it is full")
    else:
        advice = "set maxmemory-policy noeviction: a full Redis may throw accepted events away"
        yield Diagnosis("redis", ERROR, f"maxmemory-policy is {policy}", advice)
    if kept["memory_used"] is not None:
        yield _room(kept["memory_used"])


def _room(used: float) -> Diagnosis:
    seen = f"uses {used:.0%} of its memory"
    if used < TIGHT:
        return Diagnosis("redis", FINE, seen)
    if used < MOST_USED:
        advice = "take a plan with more memory: until then old events are forgotten early"
        return Diagnosis("redis", WARNING, seen, advice)
    advice = "take a plan with more memory: deliveries get 503 until workers have made room"
    return Diagnosis("redis", ERROR, seen, advice)


def _durability(level: str) -> Diagnosis:
    advice = "set appendonly yes and appendfsync always"
    match level:
        case "strict":
            return Diagnosis("redis", FINE, "what was accepted survives power loss")
        case "standard":
            return Diagnosis("redis", WARNING, "a crash may cost the events of the last second", advice)
        case "none":
            return Diagnosis("redis", ERROR, "nothing is on disk: a restart loses everything", advice)
    return Diagnosis("redis", WARNING, "does not tell how soon it writes to disk", f"ask who runs it to {advice}")


def _version(redis: Redis) -> Diagnosis:
    with store_errors():
        server = cast(dict[str, str], redis.info("server"))
    name = "valkey" if "valkey_version" in server else "redis"
    version = str(server.get(f"{name}_version", ""))
    least = _OLDEST_REDIS[name]
    if tuple(int(part) for part in version.split(".")[:2] if part.isdigit()) >= least:
        return Diagnosis("redis", FINE, f"{name} {version}")
    return Diagnosis("redis", ERROR, f"{name} {version}", f"use {name} {least[0]}.{least[1]} or newer")


def _clock(redis: Redis) -> Diagnosis:
    asked = time.time()
    with store_errors():
        seconds, microseconds = redis.time()
    # Redis looked at its clock some time between the question and the answer.
    apart = seconds + microseconds / 1e6 - (asked + time.time()) / 2
    status = FINE if abs(apart) < _CLOCK_WARNING else WARNING if abs(apart) < _CLOCK_ERROR else ERROR
    advice = "" if status == FINE else "let both machines keep their time by NTP; signatures are good for minutes only"
    return Diagnosis("clock", status, f"{abs(apart):.1f} s {'ahead of' if apart < 0 else 'behind'} Redis's", advice)


def look_at_planhat(settings: Settings, redis: Redis) -> Diagnosis:
    """Whether token and region are right. Asks once, within the budget of calls that all processes share."""
    try:
        wait = CallBudget(redis, settings.calls_per_minute).take()
    except StoreUnavailable:
        return Diagnosis("planhat", WARNING, "not asked", "calls are counted in Redis: mend that first")
    if wait:
        return Diagnosis("planhat", WARNING, f"not asked: no call may be made for {wait:.0f} s", "ask again then")
    try:
        with PlanhatClient(settings.planhat_url, settings.planhat_token) as client:
            client.ping()
    except PlanhatAccessRefused as fault:
        advice = "check PLANHAT_API_TOKEN, and that PLANHAT_API_URL is the one of your region"
        return Diagnosis("planhat", ERROR, f"refuses the token: {fault}", advice)
    except (PlanhatError, ValueError) as fault:
        return Diagnosis("planhat", ERROR, str(fault), "check PLANHAT_API_URL and PLANHAT_API_TOKEN, and the way there")
    return Diagnosis("planhat", FINE, f"{settings.planhat_url} knows the token")


def look_at_rules(settings: Settings, env: Mapping[str, str]) -> Iterator[Diagnosis]:
    """Whether rules and sources can be used as they are."""
    try:
        book = rulebook.load(settings.rules_dir, env, require_env=True)
    except RulesInvalid as fault:
        for finding in fault.findings:
            yield Diagnosis("rules", finding.severity, str(finding))
        return
    yield Diagnosis("rules", FINE, f"{len(book.rules.rules)} rules, version {book.rules.version}")
    base = settings.public_url or ""
    for name, source in book.sources.items():
        yield Diagnosis("sources", FINE, f"{name} ({source.kind}): {base}/webhooks/{name}")
    for finding in book.findings:
        yield Diagnosis("rules", WARNING, str(finding))
    if not book.sources:
        yield Diagnosis("sources", WARNING, "there are none", "write some into the rule files: docs/senders.md")
