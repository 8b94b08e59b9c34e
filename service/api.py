"""The operator API: what came, what became of it, and planning it again."""

from dataclasses import dataclass

import structlog
from flask import Blueprint, Response, abort, request
from flask.typing import ResponseReturnValue

from planhook.authoring.explain import explain_event
from planhook.rulebook import LiveRulebook
from planhook.sources import strict_json
from planhook.store.journal import EventUnknown, EventWaiting, Journal
from planhook.store.problems import Problems
from planhook.wakeup import Wakeups
from service.access import bearer_guard
from service.body import read_body
from service.problems import problem
from service.refusals import RefusalCounter
from service.schema import ListSchema, ReplaySchema, cursor_text
from service.wake import wake_planner

_MAX_BODY = 65_536  # bytes
_log = structlog.get_logger("service.api")


def blueprint(
    journal: Journal,
    refusals: RefusalCounter,
    problems: Problems,
    rulebook: LiveRulebook,
    wakeups: Wakeups,
    token: str | None,
) -> Blueprint:
    """The routes below `/api/v1`; all need `token` as bearer."""
    views = _Views(journal, refusals, problems, rulebook, wakeups)
    routes = Blueprint("api", __name__, url_prefix="/api/v1")
    routes.before_request(bearer_guard(token))
    routes.after_request(_not_stored)
    routes.register_error_handler(EventUnknown, lambda _: problem(404, "there is no such event, or it is not kept"))
    routes.register_error_handler(EventWaiting, lambda _: problem(409, "the event has not ended yet"))
    routes.get("/stats")(views.stats)
    routes.get("/refusals")(views.refused)
    routes.get("/problems")(views.not_kept)
    routes.get("/events")(views.events)
    routes.get("/events/<event_id>")(views.event)
    routes.post("/events/<event_id>/replay")(views.replay)
    routes.post("/replay")(views.replay_matching)
    routes.get("/tasks/<path:source_id>")(views.task)
    return routes


@dataclass(frozen=True, slots=True)
class _Views:
    journal: Journal
    refusals: RefusalCounter
    problems: Problems
    rulebook: LiveRulebook
    wakeups: Wakeups

    def stats(self) -> ResponseReturnValue:
        return {**self.journal.stats(), "rules_version": self.rulebook.current().rules.version}

    def refused(self) -> ResponseReturnValue:
        stored = self.refusals.stored()
        return {"counts": stored.counts(), "last": stored.last()}

    def not_kept(self) -> ResponseReturnValue:
        return {"problems": self.problems.all()}

    def events(self) -> ResponseReturnValue:
        query = ListSchema().load(request.args.to_dict())
        rows, after = self.journal.events(query["filters"], query["limit"], query["cursor"])
        return {"events": rows, "next": cursor_text(after)}

    def event(self, event_id: str) -> ResponseReturnValue:
        view = self.journal.event(event_id)
        book = self.rulebook.current()
        explanation = explain_event(self.journal.judged(event_id), book.rules, switched_off=book.switched_off)
        return {**view, "tasks": self.journal.tasks_of(view), "explanation": explanation.judgement()}

    def replay(self, event_id: str) -> ResponseReturnValue:
        wake = self.journal.replay(event_id)
        _log.info("replay", event_id=event_id)
        if wake:
            wake_planner(self.wakeups)
        return {"replayed": 1}, 202

    def replay_matching(self) -> ResponseReturnValue:
        order = ReplaySchema().load(strict_json.decode(read_body(request.environ, _MAX_BODY)))
        matched, replayed, wake = self.journal.replay_matching(order["filters"], dry_run=order["dry_run"])
        _log.info("replay", matched=matched, replayed=replayed)
        if wake:
            wake_planner(self.wakeups)
        return {"matched": matched, "replayed": replayed}

    def task(self, source_id: str) -> ResponseReturnValue:
        return self.journal.task(source_id) or abort(404, "no rule has named this task")


def _not_stored(response: Response) -> Response:
    response.headers["Cache-Control"] = "no-store"
    return response
