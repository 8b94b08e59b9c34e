"""What to do when `send` was not answered as it should be."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus

import requests


@dataclass(frozen=True, slots=True)
class Target:
    """Where a sample goes: the address of source `source`, which takes its secrets from `variables`."""

    url: str
    source: str
    variables: Sequence[str]
    known: Sequence[str]  # all sources of the rule files


def for_unset(target: Target, env: Mapping[str, str]) -> str:
    """For secrets that `env` does not have."""
    names = ", ".join(name for name in target.variables if not env.get(name))
    return f"set {names}, to what the service has"


def for_fault(fault: requests.RequestException, patience: float) -> str:
    """For a call that got no answer."""
    match fault:
        case requests.exceptions.SSLError() if "WRONG_VERSION_NUMBER" in str(fault):
            return "nothing speaks TLS there: write http:// for a planhook on this machine"
        case requests.exceptions.SSLError():
            return "its certificate is not trusted here: name the file of your authority in REQUESTS_CA_BUNDLE"
        case requests.exceptions.InvalidURL():
            return "write --to as in http://127.0.0.1:8000"
        case requests.Timeout():
            return f"it took longer than {patience:.0f} s: see what the service logs, and whether /readyz answers"
        case requests.ConnectionError() if "NameResolutionError" in str(fault):
            return "there is no host of that name: look at --to again"
    return "is the service running? `make run` starts one and prints its address; /livez answers when it is there"


def for_answer(answer: requests.Response, target: Target) -> str | None:
    """For an answer other than 2xx; None when the answer says enough itself."""
    wait = answer.headers.get("Retry-After")
    again = f"send it again in {wait} s" if wait else "send it again later"
    match answer.status_code:
        case 401 | 403:
            return _for_refusal(target)
        case 404:
            return _for_unknown(answer, target)
        case 413:
            return "the body is too large: raise MAX_BODY_BYTES of the service, or the limit of the proxy before it"
        case 429:
            return f"too many requests for what stands before the service: {again}"
        case 503:
            return f"the service cannot store it now, /readyz says why: {again}"
        case status if HTTPStatus.MULTIPLE_CHOICES <= status < HTTPStatus.BAD_REQUEST:
            return f"the address has moved: send to {answer.headers.get('Location', 'where it says')}"
        case status if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            return "the log of the service, or of the proxy before it, says why"
    return None


def _for_refusal(target: Target) -> str:
    names = ", ".join(target.variables)
    secrets = f"{names} must have the same value here as in the service" if names else "the rule files must be the same"
    return (
        f"{secrets}; so must PUBLIC_URL, which some senders sign, and the time. "
        "The log of the service has the reason, /api/v1/refusals counts it"
    )


def _for_unknown(answer: requests.Response, target: Target) -> str:
    if "problem+json" not in answer.headers.get("Content-Type", ""):
        return f"this is no answer of planhook: is it planhook that listens at {target.url}?"
    return (
        f"the service has no source {target.source}; the rule files here have {', '.join(target.known)}. "
        "It reads changed files within 5 s, but new variables only when it starts again"
    )
