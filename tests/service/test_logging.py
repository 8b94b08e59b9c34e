"""The lines of log that a platform gets."""

import json
import logging

import pytest
import structlog

from planhook.logging import configure


def test_each_line_is_one_json_object_whatever_it_holds(capsys: pytest.CaptureFixture[str]) -> None:
    configure("info", "json")
    structlog.get_logger("service.x").info("came", name='a\r\nb\x1b[31m"ö\u2028')

    out = capsys.readouterr().out
    assert out.count("\n") == 1
    assert not set("\r\x1b\u2028") & set(out)
    line = json.loads(out)
    assert (line["event"], line["level"], line["name"]) == ("came", "info", 'a\r\nb\x1b[31m"ö\u2028')
    assert line["timestamp"].endswith("Z")


def test_lines_below_the_level_are_left_out(capsys: pytest.CaptureFixture[str]) -> None:
    configure("warning", "json")
    log = structlog.get_logger("workers.x")
    log.info("little")
    log.warning("much")

    assert [json.loads(line)["event"] for line in capsys.readouterr().out.splitlines()] == ["much"]


@pytest.mark.parametrize("name", ["rq.worker", "gunicorn.error", "werkzeug", "urllib3"])
def test_libraries_are_heard_from_warnings_on_in_the_same_form(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    configure("debug", "json")
    logging.getLogger(name).info("chatter")
    logging.getLogger(name).warning("trouble with %s", "it")

    (line,) = capsys.readouterr().out.splitlines()
    assert json.loads(line)["event"] == "trouble with it"


def test_an_error_is_logged_with_its_trace_in_the_same_line(capsys: pytest.CaptureFixture[str]) -> None:
    configure("info", "json")
    try:
        raise ValueError("broken")
    except ValueError as error:
        structlog.get_logger("service.x").error("defect", exc_info=error)

    (line,) = capsys.readouterr().out.splitlines()
    assert "ValueError: broken" in json.loads(line)["exception"]


def test_configuring_twice_does_not_double_lines(capsys: pytest.CaptureFixture[str]) -> None:
    configure("info", "json")
    configure("info", "console")
    structlog.get_logger("planhook.x").info("once")

    assert capsys.readouterr().out.count("once") == 1
