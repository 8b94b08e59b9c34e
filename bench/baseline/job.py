"""The job of the usual integration, in a module of its own, as a forking worker imports it for every job."""

import os
from typing import Any

import requests


def create_task(event: dict[str, Any]) -> None:
    """One deal becomes one task. PLANHAT_API_URL and PLANHAT_API_TOKEN are in the environment."""
    deal = event["deal"]
    answer = requests.post(
        f"{os.environ['PLANHAT_API_URL']}/tasks",
        json={
            "sourceId": f"deal-{deal['id']}",
            "companyId": f"srcid-{deal['company']}",
            "mainType": "task",
            "action": f"Look after {deal['name']}",
            "description": str(deal["amount"]),
        },
        headers={"Authorization": f"Bearer {os.environ['PLANHAT_API_TOKEN']}"},
        timeout=30,
    )
    answer.raise_for_status()
