"""`planhook doctor`: what is wrong with this installation, and what to do."""

import os
import sys
from collections.abc import Iterator
from dataclasses import asdict

import click

from planhook.cli.diagnosis import (
    ERROR,
    FINE,
    WARNING,
    Diagnosis,
    look_at_planhat,
    look_at_redis,
    look_at_rules,
    look_at_settings,
)
from planhook.cli.diagnosis_of_work import look_at_work
from planhook.cli.folder import json_option
from planhook.cli.output import say, say_json
from planhook.core.errors import SettingsInvalid
from planhook.logging import configure
from planhook.settings import Settings
from planhook.store.connection import connect

_PATIENCE = 3.0  # seconds
_MARKS = {FINE: ("✓", "green"), WARNING: ("!", "yellow"), ERROR: ("✗", "red")}


@click.command()
@json_option
def doctor(*, as_json: bool) -> None:
    """Look at settings, Redis, clock, Planhat, rules and sources, and say what is wrong and what to do.

    Calls Planhat once and changes nothing there. Ends with 1 when something is wrong.
    """
    configure("error")  # what goes wrong is said below
    found = []
    for diagnosis in _look():
        found.append(diagnosis)
        if not as_json:
            _show(diagnosis)
    if as_json:
        say_json({"checks": [asdict(diagnosis) for diagnosis in found]})
    if any(diagnosis.status == ERROR for diagnosis in found):
        sys.exit(1)


def _look() -> Iterator[Diagnosis]:
    try:
        settings = Settings.from_env(os.environ)
    except SettingsInvalid as fault:
        for line in str(fault).splitlines():
            yield Diagnosis("settings", ERROR, line, "see the settings in README.md; nothing else was looked at")
        return
    yield from look_at_settings(settings)
    redis = connect(settings.redis_url, timeout=_PATIENCE, connections=2, verify_tls=settings.redis_tls_verify)
    try:
        yield from look_at_redis(redis)
        yield look_at_planhat(settings, redis)
        yield from look_at_work(redis)
    finally:
        redis.close()
    yield from look_at_rules(settings, os.environ)


def _show(diagnosis: Diagnosis) -> None:
    mark, colour = _MARKS[diagnosis.status]
    say(f"{mark} {diagnosis.about}: {diagnosis.seen}", colour=colour)
    if diagnosis.advice:
        say(f"    {diagnosis.advice}")
