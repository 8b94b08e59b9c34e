"""Why events end or wait, in the words that the journal shows: what each means, and what to do."""

import re
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Reason:
    """One row of docs/reasons.md. `…` in `text` stands for any words; an empty `text` is no reason at all."""

    status: str
    text: str
    meaning: str
    remedy: str

    def is_shown_as(self, text: str) -> bool:
        """Whether `text`, of an event of this status, is this reason."""
        pattern = ".*".join(map(re.escape, self.text.split("…")))
        return re.fullmatch(pattern, text, re.DOTALL) is not None


APPLIED = Reason("applied", "", "Planhat has all that rules wanted because of it", "nothing")
WAITS = Reason("waiting", "", "it is about to be planned or written", "nothing; minutes are too long: run `doctor`")
TROUBLED = Reason(
    "waiting",
    "…",
    "nothing is written to Planhat at present, for the reason shown",
    "what the reason says; nothing is lost, and all goes on by itself",
)
RULE_PROBLEM = Reason(
    "dead",
    "<rule>: <action>: …",
    "a rule applies and could not be carried out: a gap has no value, or one that does not fit",
    "see `explain`; correct the rule (`default(…)`, a row in a table) or the record at the sender, then replay",
)
REFUSED = Reason(
    "dead",
    "<Planhat's words>",
    "Planhat refused a task for good",
    "correct what Planhat names, in the rule, in a table or in Planhat, then replay; until then the field keeps what"
    " Planhat last took, not an older value that had ended as superseded",
)
UNUSABLE = Reason(
    "dead",
    "<what is wrong with it>",
    "its sender is proven, but what it sent cannot be used",
    "see the words; correct the source's `events:`, then replay; what the sender got wrong it must send as a new event",
)

# Words that planhook itself chose; patterns after the words that they would take in.
NAMED = (
    Reason(
        "waiting",
        "held",
        "its rule says `if_absent: wait`, and nothing has created the task yet",
        "nothing: it is done when a create comes, and ignored as absent after 30 days",
    ),
    Reason(
        "waiting",
        "fetch",
        "the rest of it is being asked for at its sender's API",
        "minutes are too long: `doctor` names the source and why",
    ),
    Reason(
        "ignored",
        "no rule",
        "no rule is for its type, or the conditions of those that are did not hold",
        "nothing, if that is meant; else see `explain`, correct the rule, then replay",
    ),
    Reason(
        "ignored",
        "absent",
        "it would change a task that no rule has created, or only by a newer event, and Planhat did not have it",
        "nothing, if that is meant; a create that comes late still makes it applied; see `if_absent`",
    ),
    Reason("ignored", "superseded", "newer events had already decided every field that it would write", "nothing"),
    Reason(
        "ignored",
        "shadow",
        "only rules in shadow apply to it, and those write nothing",
        "see `shadow report`; to write, set `mode: live`, then replay",
    ),
    Reason(
        "ignored",
        "thin",
        "it says only that something changed, not what",
        "give its source a `fetch:` where the kind has one, or have the sender send more",
    ),
    Reason("ignored", "fetched", "it only led to other events, which were fetched and stand beside it", "nothing"),
    Reason("ignored", "reply", "an answer to an invitation, not a change of the meeting", "nothing"),
    Reason("ignored", "uninvited", "a guest was taken off or cancelled, and the meeting goes on", "nothing"),
    Reason("ignored", "unknown method", "an iCalendar METHOD that plans and cancels nothing", "nothing"),
    Reason(
        "ignored",
        "not the organiser",
        "somebody other than the organiser would change or cancel the meeting",
        "nothing; if the organiser's company moved to another domain, plan the meeting anew",
    ),
    Reason(
        "ignored",
        "no calendar part",
        "a mail without an invitation",
        "nothing; send only invitations to this address",
    ),
    Reason("ignored", "no mail", "a notice of Amazon that carries no mail, such as its test", "nothing"),
    Reason(
        "ignored",
        "the token was used before",
        "another mail came under the same proof of the mail service: it was copied",
        "nothing; if it happens often, change the source's secret",
    ),
    Reason("ignored", "test", "the sender's test, or an event of its test mode", "nothing"),
    Reason("ignored", "sync", "Google's first push of a channel, which says nothing", "nothing"),
    Reason("ignored", "unknown state", "a push with a state that Google does not document", "nothing"),
    Reason(
        "ignored",
        "another calendar",
        "a push of a calendar that the source's `fetch:` does not name",
        "add the calendar under `calendars:`, or stop the channel",
    ),
    Reason("ignored", "gone", "the record was deleted before its sender could say what it was", "nothing"),
    Reason(
        "ignored",
        "open SubscribeURL to confirm",
        "Amazon asks whether this address may get the topic's messages",
        "open the address under `SubscribeURL` in the event's payload, once",
    ),
    Reason(
        "ignored", "unsubscribed", "Amazon sends the topic's messages no longer", "subscribe again, if it was not meant"
    ),
    Reason(
        "dead",
        "absent",
        "its rule says `if_absent: fail`, and there is no such task",
        "find out why no rule created it, then replay; a create that comes late makes it applied by itself",
    ),
    Reason(
        "dead",
        "poison: …",
        "it ended the process that worked on it three times",
        "a defect of planhook: report it with the event's body; the others were not held up",
    ),
    Reason(
        "dead",
        "planning failed: …",
        "judging it by the rules failed with a defect",
        "a defect of planhook: report it with the worker's log",
    ),
    Reason(
        "dead",
        "failed … times: …",
        "Planhat failed over its task again and again without saying why, while others passed",
        "look at the task in Planhat, then replay",
    ),
    Reason(
        "dead",
        "could not be fetched…",
        "its sender's API refused what completes it",
        "see the words: a record that is gone, a right that the token lacks; then replay",
    ),
    Reason(
        "dead",
        "the stored record cannot be read: …",
        "its record in Redis was spoilt by something else",
        "keep other programs out of this Redis; have the sender send it again",
    ),
    Reason(
        "dead",
        "its record in Redis was overwritten…",
        "its record in Redis was spoilt by something else",
        "keep other programs out of this Redis; have the sender send it again",
    ),
)
_ORDER = ("applied", "waiting", "ignored", "dead")
REASONS = tuple(
    sorted(
        (APPLIED, WAITS, *NAMED, TROUBLED, RULE_PROBLEM, REFUSED, UNUSABLE), key=lambda row: _ORDER.index(row.status)
    )
)


def reason_of(
    status: str, text: str, *, refused: Iterable[str | None] = (), problems: Iterable[str | None] = ()
) -> Reason | None:
    """The row for an event of `status` whose reason is `text`; None when there is none.

    What is free text is told apart by what led to it: `refused` are Planhat's words on the event's operations,
    `problems` those of its rules.
    """
    if not text:
        return APPLIED if status == "applied" else WAITS
    named = next((row for row in NAMED if row.status == status and row.is_shown_as(text)), None)
    if named:
        return named
    if status != "dead":
        return TROUBLED if status == "waiting" else None
    if text in refused:
        return REFUSED
    return RULE_PROBLEM if any(problems) else UNUSABLE
