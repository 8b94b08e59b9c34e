"""What `make run` prints first: where everything is, and commands to try it with, ready to be pasted."""

import hashlib
import hmac
import os
import shlex
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path

from devstack.stack import Stack
from planhook.core.errors import DeliveryRejected
from planhook.core.event import Delivery
from planhook.sources import Source

_SECRET = "CRM_WEBHOOK_SECRET"  # noqa: S105 - a name
_SIGN_AND_SEND = """\
now=$(date +%s)
body='{{"id": "try-'$now'", "type": "deal.won", "deal": {{"id": "D7", "name": "Tried out", "company_id": "C7"}}}}'
signature=$(printf %s "$now.$body" | openssl dgst -sha256 -hmac "$CRM_WEBHOOK_SECRET" | sed 's/.* //')
curl -i -H 'Content-Type: application/json' -H "X-Timestamp: $now" -H "X-Signature: sha256=$signature" \\
  --data-binary "$body" {url}"""


def greeting(
    stack: Stack, sources: Mapping[str, Source], given: Mapping[str, str], demo: Mapping[str, str], env_file: Path
) -> str:
    """`given` is the environment that the user set, `demo` the secrets that stand in for what is missing there.

    `env_file` has all settings of the stack for a shell.
    """
    return "\n".join(
        [
            *_places(stack, sources, given),
            *_demo_secrets(demo),
            *_commands(stack, sources, given, demo),
            "\nUse the command line beside it (in another terminal, in this folder):\n",
            f". {shlex.quote(os.path.relpath(env_file))}",
            ".venv/bin/python -m planhook doctor   # or events list, refusals, send all --to " + stack.web_url,
            "",
            "Ctrl-C stops everything and keeps the data",
        ]
    )


def _places(stack: Stack, sources: Mapping[str, Source], given: Mapping[str, str]) -> Iterator[str]:
    password = "the one in API_TOKEN" if "API_TOKEN" in given else stack.api_token
    yield f"webhooks  {stack.web_url}/webhooks/<source>, which is {', '.join(sources) or 'none yet'}"
    yield f"API       {stack.web_url}/api/v1/stats (Authorization: Bearer {password})"
    yield f"Planhat   {stack.planhat_url}{' (sandbox)' if stack.has_sandbox else ''}"
    yield f"Redis     {stack.redis_url if stack.redis else 'the one in REDIS_URL'}"
    yield f"logs      {stack.logs}"


def _demo_secrets(demo: Mapping[str, str]) -> Iterator[str]:
    if demo:
        yield "secrets   these are not set; demo values stand in for them, to be used as they are written here:"
    for name, value in demo.items():
        yield f"          {name}={value}"


def _commands(
    stack: Stack, sources: Mapping[str, Source], given: Mapping[str, str], demo: Mapping[str, str]
) -> Iterator[str]:
    secret = demo.get(_SECRET) or given.get(_SECRET, "")
    url = f"{stack.web_url}/webhooks/crm"
    if (crm := sources.get("crm")) and _takes(crm, secret, url):
        yield "\nSend a won deal, signed as a CRM would (paste it into another terminal):\n"
        yield f"{_SECRET}='{secret}'" if _SECRET in demo else f"# {_SECRET} must be set in that terminal too"
        yield _SIGN_AND_SEND.format(url=url)
    token = "$API_TOKEN" if "API_TOKEN" in given else stack.api_token
    yield "\nSee what became of it:\n"
    yield f'curl -H "Authorization: Bearer {token}" {stack.web_url}/api/v1/events'
    if stack.has_sandbox:
        yield f"curl {stack.planhat_url}/_sandbox/tasks"


def _takes(crm: Source, secret: str, url: str) -> bool:
    """Whether the source still checks signatures as the command makes them: people change their rule files."""
    now = datetime.now(UTC)
    time = str(int(now.timestamp()))
    code = hmac.new(secret.encode(), f"{time}.{{}}".encode(), hashlib.sha256).hexdigest()
    headers = {"content-type": "application/json", "x-timestamp": time, "x-signature": f"sha256={code}"}
    try:
        crm.verify(Delivery("POST", url, headers, b"{}", now))
    except DeliveryRejected:
        return False
    return True
