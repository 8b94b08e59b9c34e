"""`send` that is not answered as it should be says what to do about it, once."""

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest
from werkzeug import Response
from werkzeug.serving import make_server

from tests.cli.server import serving
from tests.cli.test_offline_commands import Done, planhook

SOURCES = """
sources:
  crm:
    kind: json
    verify: {scheme: basic, username: "${CRM_USER}", password: "${CRM_PASSWORD}"}
    events: {id: id, type: type, occurred_at: occurred_at, deal: {id: deal.id}}
  other-crm:
    kind: json
    verify: {scheme: bearer, token: "${OTHER_TOKEN}"}
    events: {id: id, type: type}
  invites:
    kind: icalendar
    verify: {scheme: bearer, token: "${INVITES_TOKEN}"}
"""
SECRETS = {"CRM_USER": "user", "CRM_PASSWORD": "p" * 24, "OTHER_TOKEN": "t" * 24, "INVITES_TOKEN": "i" * 24}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "sources.yaml").write_text(SOURCES, "utf-8")
    return tmp_path


@contextmanager
def answering(status: int, headers: Mapping[str, str], *, tls: bool = False) -> Iterator[str]:
    """The port of something that is no planhook, which gives one answer to all."""
    app = Response("<p>not here</p>", status, dict(headers))
    server = make_server("127.0.0.1", 0, app, ssl_context="adhoc" if tls else None)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield str(server.port)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def sent(folder: Path, url: str, *arguments: str, **env: str) -> Done:
    return planhook("send", *(arguments or ("json",)), "--to", url, cwd=folder, **{**SECRETS, **env})


def advice(done: Done) -> str:
    """What is said once, behind the outcomes."""
    (found,) = [line for line in done.stdout.splitlines() if line.startswith("→ ")]
    return found.removeprefix("→ ")


@pytest.mark.parametrize(
    ("status", "headers", "says"),
    [
        (403, {}, "CRM_USER, CRM_PASSWORD must have the same value here as in the service"),
        (404, {}, "is it planhook that listens at"),
        (308, {"Location": "https://hooks.example.com/"}, "send to https://hooks.example.com/"),
        (413, {}, "too large: raise MAX_BODY_BYTES of the service"),
        (429, {"Retry-After": "7"}, "send it again in 7 s"),
        (503, {"Retry-After": "5"}, "/readyz says why: send it again in 5 s"),
        (503, {}, "send it again later"),
        (502, {}, "the log of the service, or of the proxy before it, says why"),
    ],
)
def test_an_answer_that_refuses_is_explained_once(
    folder: Path, status: int, headers: Mapping[str, str], says: str
) -> None:
    with answering(status, headers) as port:
        done = sent(folder, f"http://127.0.0.1:{port}")

    assert done.returncode == 1
    assert says in advice(done)


def test_a_source_that_the_service_does_not_have_is_named_with_those_of_the_rule_files(
    folder: Path, tmp_path: Path, redis_url: str
) -> None:
    (tmp_path / "service").mkdir()
    env = {
        "PLANHAT_API_TOKEN": "t",
        "LOG_LEVEL": "error",
        "REDIS_URL": redis_url,
        "RULES_DIR": str(tmp_path / "service"),
    }
    with serving(env) as url:
        done = sent(folder, url)

    assert "404, Not Found\n" in done.stdout
    assert advice(done).startswith("the service has no source crm; the rule files here have crm, other-crm, invites")


def test_what_tls_has_against_it_is_said(folder: Path) -> None:
    with answering(200, {}, tls=True) as port:
        untrusted = sent(folder, f"https://127.0.0.1:{port}")
    with answering(200, {}) as port:
        plain = sent(folder, f"https://127.0.0.1:{port}")

    assert "REQUESTS_CA_BUNDLE" in advice(untrusted)
    assert "write http://" in advice(plain)


@pytest.mark.parametrize("url", ["http://nobody.invalid", "http://"])
def test_an_address_that_leads_nowhere_is_said(folder: Path, url: str) -> None:
    done = sent(folder, url)

    assert done.returncode == 1
    assert "--to" in advice(done)


def test_only_the_variables_that_are_not_set_are_named(folder: Path) -> None:
    for when in ([], ["--now"]):
        done = sent(folder, "http://127.0.0.1:1", "json", *when, CRM_PASSWORD="", OTHER_TOKEN="")

        assert done.returncode == 1
        assert advice(done) == "set CRM_PASSWORD, to what the service has"


def test_other_sources_of_the_kind_are_named(folder: Path) -> None:
    with answering(202, {}) as port:
        first = sent(folder, f"http://127.0.0.1:{port}", "all")
        other = sent(folder, f"http://127.0.0.1:{port}", "json", "--source", "other-crm")

    assert first.stdout.splitlines()[-1] == "crm is the first source of kind json; --source other-crm sends as another"
    assert "first source" not in other.stdout
    assert "as crm:" not in other.stdout


def test_a_source_of_another_kind_is_refused_with_those_that_fit(folder: Path) -> None:
    done = sent(folder, "http://127.0.0.1:1", "json/deal-won", "--source", "invites")

    assert done.returncode == 2
    assert "invites is of kind icalendar, which has samples of its own: send icalendar" in " ".join(done.stderr.split())
    assert "sources that take these: crm, other-crm" in " ".join(done.stderr.split())
