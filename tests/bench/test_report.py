"""Figures in documents and drawings."""

import xml.etree.ElementTree as ET

from bench.figure import Figure
from bench.plot import bars
from bench.report import Circumstances, renew

WHERE = Circumstances("2026-01-02T03:04+00:00", 2, "Linux 6", "3.11", {"rq": "2.12"}, 0.5)
FIGURES = [
    Figure("intake", "1 sender: planhook", 900.0, "/s", "0.9 × bare", "Taken in"),
    Figure("intake", "1 sender: bare & plain", 1000.0, "/s", "", "Taken in"),
    Figure("latency", "202", 4.5, "ms"),
]
TEXT = "before\n<!-- figures of intake -->\nold\n<!-- end of figures -->\nafter\n"


def test_only_what_is_between_the_marks_is_rewritten() -> None:
    renewed = renew(TEXT, WHERE, FIGURES)

    assert renewed.startswith("before\n<!-- figures of intake -->\n")
    assert renewed.endswith("<!-- end of figures -->\nafter\n")
    assert "old" not in renewed


def test_a_block_has_the_figures_of_the_scenarios_that_it_names_and_tells_where_they_are_from() -> None:
    renewed = renew(TEXT, WHERE, FIGURES)

    assert "| intake | 1 sender: planhook | 900 /s | 0.9 × bare |" in renewed
    assert "202" not in renewed.replace("2026", "")
    assert "2026-01-02, 2 cores, Linux 6, Python 3.11, rq 2.12" in renewed


def test_rewriting_twice_is_as_good_as_once() -> None:
    renewed = renew(TEXT, WHERE, FIGURES)

    assert renew(renewed, WHERE, FIGURES) == renewed


def test_bars_are_as_long_as_their_figures_and_others_are_left_out() -> None:
    drawing = ET.fromstring(bars(FIGURES))

    widths = [float(bar.get("width", "0")) for bar in drawing.iter("{http://www.w3.org/2000/svg}rect") if bar.get("y")]
    texts = [text.text for text in drawing.iter("{http://www.w3.org/2000/svg}text")]
    assert len(widths) == 2
    assert abs(widths[0] / widths[1] - 0.9) < 0.01
    assert texts == ["Taken in", "planhook", "900 /s", "bare & plain", "1,000 /s"]
