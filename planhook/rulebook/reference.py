"""What every word of a rule file means, each in one sentence: editors show it, tests keep it complete."""

from collections.abc import Mapping

Words = Mapping[str, str]

SECTIONS: Words = {
    "sources": "Who may send us events: each entry opens the address /webhooks/<its name>.",
    "rules": "What happens in Planhat when something happens elsewhere.",
    "tables": "Who is who: another tool's id, name or address on the left, what Planhat needs on the right.",
    "calendar": "When and where you work; one for all files.",
    "templates": "Rules with parameters, for rules that say use: and the template's name.",
    "defaults": "What actions of this file have unless they say otherwise; in defaults.yaml, those of its folder.",
    "allow_delete": "true lets the rules of this file delete tasks.",
}

RULE: Words = {
    "name": "What you call the rule; no two have the same name.",
    "on": "The type of event, such as deal.won, a list of types, or a pattern such as deal.*",
    "from": "Only events of this source, or list of sources, or pattern; without it those of any source.",
    "use": "The template that gives on and then, and whatever else the rule does not say itself.",
    "with": "What the parameters of the template stand for, as in {product: Fleet}",
    "if": "The condition: every line must hold. Without one the rule always applies.",
    "then": "What to do: one action, or a list of them with a hyphen before each.",
    "examples": "Events and what the rule does with them; `planhook test` runs them.",
    "enabled": "false switches the rule off; it is checked all the same.",
    "mode": "live; shadow: decide and record, but write nothing; or live for a part of the records: percent, only.",
    "description": "For whoever reads the rule.",
}

TEMPLATE: Words = {
    "params": "The parameters and what they stand for unless the rule says otherwise; a rule must give an empty one.",
    "on": "The type of event, or a list of types.",
    "from": "Only events of these sources, unless the rule says otherwise.",
    "if": "The condition; a rule with one of its own needs both to hold.",
    "then": "What to do, with {{ params.… }} where rules differ.",
    "mode": "The mode, unless the rule says otherwise.",
    "description": "For whoever reads the rule, unless the rule says otherwise.",
}

CANARY: Words = {
    "percent": "Live for so many percent of the records, always the same ones; shadow for the others.",
    "only": "Live for the records of some companies; shadow for all others.",
    "only.company": "The companies: the sender's id or name, the mail domain of a guest, or the companyId written.",
}

EXAMPLE: Words = {
    "given": "The event. What is left out gets a default that never changes.",
    "expect": "The actions in order, each with the fields to compare, or nothing.",
}

GIVEN: Words = {
    "id": "planhook's own id of the event.",
    "source": "The source that sent it.",
    "type": "Its type; may be left out when the rule's on is one plain type.",
    "types": "All types that it has.",
    "occurred_at": "When it happened, as in 2026-10-02T15:00:00Z",
    "received_at": "When it came in.",
    "sender_id": "The sender's own id of the event.",
    "sequence": "The sender's number of the event; of one moment the larger is the newer.",
    "deal": "The deal, for types deal.*",
    "meeting": "The meeting, for types meeting.*",
    "changes": "What changed, as in {stage: {from: proposal, to: won}}",
    "payload": "The sender's own words.",
}

CALENDAR: Words = {
    "timezone": "Where days begin and end, as in Europe/Stockholm; UTC without one.",
    "holidays": "Days off beside the weekend, as in [2026-12-25]",
    "weekend": "The days of the week that are off; saturday and sunday without it.",
    "internal_domains": "Your own mail domains: whoever has one is not a guest from outside.",
}

TYPES: Words = {
    "deal.created": "A deal is new.",
    "deal.won": "A deal was won.",
    "deal.lost": "A deal was lost.",
    "deal.stage_changed": "A deal moved to another stage.",
    "deal.updated": "Anything about a deal changed.",
    "deal.deleted": "A deal was deleted.",
    "meeting.scheduled": "A meeting was planned.",
    "meeting.updated": "A meeting was moved or changed.",
    "meeting.cancelled": "A meeting was called off.",
    "meeting.ended": "A meeting is over.",
    "meeting.no_show": "The guest did not come.",
}

