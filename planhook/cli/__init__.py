"""The command line. Every command is a thin shell around functions that give values."""

import click

from planhook.cli.backtest import backtest
from planhook.cli.capture import capture
from planhook.cli.check import check
from planhook.cli.doctor import doctor
from planhook.cli.events import events
from planhook.cli.explain import explain
from planhook.cli.problems import problems
from planhook.cli.refusals import refusals
from planhook.cli.review import review
from planhook.cli.sandbox import sandbox
from planhook.cli.schema import schema
from planhook.cli.send import send
from planhook.cli.shadow import shadow
from planhook.cli.stats import stats
from planhook.cli.tasks import tasks
from planhook.cli.tenant import tenant
from planhook.cli.test import test


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
def main() -> None:
    """Webhooks of CRMs and calendars become Planhat tasks, by rules anyone can read.

    Every command ends with 0 when all is fine, 1 when it found something, 2 when it was called wrongly.
    """


for _command in (
    *(check, test, explain, schema, backtest, review, shadow, capture),
    *(events, tasks, stats, refusals, problems, send, doctor, tenant, sandbox),
):
    main.add_command(_command)
