"""A Redis that is started with another Planhat: whatever happens, that one gets nothing, and nothing is lost."""

from collections.abc import Callable
from pathlib import Path

from tests.e2e.conftest import Running, until
from tests.e2e.story import tell


def trouble(running: Running) -> str:
    told: str = running.http.get(f"{running.stack.web_url}/readyz", timeout=10).json()["planhat"]["trouble"]
    return told


def test_another_planhat_gets_nothing_until_the_first_one_is_back(
    make_stack: Callable[..., Running], redis_url: str, tmp_path: Path
) -> None:
    data = tmp_path / "stack" / "sandbox.json"
    first = make_stack(REDIS_URL=redis_url)
    first.deliver(tell(3, seed=1).events)
    first.wait_until_quiet()
    first.http.close()
    first.stack.stop()
    kept = data.rename(tmp_path / "first.json")

    other = make_stack(REDIS_URL=redis_url, workers=2)
    later = tell(3, seed=2)
    other.deliver(later.events)
    until(lambda: "another tenant's" in trouble(other), 20)
    other.stack.kill("worker-1")
    other.stack.kill("worker-2")
    other.stack.restart("worker-1")
    until(lambda: "planhat_is_another" in other.stack.parts["worker-1"].output(), 20)

    assert other.tasks() == []
    assert other.operator("/stats")["waiting"] > 0

    other.http.close()
    other.stack.stop()
    data.unlink(missing_ok=True)
    kept.rename(data)
    again = make_stack(REDIS_URL=redis_url)
    stats = again.wait_until_quiet()

    assert stats["accepted"] == stats["applied"] + stats["ignored"]
    assert later.expected.keys() <= {task["sourceId"] for task in again.tasks()}
    assert trouble(again) == ""
