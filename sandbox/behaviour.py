"""The switches of the sandbox: how this Planhat behaves where the real one is undocumented or varies."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

_CHOICES = {
    "rate_headers": ("x-rate-limit", "x-ratelimit", "none"),
    "rate_reset": ("seconds", "epoch"),
    "error_entries": ("strings", "objects", "keyless"),
    "error_bodies": ("json", "text"),
    "bulk_duplicates": ("refuse", "apply"),
}


@dataclass
class Behaviour:
    """Every switch with its default; changed at any time through `change`."""

    rate_limit: int = 200
    """Calls per window; 0 switches the limit off."""
    rate_window_s: int = 60
    rate_headers: str = "x-rate-limit"
    rate_reset: str = "seconds"
    retry_after_s: int = 0
    """`Retry-After` of a 429; 0 leaves the header out."""
    delay_ms: int = 0

    accept_any_company: bool = True
    unknown_id_status: int = 404
    delete_missing_status: int = 404
    """With 200 the answer is `deletedCount: 0`."""
    create_status: int = 200
    error_bodies: str = "json"
    generic_errors: bool = False
    """Ill-formed values and duplicates get Planhat's text that does not say what is wrong."""
    unique_source_ids: bool = True
    duplicate_status: int = 400
    done_archives: bool = True
    refuse_lower_case_done: bool = True
    reopen_unarchives: bool = True
    refuse_date_only: bool = True
    events_need_times: bool = True
    srcid_finds_archived: bool = True
    dropped_fields: str = ""
    """Writable properties, parted by commas, that are taken and not stored; `custom.<name>` too."""
    drop_unknown_custom: bool = False
    """Custom fields that are not under `customfields` (with `parent` task) are dropped instead of stored unseen."""
    statuses: str = ""
    """Parted by commas: another status than these is dropped without a word. Empty: any text is stored."""

    may_create: bool = True
    may_update: bool = True
    may_delete: bool = True

    bulk_partial_status: int = 206
    bulk_failed_status: int = 400
    bulk_too_many_status: int = 413
    bulk_matches_archived: bool = True
    bulk_duplicates: str = "refuse"
    error_entries: str = "strings"
    keys_with_source_id: bool = True
    keys_in_order: bool = True
    nonupdates_in_keys: bool = False
    permission_errors_key: bool = True
    upsert_race_ms: int = 0
    """Pause between look-up and insert of a bulk; parallel bulks then collide on new keys."""

    def change(self, values: Mapping[str, Any]) -> None:
        """Set the named switches, all or none; ValueError says what is wrong with which one."""
        known = {field.name: field.type for field in fields(self)}
        for name, value in values.items():
            if name not in known:
                raise ValueError(f"unknown setting {name}; known: {', '.join(sorted(known))}")
            if type(value) is not known[name]:
                raise ValueError(f"{name} must be of type {getattr(known[name], '__name__', known[name])}")
            if name in _CHOICES and value not in _CHOICES[name]:
                raise ValueError(f"{name} must be one of {', '.join(_CHOICES[name])}")
        for name, value in values.items():
            setattr(self, name, value)

    def as_json(self) -> dict[str, Any]:
        """All switches by name."""
        return asdict(self)
