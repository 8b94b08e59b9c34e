"""What Planhat drops without a word is told to operators, beside the deliveries and within their budget of calls."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import requests

from tests.e2e.conftest import Running, until
from tests.e2e.story import RULES, tell

MARK = '        action: "Look after {{ deal.name }}"\n'


def control(running: Running, path: str, **body: Any) -> None:
    url = f"{running.stack.planhat_url}/_sandbox/{path}"
    method = "PATCH" if path == "settings" else "POST"
    requests.request(method, url, json=body, timeout=5).raise_for_status()


def test_a_dropped_field_is_told_with_its_line_until_it_is_kept(
    make_stack: Callable[..., Running], tmp_path: Path
) -> None:
    (tmp_path / "rules").mkdir()
    assert MARK in RULES
    text = RULES.replace(MARK, f"{MARK}        custom: {{Tier: Gold}}\n")
    (tmp_path / "rules" / "deals.yaml").write_text(text, "utf-8")
    line = text[: text.index("custom: {Tier")].count("\n") + 1
    running = make_stack()
    control(running, "settings", dropped_fields="custom.Tier")
    running.deliver(tell(3, seed=1).events)
    running.wait_until_quiet()

    until(lambda: bool(running.operator("/problems")["problems"]), 30)
    (problem,) = running.operator("/problems")["problems"]
    assert (problem["rule"], problem["field"]) == ("A new deal is a task", "custom.Tier")
    assert problem["where"].endswith(f"/deals.yaml:{line}")
    stats = running.operator("/stats")
    assert stats["accepted"] == stats["applied"] + stats["ignored"]

    control(running, "settings", dropped_fields="")
    running.deliver(tell(3, seed=2).events)
    until(lambda: not running.operator("/problems")["problems"], 30)
