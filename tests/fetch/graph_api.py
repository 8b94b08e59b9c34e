"""A stand-in of Microsoft Graph over HTTP: sign-in, calendars with their delta query, subscriptions that notify."""

import itertools
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import unquote
from uuid import NAMESPACE_DNS, uuid5

from tests.fetch.stand_in import Request, StandIn

SECRET = "client-secret-of-the-tests"
UID = "040000008200E00074C5B7101A82E00800000000{:08d}0000000000000000100000000000000000000000000000000000001"
Post = Callable[[str, bytes], tuple[int, bytes]]


@dataclass
class GraphApi(StandIn):
    """Mailboxes by user, events by id. `notify` posts to a webhook; None keeps every notification back.

    A page of the delta query holds `page` items; tokens of `ended_tokens` get a 410. Subscriptions live for `life`.
    """

    page: int = 2
    mailboxes: dict[str, dict[str, dict[str, Any]]] = field(default_factory=dict)
    changes: list[tuple[str, str]] = field(default_factory=list)
    subscriptions: dict[str, dict[str, Any]] = field(default_factory=dict)
    life: timedelta = timedelta(days=6)
    ended_tokens: set[str] = field(default_factory=set)
    tokens: list[str] = field(default_factory=list)
    notify: Post | None = None
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def put(self, user: str, number: str, **changed: Any) -> dict[str, Any]:
        """Plan an event, or change it, and notify. Times are "2027-01-10T09:00:00" in UTC."""
        with self.lock:
            box, version = self.mailboxes.setdefault(user, {}), next(self.numbers)
            old = box.get(number)
            stamp = datetime.now(UTC)
            record = {**(old or _event(number, version)), **changed}
            record |= {"changeKey": f"key{version}", "lastModifiedDateTime": f"{stamp:%Y-%m-%dT%H:%M:%S.%f}7Z"}
            box[number] = record
            self.changes.append((user, number))
        self._tell(user, number, "updated" if old else "created")
        return record

    def delete(self, user: str, number: str) -> None:
        with self.lock:
            del self.mailboxes[user][number]
            self.changes.append((user, number))
        self._tell(user, number, "deleted")

    def forget(self) -> None:
        """No delta token that was given so far is good any more."""
        with self.lock:
            self.ended_tokens |= {f"{position}-0" for position in range(len(self.changes) + 1)}

    def lifecycle(self, said: str, subscription: str) -> dict[str, Any]:
        """A lifecycle notification, posted where the subscription says."""
        kept = self.subscriptions[subscription]
        item = {"subscriptionId": subscription, "clientState": kept["clientState"], "lifecycleEvent": said}
        item["subscriptionExpirationDateTime"] = kept["expirationDateTime"]
        if self.notify:
            self.notify(kept["lifecycleNotificationUrl"], json.dumps({"value": [item]}).encode())
        return item

    def answer(self, request: Request) -> tuple[int, Any]:
        if request.path == "/token":
            return self._sign_in(request)
        if request.token not in self.tokens[-1:]:
            return _fault(401, "InvalidAuthenticationToken", f"{request.token} has expired")
        parts = [unquote(part) for part in request.path.strip("/").split("/")]
        match parts:
            case ["users", user, "events", number]:
                found = self._box(user).get(number)
                return (200, found) if found else _fault(404, "ErrorItemNotFound", "The object was not found.")
            case ["users", user, "events"]:
                return 200, {"value": self._by_uid(user, request.query["$filter"])}
            case ["users", user, "calendarView", "delta"]:
                return self._delta(user, request)
            case ["subscriptions"]:
                return self._subscribe(request) if request.method == "POST" else self._list()
            case ["subscriptions", number]:
                return self._subscription(number, request)
        return _fault(400, "BadRequest", f"no such path: {request.path}")

    def _sign_in(self, request: Request) -> tuple[int, Any]:
        if request.form.get("client_secret") != SECRET:
            told = f"AADSTS7000215: Invalid client secret provided: {request.form.get('client_secret')}"
            return 401, {"error": "invalid_client", "error_description": told}
        assert request.form["scope"] == "https://graph.microsoft.com/.default"
        self.tokens.append(f"access-{len(self.tokens) + 1}")
        return 200, {"token_type": "Bearer", "expires_in": 3599, "access_token": self.tokens[-1]}

    def _by_uid(self, user: str, asked: str) -> list[dict[str, Any]]:
        uid = asked.removeprefix("iCalUId eq ").strip("'")
        return [each for each in self._box(user).values() if each["iCalUId"] == uid]

    def _box(self, user: str) -> dict[str, dict[str, Any]]:
        """By the user's name or object id."""
        return next((box for name, box in self.mailboxes.items() if user in (name, object_id(name))), {})

    def _delta(self, user: str, request: Request) -> tuple[int, Any]:
        """Tokens are positions in the list of changes; a `$skiptoken` has a second one, that of the next page."""
        if "startDateTime" in request.query:
            start, first = 0, 0
        else:
            token = request.query.get("$skiptoken") or request.query["$deltatoken"]
            if token in self.ended_tokens:
                return _fault(410, "SyncStateNotFound", "The sync state is not found; start over.")
            start, first = (int(part) for part in token.split("-"))
        changed = list(dict.fromkeys(number for whose, number in self.changes[start:] if whose == user))
        box = self._box(user)
        changed = [number for number in changed if number in box or start]
        told = [box.get(number, {"id": number, "@removed": {"reason": "deleted"}}) for number in changed]
        links = f"https://graph.microsoft.com/v1.0/users/{user}/calendarView/delta"
        page: dict[str, Any] = {"value": told[first : first + self.page]}
        if first + self.page < len(told):
            page["@odata.nextLink"] = f"{links}?$skiptoken={start}-{first + self.page}"
        else:
            page["@odata.deltaLink"] = f"{links}?$deltatoken={len(self.changes)}-0"
        return 200, page

    def _subscribe(self, request: Request) -> tuple[int, Any]:
        asked = request.document
        assert asked["changeType"] == "created,updated,deleted"
        for name in ("notificationUrl", "lifecycleNotificationUrl"):
            if self.notify and self.notify(f"{asked[name]}&validationToken=is+it+%C3%A4", b"") != (
                200,
                "is it ä".encode(),
            ):
                return _fault(400, "ValidationError", "Subscription validation request failed.")
        number = f"sub{next(self.numbers)}"
        self.subscriptions[number] = {**asked, "id": number, "expirationDateTime": self._expiry()}
        return 201, self._shown(number)

    def _list(self) -> tuple[int, Any]:
        return 200, {"value": [self._shown(number) for number in self.subscriptions]}

    def _subscription(self, number: str, request: Request) -> tuple[int, Any]:
        if number not in self.subscriptions:
            return _fault(404, "ResourceNotFound", "The object was not found.")
        if request.method == "DELETE":
            del self.subscriptions[number]
            return 204, None
        self.subscriptions[number]["expirationDateTime"] = self._expiry()
        return 200, self._shown(number)

    def _shown(self, number: str) -> dict[str, Any]:
        """Graph never tells a client state again."""
        return {**self.subscriptions[number], "clientState": None}

    def _expiry(self) -> str:
        return f"{datetime.now(UTC) + self.life:%Y-%m-%dT%H:%M:%SZ}"

    def notification(self, user: str, number: str, said: str, subscription: str, state: str) -> dict[str, Any]:
        """What one change tells: the user goes by an id of Graph's own."""
        path = f"Users/{object_id(user)}/Events/{number}"
        record = self.mailboxes.get(user, {}).get(number, {})
        about = {"@odata.id": path, "@odata.etag": f'W/"{record.get("changeKey")}"', "id": number}
        item = {"subscriptionId": subscription, "changeType": said, "resource": path, "resourceData": about}
        return {**item, "clientState": state}

    def _tell(self, user: str, number: str, said: str) -> None:
        for kept in list(self.subscriptions.values()):
            if self.notify and kept["resource"] == f"users/{user}/events":
                item = self.notification(user, number, said, kept["id"], kept["clientState"])
                self.notify(kept["notificationUrl"], json.dumps({"value": [item]}).encode())


