"""A fresh Planhat look-alike for each test, and a client that talks to it over HTTP."""

from collections.abc import Iterator

import pytest

from planhook.planhat.client import PlanhatClient
from sandbox import server

TOKEN = "canary-5f1d/9c+Zz=tok"


@pytest.fixture
def sandbox() -> Iterator[server.SandboxServer]:
    with server.start(token=TOKEN) as running:
        yield running


@pytest.fixture
def planhat(sandbox: server.SandboxServer) -> Iterator[PlanhatClient]:
    with PlanhatClient(sandbox.url, TOKEN, connect_s=2, bulk_s=2, single_s=1) as client:
        yield client
