"""The sandbox, with late writes that arrive when the machine says so instead of after a time."""

from collections.abc import Callable

from sandbox.sandbox import Sandbox
from sandbox.server import SandboxServer


class HeldSandbox(Sandbox):
    """Keeps what was to be done later."""

    def __init__(self) -> None:
        super().__init__("sandbox-token", {"rate_limit": 0})
        self.held: list[Callable[[], object]] = []

    def later(self, seconds: float, do: Callable[[], object]) -> None:
        self.held.append(do)

    def call_off(self) -> None:
        self.held.clear()

    def let_arrive(self, place: int) -> None:
        """One of the late writes arrives."""
        self.held.pop(place)()


def serve(sandbox: HeldSandbox) -> SandboxServer:
    """Serve it on a free port."""
    return SandboxServer(("127.0.0.1", 0), sandbox, None)
