"""What the commands share that look into Redis."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

import click
from redis import Redis

from planhook.core.errors import SettingsInvalid, StoreUnavailable
from planhook.settings import Settings
from planhook.store.connection import connect

_TIMEOUT = 5.0  # seconds


@contextmanager
def opened_store() -> Iterator[Redis]:
    """A client of the Redis that the environment names. Ends the command when there is none."""
    try:
        # Whoever looks into Redis needs no token of Planhat.
        settings = Settings.from_env({**os.environ, "PLANHAT_API_TOKEN": "not-needed"})
    except SettingsInvalid as fault:
        raise click.UsageError(str(fault)) from None
    redis = connect(settings.redis_url, timeout=_TIMEOUT, connections=2, verify_tls=settings.redis_tls_verify)
    try:
        yield redis
    except StoreUnavailable as fault:
        raise click.ClickException(f"{fault}; REDIS_URL says where to look") from None
    finally:
        redis.close()
