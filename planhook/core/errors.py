"""Every error that leaves a part of planhook, by what has to happen next.

PlanhookError
├── SettingsInvalid                  a person must correct the environment; names every fault
├── RulesInvalid                     a person must edit a rule file; says file, line, what and what to do
├── DeliveryRejected(status)         the sender gets a 4xx and nothing is stored
│   ├── ProofInvalid                 401: no valid proof of this source; the reason is for the log only
│   └── BodyInvalid                  400: the bytes cannot be read; 413 and 415 likewise
├── StoreUnavailable                 Redis cannot take it now: 503, ask again
│   └── StoreFull                    it has little memory left
├── PlanhatError
│   ├── PlanhatUnavailable           nothing happened, ask again after `retry_after` seconds
│   ├── PlanhatUnclear               the write may have happened: read back before it counts
│   ├── PlanhatAccessRefused         the token is wrong: stop calling, tell a person, lose nothing
│   └── PlanhatRefused(status)       Planhat said no: asking again will not help
├── FetchError
│   ├── FetchUnavailable             the sender's API did not answer: ask again after `retry_after` seconds
│   ├── FetchAccessRefused           the token is wrong: tell a person, lose nothing
│   │   └── FetchResourceRefused     one thing is closed to it: likewise, and the rest goes on
│   └── FetchRefused(status)         the API said no: asking again will not help
└── ValueMissing                     a rule's text could not be filled for this event
"""

from dataclasses import dataclass


class PlanhookError(Exception):
    """The root of all errors that planhook raises on purpose."""


class SettingsInvalid(PlanhookError):
    """Environment variables are missing or wrong; the message names all of them."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing wrong with a rule file. `line` counts from 1; 0 when no line can be named."""

    file: str
    line: int
    message: str
    severity: str = "error"  # "error" or "warning"
    column: int = 0

    @property
    def rank(self) -> tuple[str, int, int, str]:
        """What findings are sorted by: as they stand in the files."""
        return self.file, self.line, self.column, self.message

    @property
    def where(self) -> str:
        """`file:line:column`, as far as they are known."""
        return ":".join(str(part) for part in (self.file, self.line, self.column) if part)

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}" if self.line else self.file
        return f"{where}: {'warning: ' if self.severity == 'warning' else ''}{self.message}"


class RulesInvalid(PlanhookError):
    """A set of rule files cannot be used. `findings` has everything wrong, the message what must be put right."""

    def __init__(self, findings: tuple[Finding, ...]) -> None:
        faults = [str(finding) for finding in findings if finding.severity == "error"]
        if warnings := len(findings) - len(faults):
            counted = f"{warnings} warning{'' if warnings == 1 else 's'}"
            faults.append(f"(and {counted}: python -m planhook check shows it all)")
        super().__init__("\n".join(faults))
        self.findings = findings


class DeliveryRejected(PlanhookError):
    """A delivery that gets a 4xx. `status` is the HTTP status; the message must hold no secret and no body.

    `code` is a short name of the reason, such as `signature_wrong`: what counters and programs rely on, while the
    message may change.
    """

    status = 400

    def __init__(self, message: str, code: str) -> None:
        super().__init__(message)
        self.code = code


class ProofInvalid(DeliveryRejected):
    """The delivery does not prove that it comes from this source."""

    status = 401


class BodyInvalid(DeliveryRejected):
    """The body cannot be read; sending the same bytes again will not help."""

    def __init__(self, message: str, code: str, status: int = 400) -> None:
        super().__init__(message, code)
        self.status = status


class StoreUnavailable(PlanhookError):
    """Redis cannot be reached, is full, read-only or too slow; nothing may be promised now."""


class StoreFull(StoreUnavailable):
    """Redis has little memory left, which is kept for what was accepted already."""


class ValueMissing(PlanhookError):
    """A placeholder of a rule has no value for this event, or a filter cannot work on it."""


class PlanhatError(PlanhookError):
    """A call to Planhat did not do what was asked."""


class PlanhatUnavailable(PlanhatError):
    """Planhat did not take the call; nothing happened. `retry_after` is in seconds, None when not told."""

    def __init__(self, message: str, retry_after: float | None = None, *, rate_limited: bool = False) -> None:
        super().__init__(message)
        self.retry_after = retry_after
        self.rate_limited = rate_limited


class PlanhatUnclear(PlanhatError):
    """No usable answer came after the request went out: it may or may not have been carried out.

    `goes_on`: Planhat may still be at work on it, as it has not answered itself.
    """

    def __init__(self, message: str, *, goes_on: bool = False) -> None:
        super().__init__(message)
        self.goes_on = goes_on


class PlanhatAccessRefused(PlanhatError):
    """401, or 403 to everything: the token is wrong or belongs to another region."""


class PlanhatRefused(PlanhatError):
    """Planhat understood and said no. `status` is the HTTP status, the message Planhat's own words."""

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message)
        self.status = status


class FetchError(PlanhookError):
    """A call to the API of a sender did not bring what was asked for."""


class FetchUnavailable(FetchError):
    """No usable answer. `retry_after` is in seconds, None when not told; `rate_limited` after a 429."""

    def __init__(self, message: str, retry_after: float | None = None, *, rate_limited: bool = False) -> None:
        super().__init__(message)
        self.retry_after = retry_after
        self.rate_limited = rate_limited


class FetchAccessRefused(FetchError):
    """We are not let in: the token is wrong, has ended, or lacks a scope."""


class FetchResourceRefused(FetchAccessRefused):
    """Whoever we are, one thing is closed to us or not there: a 403, or the 404 of a calendar that rules name."""


class FetchRefused(FetchError):
    """The API understood and said no. `status` is the HTTP status, the message the API's own words."""

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message)
        self.status = status
