"""The description of all routes for programs (OpenAPI 3.1), served at `/openapi.json`."""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, jsonify
from flask.typing import ResponseReturnValue
from marshmallow import Schema, fields
from marshmallow.validate import Length, OneOf, Range

from service.openapi_event import EVENT, EVENT_IN_FULL
from service.problems import MEDIA_TYPE as PROBLEM
from service.schema import ListSchema, ReplaySchema

_Json = dict[str, Any]

_OBJECT: _Json = {"type": "object"}
_TEXT: _Json = {"type": "string"}
_COUNT: _Json = {"type": "integer", "minimum": 0}


def blueprint() -> Blueprint:
    """`GET /openapi.json`."""
    routes = Blueprint("openapi", __name__)

    @routes.get("/openapi.json")
    def openapi() -> ResponseReturnValue:
        return jsonify(document())

    return routes


def document() -> _Json:
    """The whole description as JSON."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "planhook",
            "version": "1",
            "description": "Webhooks of CRMs and calendars become Planhat tasks. All errors are RFC 9457 problems.",
        },
        "paths": {**_open_paths(), **_operator_paths()},
        "components": {
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer", "description": "API_TOKEN"}},
            "schemas": {
                "Problem": _PROBLEM,
                "Receipt": _RECEIPT,
                "Stats": _STATS,
                "Refusals": _REFUSED,
                "Problems": _NOT_KEPT,
                "Event": EVENT,
                "EventInFull": EVENT_IN_FULL,
                "Task": _TASK,
            },
        },
    }


def _open_paths() -> _Json:
    handshake = {
        "summary": "Set a subscription up, with the kinds of sources that know such a request",
        "responses": {"200": {"description": "The answer that the sender waits for"}, **_problems(400, 401, 404, 405)},
    }
    return {
        "/webhooks/{source_name}": {
            "parameters": [_in_path("source_name", "name of a source in the rule files")],
            "get": handshake,
            "options": handshake,
            "post": {
                "summary": "Take in a delivery of a source",
                "description": "Proof of the sender and form of the body are those of the source's kind, and some "
                "kinds answer a success in their own form.",
                "requestBody": {"required": True, "content": {"*/*": {}}},
                "responses": {
                    "202": _answer("At least one event is new; all are durable", _ref("Receipt")),
                    "200": _answer("Nothing was new", _ref("Receipt")),
                    **_problems(400, 401, 404, 408, 413, 415, 503),
                },
            },
        },
        "/livez": {"get": {"summary": "Whether the process lives", "responses": {"200": _answer("It does", _OBJECT)}}},
        "/readyz": {
            "get": {
                "summary": "Whether deliveries can be taken in, and what is wrong",
                "responses": {"200": _answer("Ready", _OBJECT), "503": _answer("Redis takes nothing", _OBJECT)},
            }
        },
        "/openapi.json": {
            "get": {"summary": "This description", "responses": {"200": _answer("OpenAPI 3.1", _OBJECT)}}
        },
    }


def _operator_paths() -> _Json:
    page = _properties(events={"type": "array", "items": _ref("Event")}, next={"type": ["string", "null"]})
    replayed = _properties(replayed=_COUNT)
    matched = _properties(matched=_COUNT, replayed=_COUNT)
    event_id = [_in_path("event_id", "planhook's id of an event")]
    return {
        "/metrics": {
            "get": _guarded(
                "The figures for Prometheus",
                {"200": {"description": "Prometheus text", "content": {"text/plain": {"schema": _TEXT}}}},
            )
        },
        "/api/v1/stats": {"get": _guarded("All counters of one moment", {"200": _answer("Figures", _ref("Stats"))})},
        "/api/v1/refusals": {
            "get": _guarded(
                "What senders sent and did not get in", {"200": _answer("Counters and the last ones", _ref("Refusals"))}
            )
        },
        "/api/v1/problems": {
            "get": _guarded(
                "What rules write and Planhat does not keep, by rule and field",
                {"200": _answer("The last seen first", _ref("Problems"))},
            )
        },
        "/api/v1/events": {
            "get": _guarded("Events, newest first", {"200": _answer("A page", page), **_problems(400)})
            | {"parameters": _in_query(ListSchema())}
        },
        "/api/v1/events/{event_id}": {
            "parameters": event_id,
            "get": _guarded(
                "Everything known of an event", {"200": _answer("The event", _ref("EventInFull")), **_problems(404)}
            ),
        },
        "/api/v1/events/{event_id}/replay": {
            "parameters": event_id,
            "post": _guarded(
                "Plan an ended event again, with today's rules",
                {"202": _answer("It will be", replayed), **_problems(404, 409)},
            ),
        },
        "/api/v1/replay": {
            "post": _guarded(
                "Plan all ended events that match again",
                {"200": _answer("How many", matched), **_problems(400, 408, 413, 415)},
            )
            | {"requestBody": {"required": True, "content": {"application/json": {"schema": _of(ReplaySchema())}}}}
        },
        "/api/v1/tasks/{source_id}": {
            "parameters": [_in_path("source_id", "sourceId of a task, or its _id; may hold slashes")],
            "get": _guarded(
                "What rules want of a task and what Planhat has",
                {"200": _answer("The task", _ref("Task")), **_problems(404)},
            ),
        },
    }


def _guarded(summary: str, responses: _Json) -> _Json:
    return {"summary": summary, "security": [{"token": []}], "responses": responses | _problems(401, 503)}


def _answer(description: str, schema: _Json) -> _Json:
    return {"description": description, "content": {"application/json": {"schema": schema}}}


def _problems(*statuses: int) -> _Json:
    content = {PROBLEM: {"schema": _ref("Problem")}}
    return {str(status): {"description": _REFUSALS[status], "content": content} for status in statuses}


def _ref(name: str) -> _Json:
    return {"$ref": f"#/components/schemas/{name}"}


def _properties(**properties: _Json) -> _Json:
    return {"type": "object", "properties": properties, "required": list(properties)}


def _in_path(name: str, description: str) -> _Json:
    return {"name": name, "in": "path", "required": True, "description": description, "schema": _TEXT}


def _in_query(schema: Schema) -> list[_Json]:
    return [
        {"name": name, "in": "query", "description": _description(field), "schema": _of_field(field)}
        for name, field in schema.fields.items()
    ]


def _of(schema: Schema) -> _Json:
    properties = {
        name: {**_of_field(field), "description": _description(field)} for name, field in schema.fields.items()
    }
    return {"type": "object", "properties": properties, "additionalProperties": False}


def _description(field: fields.Field[Any]) -> str:
    return str(field.metadata["description"])


def _of_field(field: fields.Field[Any]) -> _Json:
    kinds: Mapping[type, str] = {fields.Integer: "integer", fields.Boolean: "boolean"}
    found: _Json = {"type": kinds.get(type(field), "string")}
    if field.load_default is not None:
        found["default"] = field.load_default
    for limit in field.validators:
        match limit:
            case OneOf():
                found["enum"] = list(limit.choices)
            case Range():
                found["minimum"] = limit.min
            case Length():
                found["maxLength"] = limit.max
    return found


_REFUSALS = {
    400: "The request cannot be read",
    401: "Proof or token is missing or wrong",
    404: "There is no such thing",
    405: "The kind of source does not know the method",
    408: "The body came too slowly",
    409: "The event has not ended yet",
    413: "The body is too long or holds too many events",
    415: "The body has a form that is not taken",
    503: "It cannot be taken in now; ask again after Retry-After seconds",
}
_PROBLEM = _properties(type=_TEXT, title=_TEXT, status={"type": "integer"}) | {
    "description": "RFC 9457; `detail` says more, `code` names framing errors, `errors` names wrong values"
}
_RECEIPT = _properties(accepted=_COUNT, duplicates=_COUNT, events={"type": "array", "items": _TEXT})
_STATS = _properties(
    **dict.fromkeys(
        (
            "accepted",
            "duplicates",
            "waiting",
            "held",
            "applied",
            "ignored",
            "dead",
            "tasks_pending",
            "planhat_calls",
            "problems",
        ),
        _COUNT,
    ),
    rules_version=_TEXT,
)
_REFUSED = _properties(
    counts={
        "type": "object",
        "description": "source, reason, how often",
        "additionalProperties": {"type": "object", "additionalProperties": _COUNT},
    },
    last={
        "type": "array",
        "description": "newest first",
        "items": _properties(at=_TEXT, source=_TEXT, status={"type": "integer"}, reason=_TEXT),
    },
)
_NOT_KEPT = _properties(
    problems={
        "type": "array",
        "items": _properties(
            **dict.fromkeys(("rule", "field", "where", "message", "wrote", "has", "task", "event"), _TEXT),
            count=_COUNT,
            **dict.fromkeys(("first", "last"), _TEXT),
        ),
    }
)
_TASK = _properties(state={"type": ["string", "null"]}, pending={"type": "boolean"}, fields=_OBJECT) | {
    "description": "`planhat` is what Planhat is known to have, `history` the operations that named the task, each "
    "with the `fields` that it wrote and the names of what `stands`"
}
