"""`planhook tenant`: whether Planhat is the one whose tasks Redis knows."""

import os
import sys

import click

from planhook.cli.output import say
from planhook.cli.store import opened_store
from planhook.core.errors import SettingsInvalid
from planhook.settings import Settings
from planhook.store.tenancy import Tenancy, fingerprint


@click.command()
@click.option("--accept", is_flag=True, help="Say that it is, though people deleted the tasks by which it is known.")
def tenant(*, accept: bool) -> None:
    """Tell whether the Planhat of the settings is the one whose tasks Redis knows.

    Workers find it out by themselves and write nothing before.
    """
    try:
        settings = Settings.from_env(os.environ)
    except SettingsInvalid as fault:
        raise click.UsageError(str(fault)) from None
    with opened_store() as redis:
        tenancy = Tenancy(redis, fingerprint(settings.planhat_url, settings.planhat_token))
        if accept:
            tenancy.accept()
        known = tenancy.holds()
    if known:
        say("it is the Planhat whose tasks Redis knows")
        return
    say("not known yet: a worker looks when it runs; stats and doctor tell what it found")
    sys.exit(1)
