"""Whether the process lives, and whether it can take deliveries."""

from typing import Any

import structlog
from flask import Blueprint
from flask.typing import ResponseReturnValue
from redis import Redis

from planhook.core.errors import StoreUnavailable
from planhook.core.event import iso
from planhook.rulebook import LiveRulebook
from planhook.store.durability import durability
from planhook.store.fetches import Fetches, Trouble
from planhook.store.journal import Journal
from planhook.store.problems import Problems

_log = structlog.get_logger("service.health")
_HEADERS = {"Cache-Control": "no-store"}


def blueprint(
    redis: Redis, journal: Journal, fetches: Fetches, problems: Problems, rulebook: LiveRulebook
) -> Blueprint:
    """`GET /livez` and `GET /readyz`."""
    routes = Blueprint("health", __name__)

    @routes.get("/livez")
    def livez() -> ResponseReturnValue:
        return {"status": "alive"}, 200, _HEADERS

    @routes.get("/readyz")
    def readyz() -> ResponseReturnValue:
        """503 when Redis takes nothing or is nearly full; with broken rules, a backlog or others away, all is safe."""
        oldest: float | None = None
        trouble = ""
        fetching: list[dict[str, str]] = []
        not_kept: list[dict[str, str]] = []
        try:
            store = durability(redis)
            oldest = journal.stats()["oldest_waiting_ms"] / 1000
            trouble = journal.trouble()
            fetching = [_shown(one) for one in fetches.troubles()]
            not_kept = [{name: one[name] for name in ("where", "rule", "field")} for one in problems.all()]
        except StoreUnavailable as fault:
            _log.error("not_ready", reason=str(fault))  # names hosts, which are nobody's business out there
            store = {"ok": False, "durability": "unknown"}
        ready = bool(store["ok"])
        return (
            {
                "status": "ready" if ready else "unavailable",
                "redis": store,
                "planhat": {"ok": not trouble, "trouble": trouble},
                "fetching": {"ok": not fetching, "troubles": fetching},
                "read_back": {"ok": not not_kept, "not_kept": not_kept},
                "rules": _rules(rulebook),
                "sources": _sources(rulebook),
                "oldest_waiting_seconds": oldest,
            },
            200 if ready else 503,
            _HEADERS,
        )

    return routes


def _shown(trouble: Trouble) -> dict[str, str]:
    """Everybody may ask: whose calendar it is, is for the doctor to tell."""
    told = {"source": trouble.source, "reason": trouble.reason, "since": iso(trouble.since)}
    return {**told, "lookup": trouble.lookup.partition("/")[0]} if trouble.lookup else told


def _rules(rulebook: LiveRulebook) -> dict[str, Any]:
    version = rulebook.current().rules.version
    return {"ok": not rulebook.errors, "version": version, "errors": list(rulebook.errors)}


def _sources(rulebook: LiveRulebook) -> dict[str, Any]:
    sources = rulebook.current().sources
    warnings = [f"{name}: {warning}" for name, source in sorted(sources.items()) for warning in source.warnings]
    return {"count": len(sources), "warnings": warnings}
