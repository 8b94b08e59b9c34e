"""The control API under `/_sandbox/`: look inside, flip switches, order faults. It needs no token."""

from dataclasses import asdict
from typing import Any

from sandbox.directory import COLLECTIONS
from sandbox.messages import Answer, Request, json_answer
from sandbox.sandbox import Sandbox

PREFIX = "/_sandbox"


def control(sandbox: Sandbox, request: Request) -> Answer:
    """Answer one request to `/_sandbox/…`; 400 with a text says what is wrong with it."""
    name = request.segments[1] if len(request.segments) > 1 else ""
    try:
        match request.method:
            case "GET":
                return _show(sandbox, request, name)
            case "DELETE" if name == "faults":
                sandbox.faults.clear()
                return json_answer(200, {})
            case "PATCH" if name == "settings":
                sandbox.behaviour.change(_object_of(request))
                return json_answer(200, sandbox.behaviour.as_json())
            case "POST":
                return _post(sandbox, request, name)
    except ValueError as error:
        return json_answer(400, {"message": str(error)})
    return json_answer(404, {"message": f"no {request.method} {request.target}"})


def _show(sandbox: Sandbox, request: Request, name: str) -> Answer:
    match name:
        case "tasks":
            return json_answer(200, sandbox.tasks.all())
        case "calls":
            return json_answer(200, sandbox.journal.calls(after=int(request.query.get("after", "0"))))
        case "stats":
            return json_answer(200, sandbox.numbers())
        case "settings":
            return json_answer(200, sandbox.behaviour.as_json())
        case "faults":
            return json_answer(200, [asdict(fault) for fault in sandbox.faults.all()])
    return json_answer(404, {"message": f"no {request.target}"})


def _post(sandbox: Sandbox, request: Request, name: str) -> Answer:
    if name == "reset":
        sandbox.reset()
        return json_answer(200, {})
    if name == "faults":
        return json_answer(201, [asdict(sandbox.faults.add(entry)) for entry in _objects_of(request)])
    if name in COLLECTIONS:
        return json_answer(201, [sandbox.directory.add(name, entry) for entry in _objects_of(request)])
    return json_answer(404, {"message": f"no POST {request.target}"})


def _object_of(request: Request) -> dict[str, Any]:
    if not isinstance(request.document, dict):
        raise ValueError("the body must be a JSON object")
    return request.document


def _objects_of(request: Request) -> list[dict[str, Any]]:
    entries = request.document if isinstance(request.document, list) else [request.document]
    if not all(isinstance(entry, dict) for entry in entries):
        raise ValueError("the body must be a JSON object or a list of them")
    return entries
