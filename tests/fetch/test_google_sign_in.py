"""How a service account asks for its token."""

import base64
import json
import time
from collections.abc import Iterator
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from structlog.testing import capture_logs

from planhook.store.connection import connect
from tests.fetch.google_api import GoogleApi, meeting
from tests.fetch.google_line import GoogleLine
from tests.fetch.stand_in import serving

EMAIL = "sync@project.iam.gserviceaccount.example"


@pytest.fixture(scope="module")
def key() -> RSAPrivateKey:
    return generate_private_key(65537, 2048)


@pytest.fixture
def account(key: RSAPrivateKey) -> str:
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    told = {"type": "service_account", "client_email": EMAIL, "private_key_id": "k1", "private_key": pem}
    return json.dumps(told, indent=2)


@pytest.fixture
def api() -> Iterator[GoogleApi]:
    with serving(GoogleApi()) as running:
        yield running


@pytest.fixture
def line(redis_url: str, api: GoogleApi) -> Iterator[GoogleLine]:
    redis = connect(redis_url, timeout=5, connections=16)
    yield GoogleLine(redis, api)
    redis.connection_pool.disconnect()


def part(encoded: str) -> Any:
    return json.loads(base64.urlsafe_b64decode(encoded + "=="))


def test_a_service_account_signs_for_the_person_it_acts_for(
    line: GoogleLine, api: GoogleApi, account: str, key: RSAPrivateKey
) -> None:
    line.configure(service_account=account, subject="ann@ourco.example")
    api.put(meeting(1))
    line.look()

    (asked,) = api.taken("/token")
    head, claims, signature = asked.form["assertion"].split(".")
    key.public_key().verify(
        base64.urlsafe_b64decode(signature + "=="), f"{head}.{claims}".encode(), PKCS1v15(), SHA256()
    )
    assert part(head) == {"alg": "RS256", "typ": "JWT", "kid": "k1"}
    told = part(claims)
    assert (told["iss"], told["sub"]) == (EMAIL, "ann@ourco.example")
    assert told["aud"] == "https://oauth2.googleapis.com/token"
    assert told["scope"] == "https://www.googleapis.com/auth/calendar.events.readonly"
    assert 0 <= time.time() - told["iat"] < 60
    assert told["exp"] - told["iat"] == 3600
    assert line.meetings() == [("meeting1@google.com", "meeting.scheduled")]


def test_an_account_of_its_own_names_nobody(line: GoogleLine, api: GoogleApi, account: str) -> None:
    api.calendars["team@group.calendar.google.com"] = {}
    line.configure(service_account=account, calendars=["team@group.calendar.google.com"])
    line.look()

    assert "sub" not in part(api.taken("/token")[0].form["assertion"].split(".")[1])


def test_neither_key_nor_assertion_is_ever_told(line: GoogleLine, api: GoogleApi, account: str) -> None:
    line.configure(service_account=account, subject="ann@ourco.example")
    api.echoes = True
    with capture_logs() as logs:
        line.look()

    assert "is not signed well" in str(logs)
    assert "eyJ" not in str(logs)
    assert "PRIVATE KEY" not in repr(line.source)
