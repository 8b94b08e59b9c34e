"""A sandbox of its own for each test, driven over HTTP."""

from collections.abc import Iterator
from typing import Any

import pytest
import requests

from sandbox.server import SandboxServer, start

COMPANY = "61006bc89a3e0b702ed8ea49"


class Client:
    """Calls with the right token; a relative path is appended to the sandbox's URL."""

    def __init__(self, server: SandboxServer) -> None:
        self._server = server
        self._session = requests.Session()
        self._session.headers["Authorization"] = f"Bearer {server.token}"

    def __call__(self, method: str, path: str, json: Any = None, **options: Any) -> requests.Response:
        """One call; a timeout of two seconds unless told otherwise."""
        options.setdefault("timeout", 2)
        return self._session.request(method, self._server.url + path, json=json, **options)

    def bulk(self, *items: Any, **options: Any) -> requests.Response:
        """One bulk upsert."""
        return self("PUT", "/tasks", list(items), **options)

    def close(self) -> None:
        """Close the connections."""
        self._session.close()


@pytest.fixture
def planhat() -> Iterator[SandboxServer]:
    """A running sandbox without a rate limit."""
    with start(token="secret", rate_limit=0) as server:
        yield server


@pytest.fixture
def call(planhat: SandboxServer) -> Iterator[Client]:
    """A client of `planhat`."""
    client = Client(planhat)
    yield client
    client.close()


def item(source_id: str, **properties: Any) -> dict[str, Any]:
    """A bulk item that can create a task."""
    return {"sourceId": source_id, "companyId": COMPANY, "action": f"Do {source_id}", **properties}
