"""The other models of the tenant, those that tasks refer to."""

from collections.abc import Mapping
from typing import Any

from sandbox.behaviour import Behaviour
from sandbox.identifiers import PREFIXES, is_object_id, made_up_object_id, new_object_id
from sandbox.refusal import Refusal

Record = dict[str, Any]

COLLECTIONS = ("companies", "users", "endusers", "customfields")

FILTERS = {
    "companies": (),
    "leancompanies": ("externalId", "sourceId", "status"),
    "users": (),
    "endusers": ("email", "companyId"),
    "customfields": (),
}
"""Listable collections with the query parameters that each honours."""

_DEFAULT_USER = {
    "_id": "58e231b14246fc73139f29e8",
    "firstName": "Sandbox",
    "lastName": "User",
    "email": "sandbox@example.com",
}
_LEAN = ("_id", "externalId", "sourceId", "name")


class Directory:
    """Records by collection. Companies nobody added exist too while `accept_any_company` is on."""

    def __init__(self, behaviour: Behaviour) -> None:
        self._behaviour = behaviour
        self.revision = 0
        self.clear()

    def clear(self) -> None:
        """Forget all records but the one user that a connection check expects."""
        self._records: dict[str, list[Record]] = {name: [] for name in COLLECTIONS}
        self._companies: dict[str, Record] = {}
        self.add("users", _DEFAULT_USER)

    def add(self, collection: str, record: Mapping[str, Any]) -> Record:
        """Add one record, given an `_id` if it has none; KeyError for an unknown collection."""
        added = {"_id": new_object_id(), **record}
        self._records[collection].append(added)
        self.revision += 1
        if collection == "companies":
            self._companies[added["_id"]] = added
            for prefix, key in zip(PREFIXES, ("sourceId", "externalId"), strict=True):
                if key in added:
                    self._companies[f"{prefix}{added[key]}"] = added
        return added

    def company(self, identifier: object) -> Record:
        """The company of an `_id`, `srcid-…` or `extid-…`; Refusal 404 if unknown, 400 if ill-formed."""
        if not isinstance(identifier, str):
            raise Refusal(400, "Required Field: companyId")
        known = self._companies.get(identifier)
        if known is not None:
            return known
        prefix, value = identifier[:6], identifier[6:]
        if not is_object_id(identifier) and (prefix not in PREFIXES or not value):
            raise Refusal(400, f"companyId {identifier} must be planhat _id OR start with srcid- or extid-")
        if not self._behaviour.accept_any_company:
            raise Refusal(404, f"companyId {identifier} does not exist")
        if is_object_id(identifier):
            return {"_id": identifier, "name": f"Company {identifier[-6:]}"}
        key = "sourceId" if prefix == "srcid-" else "externalId"
        return {"_id": made_up_object_id(identifier), "name": f"Company {value}", key: value}

    def user_name(self, user_id: object) -> str | None:
        """First and last name of a known user."""
        for user in self._records["users"]:
            if user["_id"] == user_id:
                return f"{user.get('firstName', '')} {user.get('lastName', '')}".strip()
        return None

    def custom_fields_of_tasks(self) -> set[str]:
        """Display names."""
        return {field["name"] for field in self._records["customfields"] if field.get("parent") == "task"}

    def listing(self, collection: str, query: Mapping[str, str]) -> list[Record]:
        """One page of a collection of `FILTERS`, filtered by the parameters that it honours."""
        records = self._records["companies" if collection == "leancompanies" else collection]
        for name in FILTERS[collection]:
            if name in query:
                records = [record for record in records if record.get(name) == query[name]]
        if collection == "leancompanies":
            records = [{key: record[key] for key in _LEAN if key in record} for record in records]
        limit = query.get("limit", "")
        return records[: int(limit)] if limit.isdecimal() else list(records)

    def dump(self) -> dict[str, list[Record]]:
        """Everything, for the state file."""
        return {name: list(records) for name, records in self._records.items()}

    def load(self, dumped: Mapping[str, list[Record]]) -> None:
        """Replace everything by what `dump` gave."""
        self.clear()
        self._records["users"].clear()
        for collection, records in dumped.items():
            for record in records:
                self.add(collection, record)
