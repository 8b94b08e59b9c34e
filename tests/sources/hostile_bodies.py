"""Bodies that are as large as planhook takes and as costly as somebody could think of, and what each one costs.

A program of its own: a process that has grown does not show what the next body needs, so each is read in a fork.
"""

import json
import os
import resource
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from planhook.core.errors import DeliveryRejected
from planhook.core.event import Delivery
from planhook.samples import Sample, load_samples
from planhook.samples.filling import filled
from planhook.sources import KINDS, Source
from tests.samples.test_samples import NOW, URL, described

SIZE = 1_048_576  # MAX_BODY_BYTES
MULTIPART = {"content-type": "multipart/form-data; boundary=x"}
FORM = {"content-type": "application/x-www-form-urlencoded"}
Body = tuple[str, bytes, Mapping[str, str]]


def bodies(sample: Sample, source: Source) -> Iterator[Body]:
    """Hostile bodies of a kind, each with a name and its headers; `sample` is a genuine one."""
    genuine = filled(sample.body, sample.headers.get("content-type", ""), source, NOW)
    match sample.kind:
        case "icalendar":
            yield from ((name, body, sample.headers) for name, body in calendars(SIZE))
        case "mailgun" | "sendgrid":
            field = "body-mime" if sample.kind == "mailgun" else "email"
            head = f'--x\r\nContent-Disposition: form-data; name="{field}"\r\n\r\n'.encode()
            yield from ((name, head + mail + b"\r\n--x--", MULTIPART) for name, mail in mails(SIZE - 200))
            yield "fields", b"&" * SIZE, FORM
            yield "escapes", b"a=" + b"%41" * (SIZE // 3), FORM
            yield "half escapes", b"a=" + b"%" * (SIZE - 2), FORM
        case "postmark":
            for name, mail in mails(SIZE * 2 // 3):
                yield name, json.dumps({"RawEmail": mail.decode("latin-1")}).encode()[:SIZE], {}
        case "salesforce":
            for tag in (b"<sf:A>1</sf:A>", b"<sf:A/>", b"&lt;"):
                more = tag * ((SIZE - len(genuine)) // len(tag))
                yield tag.decode(), genuine.replace(b"</sObject>", more + b"</sObject>"), sample.headers
        case _ if genuine.lstrip()[:1] in (b"{", b"["):
            yield from ((name, body, sample.headers) for name, body in inflated(json.loads(genuine)))


def inflated(genuine: Any) -> Iterator[tuple[str, bytes]]:
    """A genuine JSON body with far too much in its largest object, and one with far too many in it."""
    body = json.loads(json.dumps(genuine))
    largest = max(_objects(body), key=len)
    largest |= {f"k{number}": 0 for number in range(SIZE // 14)}
    yield "keys", json.dumps(body).encode()[:SIZE]
    body = json.loads(json.dumps(genuine))
    largest = max(_objects(body), key=len)
    largest[list(largest)[-1]] = [{}] * (SIZE // 5)
    yield "objects", json.dumps(body).encode()
    nested = b"[" * 30 + b"]" * 30
    yield "nested", b"[" + b",".join([nested] * (SIZE // 61 - 1)) + b"]"


def _objects(part: Any) -> Iterator[dict[str, Any]]:
    if isinstance(part, dict):
        yield part
    for each in part.values() if isinstance(part, dict) else part if isinstance(part, list) else ():
        yield from _objects(each)


def calendars(size: int) -> Iterator[tuple[str, bytes]]:
    """iCalendar of about `size` bytes."""
    head = b"BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nBEGIN:VEVENT\r\nUID:u\r\nDTSTART:20260610T080000Z\r\n"
    end = b"\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    guests = min(19_000, size // 40)
    lines = {
        "parameters": b"ATTENDEE" + b";X=1" * (size // 4) + b":mailto:a@b.example",
        "guests": b"\r\n".join(b"ATTENDEE;CN=x:mailto:a@b%d.example" % number for number in range(guests)),
        "ends": b"X:" + b"\r" * size,
        "folds": b"DESCRIPTION:" + b"\n " * (size // 2),
        "escapes": b"DESCRIPTION:" + b"\\n" * (size // 2),
    }
    for name, line in lines.items():
        yield name, head + line[: size - len(head) - len(end)] + end


def mails(size: int) -> Iterator[tuple[str, bytes]]:
    """Mails of about `size` bytes."""
    head = b"From: ann@acme.example\r\n"
    mixed = head + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n"
    calendar = dict(calendars(size - 100))["guests"]
    yield "guests", head + b"Content-Type: text/calendar\r\n\r\n" + calendar
    yield "parts", mixed + b"\r\n--b" * (size // 5)
    yield "almost parts", mixed + (b"\r\n--b" + b" " * 10_000 + b"x") * (size // 10_006)
    yield "nested", b"Content-Type: message/rfc822\r\n\r\n" * (size // 32)


def cost(source: Source, delivery: Delivery) -> tuple[float, float, str]:
    """Seconds of computing, megabytes and what went wrong ("" for nothing) when a fork of this process reads it."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        before, begun = _megabytes(), time.process_time()
        fault = _read(source, delivery)
        told = json.dumps([time.process_time() - begun, _megabytes() - before, fault])
        os.write(writing, told.encode())
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as told_by_child:
        seconds, megabytes, fault = json.load(told_by_child)
    os.waitpid(child, 0)
    return seconds, megabytes, fault


def _read(source: Source, delivery: Delivery) -> str:
    for step in (source.handshake, source.verify, source.parse):
        try:
            step(delivery)
        except DeliveryRejected:
            continue
        except Exception as fault:  # noqa: BLE001 - told to the test, which fails
            return repr(fault)
    return ""


def _megabytes() -> float:
    unit = 1024 if sys.platform == "linux" else 1_048_576
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit


def main() -> None:
    """Print `[kind, name, size, seconds, megabytes, fault]` for every body of every kind."""
    first: dict[str, Sample] = {}
    for sample in load_samples():
        first.setdefault(sample.kind, sample)
    with tempfile.TemporaryDirectory() as folder:
        for kind in KINDS:
            source = described(kind, Path(folder))
            for name, body, headers in bodies(first[kind], source):
                spent = cost(source, Delivery("POST", URL, headers, body, NOW))
                print(json.dumps([kind, name, len(body), *spent]), flush=True)


if __name__ == "__main__":
    main()
