"""The part of the description that is about events: what came, what became of it, and what the rules say to it."""

from typing import Any

_Json = dict[str, Any]

_TEXT: _Json = {"type": "string"}
_MAYBE_TEXT: _Json = {"type": ["string", "null"]}
_FLAG: _Json = {"type": "boolean"}
_COUNT: _Json = {"type": "integer", "minimum": 0}
_ANY: _Json = {}


def _object(description: str = "", **properties: _Json) -> _Json:
    told = {"description": description} if description else {}
    return {"type": "object", "properties": properties, "required": list(properties)} | told


def _list(items: _Json) -> _Json:
    return {"type": "array", "items": items}


def _map(values: _Json) -> _Json:
    return {"type": "object", "additionalProperties": values}


_PLACEHOLDER = _object(
    "What a placeholder found (null: absent), and what each filter made of it",
    path=_TEXT,
    found=_ANY,
    filters=_list(_object(filter=_TEXT, gave=_ANY)),
    problem=_MAYBE_TEXT,
)
_FIELD = _object(
    "`written` is what the rule says, `where` its file and line, `shared` if a template or defaults give it",
    value=_ANY,
    written=_ANY,
    placeholders=_list(_PLACEHOLDER),
    problem=_MAYBE_TEXT,
    where=_MAYBE_TEXT,
    shared=_FLAG,
)
_DECISION = _object(
    "One rule. `condition` is a tree of `parts`; null when there is none or the rule does not listen",
    rule=_TEXT,
    where=_TEXT,
    template=_MAYBE_TEXT,
    matched=_FLAG,
    reasons=_list(_TEXT),
    problem=_MAYBE_TEXT,
    mode={"enum": ["live", "shadow"]},
    mode_reason=_MAYBE_TEXT,
    listening=_list(_object(key={"enum": ["on", "from"]}, holds=_FLAG, wants=_list(_TEXT), has=_list(_TEXT))),
    condition={"type": ["object", "null"]},
    actions=_list(_object(action=_TEXT, if_absent=_TEXT, fields=_map(_FIELD))),
    operations=_list(
        _object(
            "What would be done; `sourceId` or `_id` names the task",
            rule=_TEXT,
            action=_TEXT,
            fields={"type": "object"},
            if_absent=_TEXT,
        )
    ),
)
_EXPLANATION = _object(
    "What the rules of now say to the event; `rules_version` beside the event is that of the rules that judged it",
    note=_MAYBE_TEXT,
    unseen=_MAYBE_TEXT,
    rules_version=_TEXT,
    decisions=_list(_DECISION),
    switched_off=_list(_object("A rule with `enabled: false`, which is asked nothing", rule=_TEXT, where=_TEXT)),
)
_OPERATION = _object(
    "`sourceId` or `_id` names the task; `overwritten` has the fields that another event decided",
    rule=_TEXT,
    action=_TEXT,
    fields={"type": "object"},
    outcome={"enum": ["pending", "applied", "superseded", "refused", "absent", "shadow"]},
    answer=_MAYBE_TEXT,
    overwritten=_map(_object(event=_MAYBE_TEXT, value=_ANY)),
    not_kept=_list(_TEXT),
)
_IN_A_LIST: _Json = dict.fromkeys(("id", "status", "reason", "source", "type", "received_at"), _TEXT)

EVENT = _object(**_IN_A_LIST)
EVENT_IN_FULL = _object(
    "`meaning` and `remedy` say the reason in words; `tasks` are those that it is about, as /api/v1/tasks shows them",
    **_IN_A_LIST,
    meaning=_MAYBE_TEXT,
    remedy=_MAYBE_TEXT,
    ended_at=_MAYBE_TEXT,
    attempt=_COUNT,
    duplicates=_COUNT,
    rules_version=_MAYBE_TEXT,
    event={"type": "object"},
    decisions=_list(_object(rule=_TEXT, matched=_FLAG, reasons=_list(_TEXT), problem=_MAYBE_TEXT, mode=_TEXT)),
    operations=_list(_OPERATION),
    tasks=_list({"$ref": "#/components/schemas/Task"}),
    explanation=_EXPLANATION,
)
