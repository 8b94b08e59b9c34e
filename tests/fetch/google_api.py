"""A stand-in of Google Calendar's API: calendars that change, sync and page tokens, channels, tokens that end."""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import unquote

from tests.fetch.stand_in import Request, StandIn

CLIENT = {"client_id": "id.apps.example", "client_secret": "GOCSPX-of-the-tests", "refresh_token": "1//of-the-tests"}
Item = dict[str, Any]


def in_days(days: float, hours: float = 0) -> str:
    """A moment so many days from now, as Google writes it."""
    return f"{datetime.now(UTC) + timedelta(days=days, hours=hours):%Y-%m-%dT%H:%M:%SZ}"


def meeting(number: int, *, days: float = 3, **more: Any) -> Item:
    """An item of a calendar, one hour long."""
    organizer = {"email": "ann@ourco.example", "self": True}
    guest = {"email": "tom@acme.example", "displayName": "Tom", "responseStatus": "accepted"}
    return {
        "id": f"meeting{number}",
        "iCalUID": f"meeting{number}@google.com",
        "status": "confirmed",
        "sequence": 0,
        "summary": f"Meeting {number}",
        "organizer": organizer,
        "attendees": [{**organizer, "responseStatus": "accepted"}, guest],
        "start": {"dateTime": in_days(days), "timeZone": "Europe/Stockholm"},
        "end": {"dateTime": in_days(days, 1), "timeZone": "Europe/Stockholm"},
        **more,
    }


@dataclass
class GoogleApi(StandIn):
    """`calendars` holds items by calendar and id. Nothing is ever forgotten, but sync tokens lapse on demand."""

    calendars: dict[str, dict[str, Item]] = field(default_factory=lambda: {"primary": {}})
    channels: dict[str, dict[str, Any]] = field(default_factory=dict)
    stopped: list[str] = field(default_factory=list)
    channel_life: timedelta = timedelta(days=7)
    page: int = 100
    echoes: bool = False  # the sign-in repeats what it refuses
    lapsed: set[str] = field(default_factory=set)
    given: list[str] = field(default_factory=list)
    _pages: dict[str, tuple[list[Item], str]] = field(default_factory=dict)
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def put(self, item: Item, calendar: str = "primary", *, updated: datetime | None = None) -> Item:
        """The item as it is from now on."""
        with self.lock:
            number = next(self._numbers)
            moment = (updated or datetime.now(UTC)) + timedelta(milliseconds=number)
            stamp = f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z"
            kept = {"created": stamp, **item, "etag": f'"{number}"', "updated": stamp, "n": number}
            self.calendars[calendar][item["id"]] = kept
            return kept

    def change(self, number: int, calendar: str = "primary", **changes: Any) -> Item:
        old = self.calendars[calendar][f"meeting{number}"]
        return self.put({**old, **changes}, calendar)

    def put_bare(self, identifier: str, calendar: str = "primary", **more: Any) -> None:
        """What is left of a cancelled item."""
        with self.lock:
            number = next(self._numbers)
            bare = {"id": identifier, "status": "cancelled", "etag": f'"{number}"', "n": number, **more}
            self.calendars[calendar][identifier] = bare

    def lapse(self) -> None:
        """No sync token that was given so far is good any more."""
        with self.lock:
            self.lapsed |= {str(number) for number in range(next(self._numbers) + 1)}

    def answer(self, request: Request) -> tuple[int, Any]:
        if request.path == "/token":
            return self._token(request)
        if request.token not in self.given[-1:]:
            return _refusal(401, "authError", "Invalid Credentials")
        parts = [unquote(part) for part in request.path.strip("/").split("/")]
        if parts == ["channels", "stop"]:
            self.stopped.append(request.document["id"])
            known = self.channels.pop(request.document["id"], None)
            return (204, None) if known else _refusal(404, "notFound", "Channel not found")
        if len(parts) < 3 or parts[0] != "calendars" or parts[1] not in self.calendars:
            return _refusal(404, "notFound", "Not Found")
        items = self.calendars[parts[1]]
        match parts[3:]:
            case []:
                return self._list(items, request)
            case ["watch"]:
                return self._watch(parts[1], request)
            case [identifier] if identifier in items:
                return 200, _shown(items[identifier])
        return _refusal(404, "notFound", "Not Found")

    def _token(self, request: Request) -> tuple[int, Any]:
        if self.echoes:
            said = f"{request.form['assertion']} is not signed well"
            return 400, {"error": "invalid_grant", "error_description": said}
        is_user = request.form == {"grant_type": "refresh_token", **CLIENT}
        if not is_user and request.form.get("grant_type") != "urn:ietf:params:oauth:grant-type:jwt-bearer":
            return 400, {"error": "invalid_grant", "error_description": "Token has been expired or revoked."}
        self.given.append(f"ya29.{len(self.given) + 1}")
        return 200, {"access_token": self.given[-1], "expires_in": 3599, "token_type": "Bearer"}

    def _list(self, items: dict[str, Item], request: Request) -> tuple[int, Any]:
        query = request.query
        if query.get("showDeleted") != "true" or ("syncToken" in query and "timeMin" in query):
            return _refusal(400, "invalid", "Bad Request")
        if page := query.get("pageToken"):
            if page not in self._pages:
                return _refusal(400, "invalid", "Invalid page token value.")
            found, token = self._pages[page]
        else:
            since = query.get("syncToken", "0")
            if "syncToken" in query and since in self.lapsed:
                return _refusal(410, "fullSyncRequired", "Sync token is no longer valid, a full sync is required.")
            changed = [item for item in items.values() if item["n"] > int(since)]
            found = sorted(
                (item for item in changed if _ends(item) >= query.get("timeMin", "")), key=lambda item: item["n"]
            )
            token = str(next(self._numbers))
        size = min(self.page, int(query["maxResults"]))
        shown, rest = found[:size], found[size:]
        answer: dict[str, Any] = {"kind": "calendar#events", "items": [_shown(item) for item in shown]}
        if not rest:
            return 200, {**answer, "nextSyncToken": token}
        following = f"page{next(self._numbers)}"
        self._pages[following] = (rest, token)
        return 200, {**answer, "nextPageToken": following}

    def _watch(self, calendar: str, request: Request) -> tuple[int, Any]:
        wanted = request.document
        ends = datetime.now(UTC) + self.channel_life
        uri = f"https://www.googleapis.com/calendar/v3/calendars/{calendar}/events?alt=json"
        told = {"kind": "api#channel", "id": wanted["id"], "resourceId": f"r-{calendar}", "resourceUri": uri}
        self.channels[wanted["id"]] = {**wanted, "calendar": calendar}
        return 200, {**told, "token": wanted["token"], "expiration": str(int(ends.timestamp() * 1000))}


def _ends(item: Item) -> str:
    """When the item ends, for comparisons with `timeMin`; an endless series and what has no time never do."""
    end = item.get("end", {})
    return "9999" if "recurrence" in item or not end else str(end.get("dateTime") or end.get("date"))


def _shown(item: Item) -> Item:
    return {name: value for name, value in item.items() if name != "n"}


def _refusal(status: int, reason: str, message: str) -> tuple[int, Any]:
    errors = [{"domain": "calendar", "reason": reason, "message": message}]
    return status, {"error": {"code": status, "message": message, "errors": errors}}
