"""The one place that calls Planhat: within its time and size, logged without the token, its quota read."""

import time
from collections.abc import Callable

import structlog

from planhook.core.errors import PlanhatUnavailable, PlanhatUnclear
from planhook.http.address import base_url as checked_base_url
from planhook.http.quota import calls_left
from planhook.http.transport import Answer, NoAnswer, NotSent, Transport

MANY_BYTES = 32 * 1024 * 1024
_ONE_BYTES = 5 * 1024 * 1024


class Connection:
    """Calls with one token. `remaining` is what Planhat last said of its quota, None when it said nothing."""

    def __init__(
        self,
        base_url: str,
        token: str,
        *,
        before_call: Callable[[], None] | None,
        connect_s: float,
        bulk_s: float,
        single_s: float,
    ) -> None:
        """Times are seconds; `bulk_s` and `single_s` bound a whole call. Raises ValueError for a bad URL or token."""
        if not token or not token.isascii() or not token.isprintable() or " " in token:
            raise ValueError("the Planhat token must be printable ASCII without spaces")
        self.remaining: int | None = None
        self.base_url = checked_base_url(base_url, "Planhat")
        self._before_call = before_call
        self._bulk_s = bulk_s
        self._single_s = single_s
        self._log = structlog.get_logger("planhook.planhat")
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json", "Accept": "application/json"}
        self._transport = Transport(headers | {"User-Agent": "planhook"}, connect_s)

    def close(self) -> None:
        """Close the connections. Closed, it opens new ones when it is used again."""
        self._transport.close()

    def call(
        self,
        method: str,
        path: str,
        kind: str,
        body: bytes | None = None,
        *,
        params: dict[str, str] | None = None,
        items: int | None = None,
        many: bool = False,
    ) -> Answer:
        """What Planhat answers, whatever its status. The log has `kind` in place of `path`, which may hold an id.

        A bulk write says how many `items` it has; it and a list (`many`) may be long and take `bulk_s`.
        Raises PlanhatUnavailable, and PlanhatUnclear for a write that may have arrived.
        """
        if self._before_call is not None:
            self._before_call()
        many = many or items is not None
        began = time.monotonic()
        status, trouble = None, None
        try:
            answer = self._transport.exchange(
                method,
                self.base_url + path,
                body=body,
                params=params or {},
                total_s=self._bulk_s if many else self._single_s,
                max_bytes=MANY_BYTES if many else _ONE_BYTES,
            )
            status = answer.status
        except NotSent as fault:
            trouble = str(fault)
            raise PlanhatUnavailable(f"Planhat cannot be reached: {fault}") from None
        except NoAnswer as fault:
            trouble = str(fault)
            told = f"Planhat did not answer: {fault}"
            raise PlanhatUnavailable(told) if method == "GET" else PlanhatUnclear(told, goes_on=True) from None
        finally:
            spent = round((time.monotonic() - began) * 1000)
            self._log.info(
                "planhat_call", method=method, path=kind, status=status, ms=spent, items=items, fault=trouble
            )
        self.remaining = calls_left(answer.headers)
        return answer
