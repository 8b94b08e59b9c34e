"""`planhook send`: samples as their senders would post them, signed with the secrets of the rules' sources."""

import os
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import click
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from planhook import rulebook
from planhook.cli.folder import Folder, json_option, show_findings
from planhook.cli.output import say, say_json
from planhook.cli.posting import Outcome, post, without_secret
from planhook.cli.remedy import Target
from planhook.core.errors import RulesInvalid
from planhook.rulebook.variables import variables_by_source
from planhook.samples import Sample, load_samples
from planhook.samples.sealing import open_key
from planhook.samples.story import told_now
from planhook.sources import Source

_FOLDER = Folder(file_okay=False)  # the list needs none
_FILE = click.Path(dir_okay=False, path_type=Path)


@dataclass(frozen=True, slots=True)
class _Story:
    """The samples that one source gets, in their order; `passed_over` are other sources of its kind."""

    source: Source
    samples: Sequence[Sample]
    passed_over: Sequence[str]


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
@click.option("--now", "is_now", is_flag=True, help="Tell the story as news: its times end now, its ids are new.")
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
    stories = list(_stories(sample, sources, source_name))
    variables = variables_by_source(folder)
    now = datetime.now(UTC) if is_now else None
    outcomes = []
    for story in stories:
        name = story.source.name
        target = Target(_address(base, name), name, variables[name], tuple(sources))
        for outcome in _sent(story, target, key, now):
            outcomes.append(outcome)
            if not as_json:
                _show(outcome)
    if as_json:
        say_json({"sent": [_as_json(outcome) for outcome in outcomes]})
    else:
        _show_advice(outcomes, stories)
    sys.exit(not all(outcome.is_fine for outcome in outcomes))


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


def _stories(wanted: str, sources: Mapping[str, Source], source_name: str | None) -> Iterator[_Story]:
    """What to send as which source. Raises BadParameter when there is nothing."""
    samples = [sample for sample in load_samples() if wanted in ("all", sample.kind, sample.name)]
    if not samples:
        kind = sources[wanted].kind if wanted in sources else ""
        hint = f"{wanted} is a source: send {kind} --source {wanted}" if kind else "--list shows them"
        raise click.BadParameter(f"there is no sample {wanted}; {hint}", param_hint="SAMPLE")
    kinds = dict.fromkeys(sample.kind for sample in samples)
    if source_name is not None:
        _require_kind(source_name, sources, kinds)
    by_kind = {kind: [source for source in sources.values() if source.kind == kind] for kind in kinds}
    if not any(by_kind.values()):
        raise click.BadParameter(
            f"the rule files have no source of kind {samples[0].kind}; docs/senders.md shows one", param_hint="SAMPLE"
        )
    for kind, candidates in by_kind.items():
        of_kind = [sample for sample in samples if sample.kind == kind]
        if source_name is not None and sources[source_name].kind == kind:
            yield _Story(sources[source_name], of_kind, ())
        elif source_name is None and candidates:
            first, *others = candidates
            yield _Story(first, of_kind, [source.name for source in others])


def _require_kind(source_name: str, sources: Mapping[str, Source], kinds: Iterable[str]) -> None:
    if source_name not in sources:
        raise click.BadParameter(f"no rule file has it; known: {', '.join(sources)}", param_hint="--source")
    if (kind := sources[source_name].kind) not in kinds:
        fitting = ", ".join(source.name for source in sources.values() if source.kind in kinds)
        raise click.BadParameter(
            f"{source_name} is of kind {kind}, which has samples of its own: send {kind}; "
            f"sources that take these: {fitting or 'none'}",
            param_hint="--source",
        )


def _address(base: str, source: str) -> str:
    if urlsplit(base).scheme not in ("http", "https"):
        raise click.BadParameter(f"{base} is no http(s) URL", param_hint="--to")
    return base if "/webhooks/" in base else f"{base.rstrip('/')}/webhooks/{source}"


def _key(file: Path | None) -> RSAPrivateKey | None:
    try:
        return open_key(file) if file else None
    except (OSError, ValueError) as fault:
        raise click.BadParameter(str(fault), param_hint="--key") from None


def _sent(story: _Story, target: Target, key: RSAPrivateKey | None, now: datetime | None) -> Iterator[Outcome]:
    samples = story.samples
    try:
        if now:
            samples = told_now(samples, story.source, now)
    except LookupError:  # of the secrets, there is no first one
        yield from (without_secret(sample, target) for sample in samples)
        return
    for sample in samples:
        yield post(sample, story.source, target, key)


def _show(outcome: Outcome) -> None:
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


def _show_advice(outcomes: Iterable[Outcome], stories: Iterable[_Story]) -> None:
    """Once each: what holds up one sample mostly holds up all."""
    for remedy in dict.fromkeys(outcome.remedy for outcome in outcomes if outcome.remedy):
        say(f"→ {remedy}")
    for story in stories:
        if story.passed_over:
            first, others = story.source, " or ".join(story.passed_over)
            say(f"{first.name} is the first source of kind {first.kind}; --source {others} sends as another")


def _as_json(outcome: Outcome) -> dict[str, Any]:
    return {
        "sample": outcome.sample,
        "source": outcome.source,
        "status": outcome.status,
        "events": list(outcome.events),
        "answer": outcome.said,
        "remedy": outcome.remedy,
    }
