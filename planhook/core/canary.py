"""The part of the records that a rule acts on for real; for all others it only tells what it would do."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from planhook.core.condition import Verdict
from planhook.core.event import Event
from planhook.core.operation import Operation
from planhook.core.scalar import as_text
from planhook.core.task_key import record_id

_SPREAD = 2**64


@dataclass(frozen=True, slots=True)
class OnlyCompanies:
    """The records of some companies, each named by the sender's id or name, by mail domain or by `companyId`."""

    companies: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Share:
    """So many percent of the records, always the same ones: more percent only add to them, whatever the rule."""

    percent: float


Canary = OnlyCompanies | Share


def judge(canary: Canary, event: Event, operations: Iterable[Operation]) -> Verdict:
    """Whether a rule acts on the record of `event`, and why; `operations` are what it would do."""
    if isinstance(canary, Share):
        return _judge_share(canary, event)
    wanted = {company.casefold() for company in canary.companies}
    listed = ", ".join(canary.companies)
    for company in _companies_of(event, operations):
        if company.casefold() in wanted:
            return Verdict(True, (f"its company {company} is one of {listed}",))
    return Verdict(False, (f"its company is not one of {listed}, so nothing is written",))


def _judge_share(canary: Share, event: Event) -> Verdict:
    record = record_id(event) or event.id
    if _place(event.source, record) * 100 < canary.percent:
        return Verdict(True, (f"{record} of {event.source} is among the {canary.percent:g} % of records",))
    reason = f"{record} of {event.source} is not among the {canary.percent:g} % of records, so nothing is written"
    return Verdict(False, (reason,))


def _place(source: str, record: str) -> float:
    """A number from 0 up to 1 that a record keeps for ever; those of many records lie evenly."""
    digest = hashlib.sha256(f"{source}\n{record}".encode(errors="surrogatepass")).digest()
    return int.from_bytes(digest[:8]) / _SPREAD


def _companies_of(event: Event, operations: Iterable[Operation]) -> Iterator[str]:
    told: list[Any] = [operation.fields.get("companyId") for operation in operations]
    if isinstance(event.deal, Mapping):
        told += [event.deal.get("company_id"), event.deal.get("company_name")]
    if isinstance(event.meeting, Mapping) and isinstance(event.meeting.get("domains"), list):
        told += event.meeting["domains"]
    return (company for each in told if (company := as_text(each)))
