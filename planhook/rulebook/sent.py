"""Which types sources send whose kind alone decides it: by what planhook reads of their deliveries."""

from collections.abc import Mapping, Sequence
from typing import Any

_OF_MEETINGS = ("meeting.scheduled", "meeting.updated", "meeting.cancelled")
_OF_DEALS = ("deal.created", "deal.updated", "deal.won", "deal.lost")
_INVITATIONS = ("icalendar", "mailgun", "postmark", "sendgrid", "ses")
# Kinds that send all types of their deals or meetings are left out.
SENT: Mapping[str, Sequence[str]] = {
    **dict.fromkeys((*_INVITATIONS, "google-calendar", "microsoft-graph"), _OF_MEETINGS),
    "calendly": (*_OF_MEETINGS, "meeting.no_show"),
    "zoom": (*_OF_MEETINGS, "meeting.ended"),
    "salesforce": _OF_DEALS,  # whose messages do not say what was there before
}


def sends_type(kind: str, meant: Sequence[str]) -> bool:
    """Whether a source of that kind sends one of the types that are meant."""
    return kind not in SENT or not meant or any(each in SENT[kind] for each in meant)


def why_never(config: Mapping[str, Any], root: str) -> str:
    """Why a source written as `config` sends no type that begins with `root`, or not the one; empty elsewhere."""
    kind = str(config.get("kind"))
    if root in ("deal", "meeting"):
        own = [each for each in SENT.get(kind, ()) if each.startswith(f"{root}.")]
        return f" (of kind {kind}, it tells {', '.join(own[:-1])} and {own[-1]})" if own else ""
    return f" (no rule sees what a source of kind {kind} tells besides meetings)" if acts_on_meetings_only(kind) else ""


def acts_on_meetings_only(kind: str) -> bool:
    """Whether what else a source of that kind tells is shown to no rule: replies, and mails without an invitation."""
    return kind in _INVITATIONS
