"""The figures of the journal in Prometheus's text format (https://prometheus.io/docs/instrumenting/exposition_formats/)."""

from collections.abc import Iterator, Mapping

from flask import Blueprint, Response

from planhook.rulebook import LiveRulebook
from planhook.store.journal import STATUSES, Journal
from service.access import bearer_guard
from service.refusals import RefusalCounter

MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8"


def blueprint(journal: Journal, refusals: RefusalCounter, rulebook: LiveRulebook, token: str | None) -> Blueprint:
    """`GET /metrics`; needs `token` as bearer."""
    routes = Blueprint("metrics", __name__)
    routes.before_request(bearer_guard(token))

    @routes.get("/metrics")
    def metrics() -> Response:
        lines = [
            *_lines(journal.stats(), rules_ok=not rulebook.errors),
            *_refusals(refusals.stored().counts()),
        ]
        return Response("".join(f"{line}\n" for line in lines), content_type=MEDIA_TYPE)

    return routes


def _lines(figures: Mapping[str, int], *, rules_ok: bool) -> Iterator[str]:
    yield from _metric("events_accepted_total", "counter", "Events taken in.", figures["accepted"])
    yield from _metric("events_duplicate_total", "counter", "Events that had come before.", figures["duplicates"])
    yield from _metric("planhat_calls_total", "counter", "Calls made to Planhat.", figures["planhat_calls"])
    yield "# HELP planhook_events Events by how far they are."
    yield "# TYPE planhook_events gauge"
    for status in STATUSES:
        yield f'planhook_events{{status="{status}"}} {figures[status]}'
    yield from _metric("events_held", "gauge", "Waiting events that wait for a create.", figures["held"])
    yield from _metric("tasks_pending", "gauge", "Tasks that differ from Planhat.", figures["tasks_pending"])
    yield from _metric("problems", "gauge", "Fields that rules write and Planhat does not keep.", figures["problems"])
    oldest = figures["oldest_waiting_ms"] / 1000
    yield from _metric("oldest_waiting_seconds", "gauge", "Age of the oldest waiting event, not held.", oldest)
    paused = figures["paused_ms"] / 1000
    yield from _metric("planhat_pause_seconds", "gauge", "Time until Planhat may be called again.", paused)
    yield from _metric("rules_ok", "gauge", "1 unless the rule files as they are now are broken.", int(rules_ok))


def _refusals(counts: Mapping[str, Mapping[str, int]]) -> Iterator[str]:
    yield "# HELP planhook_refusals_total Requests of senders that got a 4xx."
    yield "# TYPE planhook_refusals_total counter"
    for source, reasons in counts.items():
        # The names of sources that do not exist are written by anybody.
        label = source.replace("\\", r"\\").replace('"', r"\"")
        for reason, count in reasons.items():
            yield f'planhook_refusals_total{{source="{label}",reason="{reason}"}} {count}'


def _metric(name: str, kind: str, meaning: str, value: float) -> Iterator[str]:
    yield f"# HELP planhook_{name} {meaning}"
    yield f"# TYPE planhook_{name} {kind}"
    yield f"planhook_{name} {value}"
