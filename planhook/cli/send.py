"""`planhook send`: samples as their senders would post them, signed with the secrets of the rules' sources."""

import os
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import click
import requests
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from planhook import rulebook
from planhook.cli.folder import json_option, show_findings
from planhook.cli.output import say, say_json
from planhook.core.errors import RulesInvalid
from planhook.core.event import Delivery
from planhook.samples import Sample, load_samples
from planhook.samples.filling import filled
from planhook.samples.moving import moved
from planhook.samples.sealing import CannotSign, open_key, sealed
from planhook.sources import Source

_FOLDER = click.Path(file_okay=False, path_type=Path)  # the list needs none
_FILE = click.Path(dir_okay=False, path_type=Path)
_PATIENCE = 30  # seconds
_SHOWN = 200  # characters of an answer that is not planhook's own


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What became of one sample; `status` is 0 when no answer came, None when it could not be signed."""

    sample: str
    source: str
    status: int | None
    events: tuple[str, ...]
    said: str

    @property
    def is_fine(self) -> bool:
        return self.status is None or 200 <= self.status < 300


@click.command()
@click.argument("sample", required=False)
@click.option(
    "--to",
    "base",
    metavar="URL",
    help="Where planhook listens, such as http://127.0.0.1:8000, or the whole address of a source.",
)
@click.option("--source", "source_name", help="Send as this source; default: the first one of the sample's kind.")
@click.option("--rules", "folder", type=_FOLDER, default="rules", envvar="RULES_DIR", help="Folder of the rule files.")
@click.option("--now", "is_now", is_flag=True, help="Move the times in the bodies: the story happens now.")
@click.option(
    "--key", "key_file", type=_FILE, help="Sign as Amazon (ses) with this private key; made if there is none."
)
@click.option("--list", "is_list", is_flag=True, help="Show the samples and end.")
@json_option
def send(
    sample: str | None,
    base: str | None,
    source_name: str | None,
    folder: Path,
    *,
    is_now: bool,
    key_file: Path | None,
    is_list: bool,
    as_json: bool,
) -> None:
    """Sign and post SAMPLE: hubspot/deal-won, all of a kind (hubspot), or all of every kind that has a source (all).

    Secrets are taken from the environment, as the rule files say. Ends with 1 when something was not accepted.
    """
    if is_list:
        _show_list(as_json=as_json)
        return
    if sample is None or base is None:
        raise click.UsageError("name a SAMPLE (see --list) and where to send it: --to URL")
    key = _key(key_file)
    sources = _sources(folder, as_json=as_json)
    chosen = list(_chosen(sample, sources, source_name))
    outcomes = []
    for one, source in chosen:
        outcome = _post(one, source, _address(base, source.name), now=datetime.now(UTC), is_now=is_now, key=key)
        outcomes.append(outcome)
        if not as_json:
            _show(outcome)
    if as_json:
        say_json({"sent": [_as_json(outcome) for outcome in outcomes]})
    if not all(outcome.is_fine for outcome in outcomes):
        sys.exit(1)


def _show_list(*, as_json: bool) -> None:
    names = [sample.name for sample in load_samples()]
    if as_json:
        say_json({"samples": names})
        return
    for name in names:
        say(name)


def _sources(folder: Path, *, as_json: bool) -> Mapping[str, Source]:
    try:
        return rulebook.load(folder, os.environ, require_env=False).sources
    except RulesInvalid as invalid:
        show_findings(invalid.findings, as_json=as_json)
        sys.exit(1)


def _chosen(wanted: str, sources: Mapping[str, Source], source_name: str | None) -> Iterator[tuple[Sample, Source]]:
    """The samples to send, each with its source. Raises BadParameter when there is none."""
    if source_name is not None and source_name not in sources:
        raise click.BadParameter(f"no rule file has it; known: {', '.join(sources)}", param_hint="--source")
    samples = [sample for sample in load_samples() if wanted in ("all", sample.kind, sample.name)]
    if not samples:
        raise click.BadParameter(f"there is no sample {wanted}; --list shows them", param_hint="SAMPLE")
    candidates = list(sources.values()) if source_name is None else [sources[source_name]]
    first: dict[str, Source] = {}
    for source in candidates:
        first.setdefault(source.kind, source)
    if not any(sample.kind in first for sample in samples):
        raise click.BadParameter(f"the rule files have no source of kind {samples[0].kind}", param_hint="SAMPLE")
    return ((sample, first[sample.kind]) for sample in samples if sample.kind in first)


def _address(base: str, source_name: str) -> str:
    if urlsplit(base).scheme not in ("http", "https"):
        raise click.BadParameter(f"{base} is no http(s) URL", param_hint="--to")
    return base if "/webhooks/" in base else f"{base.rstrip('/')}/webhooks/{source_name}"


def _key(file: Path | None) -> RSAPrivateKey | None:
    try:
        return open_key(file) if file else None
    except (OSError, ValueError) as fault:
        raise click.BadParameter(str(fault), param_hint="--key") from None


def _post(
    sample: Sample, source: Source, url: str, *, now: datetime, is_now: bool, key: RSAPrivateKey | None
) -> _Outcome:
    # Some senders sign the address that they were given, which is PUBLIC_URL where that is set.
    public_url = os.environ.get("PUBLIC_URL", "").strip().rstrip("/")
    signed_url = f"{public_url}/webhooks/{source.name}" if public_url else url
    try:
        if is_now:
            sample = replace(sample, body=moved(sample.body, _told_at(sample, source, now), now))
        body = sealed(_filled(sample, source, now), source, key, now)
        headers = source.sign(body, sample.headers, signed_url, now)
    except CannotSign as fault:
        return _Outcome(sample.name, source.name, None, (), f"not sent: {fault}")
    except LookupError:  # of the secrets, there is no first one
        return _Outcome(
            sample.name, source.name, 0, (), "its secret is not set: planhook check --env names the variable"
        )
    try:
        encoded = {name: value.encode("latin-1") for name, value in headers.items()}
        answer = requests.post(url, data=body, headers=encoded, timeout=_PATIENCE, allow_redirects=False)
    except requests.RequestException as fault:
        return _Outcome(sample.name, source.name, 0, (), f"no answer: {type(fault).__name__}")
    return _read_answer(sample, source, answer)


def _filled(sample: Sample, source: Source, now: datetime) -> bytes:
    return filled(sample.body, sample.headers.get("content-type", ""), source, now)


def _told_at(sample: Sample, source: Source, now: datetime) -> datetime:
    events = source.parse(Delivery("POST", "", sample.headers, _filled(sample, source, now), now))
    return max((event.occurred_at for event in events), default=now)


def _read_answer(sample: Sample, source: Source, answer: requests.Response) -> _Outcome:
    outcome = _Outcome(sample.name, source.name, answer.status_code, (), answer.text[:_SHOWN])
    try:
        told = answer.json()
    except ValueError:
        return outcome  # the sender wants another form, or this is no planhook
    match told:
        case {"accepted": accepted, "duplicates": duplicates, "events": [*events]}:
            counted = f"{accepted} accepted, {duplicates} known"
            return replace(outcome, events=tuple(map(str, events)), said=counted)
        case {"title": str(title), "detail": str(detail)}:
            return replace(outcome, said=f"{title}: {detail}")
    return outcome


def _show(outcome: _Outcome) -> None:
    mark, colour = ("✓", "green") if outcome.is_fine else ("✗", "red")
    if outcome.status is None:
        mark, colour = "–", "yellow"
    status = f"{outcome.status}, " if outcome.status else ""
    first, *more = outcome.said.split("\n") if outcome.status is None else [outcome.said]
    say(f"{mark} {outcome.sample} as {outcome.source}: {status}{first}", colour=colour)
    for line in more:
        say(line)
    for event in outcome.events:
        say(f"    {event}")


def _as_json(outcome: _Outcome) -> dict[str, Any]:
    return {
        "sample": outcome.sample,
        "source": outcome.source,
        "status": outcome.status,
        "events": list(outcome.events),
        "answer": outcome.said,
    }
