"""A stand-in of HubSpot's CRM API over HTTP: deals with associations, companies, owners, and faults on demand."""

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

TOKEN = "pat-eu1-11111111-2222-3333-4444-555555555555"


@dataclass
class Fault:
    """What one call gets instead of its answer; `silent` keeps the connection open without a word."""

    status: int = 500
    body: bytes = b'{"status": "error", "message": "internal error"}'
    headers: Mapping[str, str] = field(default_factory=dict)
    part_of_path: str = ""
    times: int = 1
    silent: bool = False


@dataclass
class HubSpotApi:
    """Records by id. `calls` holds the path of each call, `queries` what it asked for."""

    url: str = ""
    token: str = TOKEN
    deals: dict[str, dict[str, Any]] = field(default_factory=dict)
    companies: dict[str, dict[str, Any]] = field(default_factory=dict)
    owners: dict[str, dict[str, Any]] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)
    queries: list[dict[str, str]] = field(default_factory=list)
    release: threading.Event = field(default_factory=threading.Event)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def add_deal(self, number: str, *, company: str = "", contacts: tuple[str, ...] = (), **properties: Any) -> None:
        links: dict[str, Any] = {}
        if company:
            results = [
                {"id": "999", "type": "deal_to_company_unlabeled"},
                {"id": company, "type": "deal_to_company_unlabeled"},
                {"id": company, "type": "deal_to_company"},
            ]
            links["companies"] = {"results": results}
        if contacts:
            labels = ("deal_to_contact", "buyer")
            links["contacts"] = {"results": [{"id": one, "type": label} for one in contacts for label in labels]}
        self.deals[number] = {"id": number, "properties": properties, "associations": links, "archived": False}

    def taken(self, part: str) -> int:
        """How many calls went to paths with `part` in them."""
        return sum(part in path for path in self.calls)

    def fault_of(self, path: str) -> Fault | None:
        with self.lock:
            for fault in self.faults:
                if fault.times > 0 and fault.part_of_path in path:
                    fault.times -= 1
                    return fault
        return None

    def record(self, path: str, query: Mapping[str, str]) -> dict[str, Any] | None:
        kind, _, number = path.removeprefix("/crm/v3/").removeprefix("objects/").partition("/")
        if kind == "owners":
            return self.owners.get(number)
        found = {"deals": self.deals, "companies": self.companies}.get(kind, {}).get(number)
        if found is None:
            return None
        wanted = query.get("properties", "").split(",")
        properties = {name: found["properties"].get(name) for name in wanted if name}
        shown = {**found, "properties": properties}
        asked = query.get("associations", "").split(",")
        shown["associations"] = {kind: links for kind, links in found.get("associations", {}).items() if kind in asked}
        return shown


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    api: HubSpotApi


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def do_GET(self) -> None:
        api, parts = self.server.api, urlsplit(self.path)
        query = {name: given[0] for name, given in parse_qs(parts.query).items()}
        with api.lock:
            api.calls.append(parts.path)
            api.queries.append(query)
        fault = api.fault_of(parts.path)
        if fault and fault.silent:
            api.release.wait(30)
            self.close_connection = True
        elif fault:
            self._answer(fault.status, fault.body, fault.headers)
        elif self.headers.get("Authorization") != f"Bearer {api.token}":
            said = f"Authentication credentials not found: {self.headers.get('Authorization')}"
            self._answer(401, json.dumps({"status": "error", "message": said}).encode())
        elif (record := api.record(parts.path, query)) is None:
            self._answer(404, b'{"status": "error", "message": "resource not found", "category": "OBJECT_NOT_FOUND"}')
        else:
            self._answer(200, json.dumps(record).encode())

    def _answer(self, status: int, body: bytes, headers: Mapping[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", **(headers or {})}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Nothing: tests look at `calls`."""


@contextmanager
def serving() -> Iterator[HubSpotApi]:
    """The stand-in on a free port of this machine."""
    server = _Server(("127.0.0.1", 0), _Handler)
    server.api = HubSpotApi(url=f"http://127.0.0.1:{server.server_address[1]}")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server.api
    finally:
        server.api.release.set()
        server.shutdown()
        server.server_close()
        thread.join(5)