FIELDS: Words = {
    "event.id": "planhook's own id of the event",
    "event.source": "The name of the source that sent it",
    "event.type": "Its most specific type",
    "event.types": "All its types",
    "event.occurred_at": "When it happened",
    "event.received_at": "When it came in",
    "event.sequence": "The sender's number of the event",
    "event.sender_id": "The sender's own id of the event",
    "deal.id": "The sender's id of the deal",
    "deal.name": "The name of the deal",
    "deal.stage": "The stage, as the sender names it",
    "deal.pipeline": "The pipeline, as the sender names it",
    "deal.amount": "What the deal is worth, a number",
    "deal.currency": "The currency, such as EUR",
    "deal.status": "open, won or lost",
    "deal.owner_id": "The sender's id of the owner",
    "deal.owner_email": "The mail address of the owner",
    "deal.company_id": "The sender's id of the company",
    "deal.company_name": "The name of the company",
    "deal.contact_ids": "The sender's ids of the contacts, a list",
    "deal.closed_at": "When it was won or lost",
    "deal.url": "Where the deal can be seen",
    "deal.properties": "All that the sender told of the deal, by the sender's names",
    "meeting.id": "The id of the meeting, the same when it moves",
    "meeting.title": "The title",
    "meeting.description": "The text of the invitation",
    "meeting.start": "When it begins",
    "meeting.end": "When it ends",
    "meeting.all_day": "true when it takes whole days",
    "meeting.timezone": "The time zone that it was planned in",
    "meeting.status": "confirmed, tentative or cancelled",
    "meeting.location": "Where it takes place",
    "meeting.url": "Where to join",
    "meeting.organizer": "Who invites: email and name",
    "meeting.attendees": "Who is invited: a list, each with email, name and response",
    "meeting.domains": "The mail domains of guests from outside, a list",
    "meeting.recurrence": "The rule by which it repeats, in the calendar's words",
    "meeting.repeat": "How Planhat would say that it repeats",
    "meeting.repeat_days": "The days between, when repeat is custom",
    "meeting.range": "this_and_future when a change is for the rest of a series",
    "meeting.timezone_problem": "What is wrong with its time zone",
    "meeting.relayed": "true when somebody else than the organiser sent it on",
    "meeting.replaces": "The id of the booking that this one replaces",
    "meeting.replaced_by": "The id of the booking that replaces this one",
}

OPERATORS: Words = {
    "is": "equals this value; of a list: has it as an element",
    "is_not": "does not equal this value; an absent field does not either",
    "one_of": "equals one value of the list",
    "not_one_of": "equals none of the list; an absent field does not either",
    "at_least": "is this number or more",
    "at_most": "is this number or less",
    "more_than": "is more than this number",
    "less_than": "is less than this number",
    "contains": "has this text in it; of a list: this element",
    "starts_with": "begins with this text",
    "ends_with": "ends with this text",
    "matches": "fits this regular expression (RE2)",
    "present": "is there (true) or absent (false)",
    "changed": "changed with this event (true) or did not (false)",
    "changed_to": "changed to this value, or one of a list",
    "changed_from": "changed from this value, or one of a list",
    "before": "is a time before this one; a plain date is its midnight in calendar.timezone",
    "after": "is a time after this one; a plain date is its midnight in calendar.timezone",
}

BLOCKS: Words = {
    "all": "All parts of the list must hold.",
    "any": "At least one part of the list must hold.",
    "none": "No part of the list may hold.",
}

ACTIONS: Words = {
    "create": "Makes the task, or updates it when its sourceId exists.",
    "update": "Changes fields of a task.",
    "complete": "Sets a task done.",
    "cancel": "Sets a task to Ignored and archives it.",
    "reopen": "Sets a task to To Do.",
    "delete": "Deletes a task; only with allow_delete: true in the file.",
}

ACTION_KEYS: Words = {
    "sourceId": "Which task: our stable key, one task per sourceId, as in onboarding-{{ deal.id }}",
    "_id": "Which task, by Planhat's own id, instead of a sourceId.",
    "if_absent": "What to do when there is no such task: ignore (the default), wait for it up to 30 days, or fail.",
    "custom": 'Custom fields by their display name, as in {Deal value: "{{ deal.amount }}"}',
}

FILTERS: Words = {
    "default": "what is in the brackets when there is nothing",
    "lookup": "the row of a table; of a list, that of the first element that has one; else the table's `default` row",
    "plus": "a later time; takes `days`, `hours`, `minutes` and `weeks`",
    "minus": "an earlier time; takes the same as `plus`",
    "business_days": "the time so many working days later; `0` on a day off is the next working day",
    "at": "that time of the same day",
    "date": "a time as text: `%d` day, `%m` month, `%Y` year, `%b` Oct, `%B` October, `%a` Fri, `%A` Friday, `%H:%M`",
    "lower": "small letters",
    "upper": "capital letters",
    "title": "each word with a capital letter",
    "trim": "no blanks around it",
    "replace": "the text with every first one replaced by the second",
    "truncate": "at most so many characters",
    "round": "the number rounded to at most so many decimals",
    "domain": "the domain of an e-mail or web address",
    "first": "the first element of a list",
    "last": "the last element of a list",
    "join": "a list as one text, with this between its elements; a comma and a blank unless said otherwise",
    "length": "how many elements a list has, or letters a text",
    "slug": "lower-case letters, digits and hyphens",
}

MODES: Words = {
    "live": "Acts on every record, as a rule without mode does.",
    "shadow": "Acts on none: it decides and is recorded, and nothing is written.",
    "percent": CANARY["percent"],
    "only": CANARY["only"],
}
