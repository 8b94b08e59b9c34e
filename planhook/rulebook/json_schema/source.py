"""The `sources:` of a rule file as JSON Schema: one definition for each kind and each scheme of proof."""

from planhook.rulebook import source_reference as words
from planhook.rulebook.json_schema.text import Json, described, reference
from planhook.rulebook.json_schema.walk import object_of
from planhook.rulebook.reference import Words
from planhook.rulebook.source_section import NAME, RESERVED
from planhook.sources.proof.field import SCHEMES, ProvenKeys
from planhook.sources.registry import KINDS

_YES: Json = {"enum": [True]}
_NO: Json = {"enum": [False]}

SOURCES: Json = {
    "type": ["object", "null"],
    "propertyNames": {"pattern": f"^{NAME}$", "not": {"enum": list(RESERVED)}},
    "additionalProperties": reference("source"),
}


def definitions() -> dict[str, Json]:
    """`source` and `verify`, each decided by its `kind` or `scheme`, and what they are made of."""
    return {
        "source": _chosen("kind", list(KINDS), words.SOURCE, "source-"),
        "verify": _chosen("scheme", list(SCHEMES), words.VERIFY, "verify-"),
        "expressions": {
            "anyOf": [{"type": "string"}, {"type": "object", "additionalProperties": reference("expressions")}]
        },
        **{f"source-{kind}": _kind(kind) for kind in KINDS},
        **{f"verify-{name}": _with_choice(object_of(SCHEMES[name](), words.VERIFY), "scheme") for name in SCHEMES},
    }


def _kind(name: str) -> Json:
    schema = KINDS[name].schema()
    taken = _with_choice(object_of(schema, words.SOURCE), "kind")
    if isinstance(schema, ProvenKeys):
        taken["required"].remove("verify")
        taken["anyOf"] = _PROOFS
    return taken


def _with_choice(taken: Json, key: str) -> Json:
    taken["properties"][key] = {}  # what may stand here is said where it is chosen by
    return taken


def _chosen(key: str, names: list[str], described_by: Words, prefix: str) -> Json:
    return {
        "type": "object",
        "required": [key],
        "properties": {key: described({"enum": names}, described_by[key])},
        "allOf": [
            {
                "if": {"required": [key], "properties": {key: {"enum": [name]}}},
                "then": reference(f"{prefix}{name}"),
            }
            for name in names
        ],
    }


def _unproven(*, inside: Json, outside: Json) -> Json:
    """`verify: {scheme: none}` with `allow_unverified` in it or beside it."""
    verify = {"required": ["scheme"], "properties": {"scheme": {"enum": ["none"]}}}
    return {"required": ["verify"], "properties": {"verify": {"allOf": [verify, inside]}}, **outside}


_ALLOWED: Json = {"required": ["allow_unverified"], "properties": {"allow_unverified": _YES}}
# A proof; none with leave in it, or beside it; or the leave alone.
_PROOFS: list[Json] = [
    {
        "required": ["verify"],
        "properties": {
            "verify": {"not": {"required": ["scheme"], "properties": {"scheme": {"enum": ["none"]}}}},
            "allow_unverified": _NO,
        },
    },
    _unproven(inside=_ALLOWED, outside={}),
    {"allOf": [_unproven(inside={"not": {"required": ["allow_unverified"]}}, outside={}), _ALLOWED]},
    {"allOf": [_ALLOWED, {"not": {"required": ["verify"]}}]},
]
