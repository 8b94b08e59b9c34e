"""A review as Markdown, for the description of a pull request or a comment in it."""

import re
from collections.abc import Iterator

from planhook.authoring.difference import KINDS
from planhook.authoring.nouns import counted
from planhook.authoring.report import Report
from planhook.authoring.review import Review
from planhook.authoring.rule_change import CHANGED, GONE, NEW, RENAMED, SAME_EFFECT, SWITCHED_OFF, SWITCHED_ON

_CODE = re.compile(r"(`[\w.*-]+`)")  # paths and types, as sentences quote them
_SIGNS = re.compile(r"([\\*<`\[\]]|(?<![^\W_])_|_(?![^\W_]))")  # within a word _ is no sign
_MENTION = re.compile(r"(?<!\w)@(?=\w)")
_TITLES = {
    NEW: "New rules",
    SWITCHED_ON: "Rules that are switched on",
    CHANGED: "Changed rules",
    SWITCHED_OFF: "Rules that are switched off",
    GONE: "Rules that are gone",
    RENAMED: "Rules that are renamed or in another file",
    SAME_EFFECT: "Rules that do the same as before",
}


def as_markdown(review: Review, base: str, changed: str, backtest: Report | None, note: str = "") -> str:
    """The whole text; `note` says why there is no backtest."""
    lines = [f"# What the rules do differently in {_text(changed)} than in {_text(base)}", ""]
    if review.is_empty:
        lines += [review.nothing, ""]
    for kind, title in _TITLES.items():
        changes = [change for change in review.rules if change.kind == kind]
        if changes:
            lines += [f"## {title}", ""]
        for change in changes:
            first, *more = change.sentences
            lines.append(f"- **{_text(change.rule)}** ({_text(change.place)}): {_text(first)}")
            lines += [f"  - {_text(told)}" for told in more]
        lines += [""] if changes else []
    if review.others:
        lines += ["## Tables, calendar, sources, order", "", *(f"- {_text(told)}" for told in review.others), ""]
    if review.conflicts:
        lines += ["## What check finds now and did not find before", ""]
        lines += [*(f"- {_text(str(finding))}" for finding in review.conflicts), ""]
    lines += ["## With events that came", "", *(_backtest(backtest) if backtest else [_text(note)])]
    return "\n".join(lines) + "\n"


def _backtest(report: Report) -> Iterator[str]:
    difference = report.difference
    yield f"Of {report.period} ({difference.events:,}): {_text(report.headline)}."
    if by_rule := difference.by_rule():
        yield ""
        yield f"| rule | {' | '.join(KINDS)} |"
        yield "|---|" + "--:|" * len(KINDS)
        for rule, counts in by_rule.items():
            cell = _text(rule).replace("|", r"\|")
            yield f"| {cell} | {' | '.join(f'{counts[kind]:,}' for kind in KINDS)} |"
    for word, problems in (("newly", difference.new_problems), ("no longer", difference.solved_problems)):
        for each in problems:
            yield ""
            stops = f"{word} stops {counted(each.events, 'event')}, as {each.first_event}"
            yield f"{_text(each.rule)} {stops}: {_text(each.problem)}"
    for told in report.unforeseen:
        yield ""
        yield f"Not foreseen: {_text(told)}."


def _text(words: str) -> str:
    """Words of rule files as they are read: none of their signs is Markdown or HTML, but paths stay code."""
    pieces = _CODE.split(" ".join(words.split()))
    return "".join(piece if index % 2 else _escaped(piece) for index, piece in enumerate(pieces))


def _escaped(words: str) -> str:
    # A comment between the sign and the name is not seen, and nobody is called to the review.
    return _MENTION.sub("@<!-- -->", _SIGNS.sub(r"\\\1", words))
