"""Single events of Outlook calendars, read and remembered."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from urllib.parse import quote

from planhook.core.errors import FetchRefused, FetchUnavailable
from planhook.core.event import JSON, Event, iso, milliseconds
from planhook.fetch.api import Api
from planhook.sources.microsoft_graph_event import GraphReader, Sighting
from planhook.sources.microsoft_graph_meeting import FIELDS
from planhook.store.sightings import Sightings

KEEP_S = 400 * 86_400.0  # a meeting may be planned a year ahead
PREFERENCES = 'outlook.timezone="UTC", outlook.body-content-type="text"'
_GONE = (404, 410)
_HEADERS = {"Prefer": PREFERENCES}


@dataclass(frozen=True)
class GraphEvents:
    """Makes events of the records of one source. `users` are the mailboxes that we follow.

    What was seen is kept beside the lookups, not in their states: a notification and a sync look at the same event
    under different keys. Writing it twice or too early does no harm.
    """

    api: Api
    reader: GraphReader
    users: tuple[str, ...]
    sightings: Sightings

    def look(self, user: str, number: str) -> Event:
        """What has become of the event with the Graph id `number`."""
        try:
            record = self.api.call("GET", _path(user, number), params={"$select": ",".join(FIELDS)}, headers=_HEADERS)
        except FetchRefused as refusal:
            if refusal.status not in _GONE:
                raise
            return self.removed(user, number)
        if not isinstance(record, Mapping) or not record.get("id"):
            raise FetchUnavailable("Microsoft Graph: the answer is no event")
        return self.tell(user, record)

    def tell(self, user: str, record: Mapping[str, JSON]) -> Event:
        """The event of `user` that `record` is a version of."""
        now, number = datetime.now(UTC), str(record["id"])
        if user in self.users and record.get("type") != "occurrence":
            self.sightings.note(user, number, milliseconds(now))
        try:
            event, sighting = self.reader.read(record, self.known(number), now)
        except ValueError as fault:
            return self.reader.unusable(record, f"Graph's event cannot be used: {fault}", now)
        self.api.cache.put(_name(number), asdict(sighting), KEEP_S)
        return event

    def removed(self, user: str, number: str) -> Event:
        """The event is gone from this calendar: cancelled, unless it lives on in another place that we follow.

        Whoever is only invited throws away no more than a copy, and moving an event to another calendar deletes it
        here too.
        """
        known = self.known(number)
        copy = self._copy(user, number, known) if known and known.uid else None
        event = self.tell(*copy) if copy else self.reader.removed(number, known, datetime.now(UTC))
        self.sightings.forget(user, number)
        return event

    def unlisted(self, user: str, since: datetime, window: tuple[datetime, datetime]) -> list[str]:
        """Graph ids of the events in `window` that were not seen after `since`; of series, wherever they lie.

        Forgets which of the user's events lie before the window.
        """
        begin, end = (iso(moment) for moment in window)
        found = []
        for number in self.sightings.before(user, milliseconds(since)):
            known = self.known(number)
            if known and "recurrence" in known.meeting:
                found.append(number)
            elif not known or known.meeting["end"] < begin:
                self.sightings.forget(user, number)
            elif known.meeting["start"] <= end:
                found.append(number)
        return found

    def unreadable(self, item: Mapping[str, JSON], refusal: str) -> Event:
        """The event that `item` names ends dead: Graph does not show it."""
        problem = f"Graph's event {str(item['id'])[:100]} cannot be read: {refusal}"
        return self.reader.unusable(item, problem, datetime.now(UTC))

    def known(self, number: str) -> Sighting | None:
        """What the event was when we last saw it."""
        kept = self.api.cache.get(_name(number))
        return Sighting(**kept[0]) if kept else None

    def _copy(self, user: str, number: str, known: Sighting) -> tuple[str, Mapping[str, JSON]] | None:
        """Whose calendar has another one, and that."""
        others = () if known.is_own else (one for one in known.people() if one in self.users)
        uid = known.uid.replace("'", "''")
        asked = {"$filter": f"iCalUId eq '{uid}'", "$select": ",".join(FIELDS)}
        for place in dict.fromkeys((user, *others)):
            answer = self.api.call("GET", _path(place), params=asked, headers=_HEADERS)
            for record in items(answer):
                if record.get("isCancelled") is not True and record.get("id") not in (None, number):
                    return place, record
        return None


def items(answer: JSON) -> list[Mapping[str, JSON]]:
    """The records of one page of a collection. Raises FetchUnavailable."""
    found = answer.get("value") if isinstance(answer, Mapping) else None
    if not isinstance(found, list):
        raise FetchUnavailable("Microsoft Graph: the answer is no list")
    return [item for item in found if isinstance(item, Mapping)]


def _path(user: str, number: str = "") -> str:
    return f"/users/{quote(user, '')}/events" + (f"/{quote(number, '')}" if number else "")


def _name(number: str) -> str:
    return f"event/{number}"