def object_id(user: str) -> str:
    return str(uuid5(NAMESPACE_DNS, user))


def person(address: str, **more: Any) -> dict[str, Any]:
    return {"emailAddress": {"address": address, "name": address.partition("@")[0].title()}, **more}


def _event(number: str, version: int) -> dict[str, Any]:
    return {
        "id": number,
        "iCalUId": UID.format(version),
        "type": "singleInstance",
        "subject": "Kickoff",
        "body": {"contentType": "text", "content": "Bring the numbers.\r\n"},
        "bodyPreview": "Bring",
        "sensitivity": "normal",
        "start": {"dateTime": "2027-01-10T09:00:00.0000000", "timeZone": "UTC"},
        "end": {"dateTime": "2027-01-10T10:00:00.0000000", "timeZone": "UTC"},
        "originalStartTimeZone": "W. Europe Standard Time",
        "isAllDay": False,
        "isCancelled": False,
        "isOrganizer": True,
        "location": {"displayName": "Room 3"},
        "organizer": person("ann@ourco.example"),
        "attendees": [person("leyla@acme.example", type="required", status={"response": "none"})],
        "recurrence": None,
    }


def _fault(status: int, code: str, message: str) -> tuple[int, Any]:
    return status, {"error": {"code": code, "message": message}}
