"""What a change of rule files does, told so that nobody has to read the files."""

from pathlib import Path

import pytest

from planhook.authoring.review import Review, review
from planhook.rulebook import Rulebook, load

SHIPPED = Path(__file__).parents[2] / "rules"
RULES = """\
rules:
  - name: Won
    on: deal.won
    if: {deal.amount: {at_least: 5000}}
    then: {create: {sourceId: "d-{{ deal.id }}", companyId: srcid-a, action: "Call {{ deal.name }}", status: Doing}}
    examples: [{given: {deal: {id: D1}}, expect: nothing}]
  - name: Lost
    on: deal.lost
    then: {complete: {sourceId: "d-{{ deal.id }}"}}
tables: {owners: {a: "1", b: "2"}}
calendar: {timezone: Europe/Stockholm, holidays: [2026-12-25]}
sources:
  crm: {kind: json, verify: {scheme: bearer, token: "${T}"}, events: {type: "'deal.won'", deal: {id: a}}}
"""
BIG = "a deal is won and is worth at least 5,000"
TASK = "the task “d-‹the deal's id›”"


@pytest.fixture
def before(tmp_path: Path) -> Rulebook:
    return book(tmp_path, RULES)


def book(folder: Path, text: str) -> Rulebook:
    (folder / "rules.yaml").write_text(text, "utf-8")
    return load(folder, {}, require_env=False)


def changed(folder: Path, *edits: tuple[str, str]) -> Review:
    text = RULES
    for old, new in edits:
        assert old in text
        text = text.replace(old, new)
    return review(book(folder, RULES), book(folder, text))


def told(folder: Path, *edits: tuple[str, str]) -> tuple[str, tuple[str, ...]]:
    """Kind and sentences of the only rule that changed."""
    (change,) = changed(folder, *edits).rules
    return change.kind, change.sentences


def test_the_same_rules_are_no_change() -> None:
    shipped = load(SHIPPED, {}, require_env=False)

    assert review(shipped, load(SHIPPED, {}, require_env=False)).is_empty


def test_lines_that_move_are_no_change(tmp_path: Path) -> None:
    assert changed(tmp_path, ("rules:\n", "# comment\n\nrules:\n"), ("on: deal.won", "on:   deal.won")).is_empty


def test_a_pattern_equals_itself(tmp_path: Path) -> None:
    with_pattern = RULES.replace("{at_least: 5000}", "{matches: '^[1-9]'}")

    assert review(book(tmp_path, with_pattern), book(tmp_path, with_pattern)).is_empty
    assert review(book(tmp_path, with_pattern), book(tmp_path, with_pattern.replace("1-9", "2-9"))).rules


def test_a_new_rule_is_a_sentence(tmp_path: Path) -> None:
    rule = "  - {name: More, on: deal.deleted, then: {cancel: {sourceId: d-x}}}\ntables:"
    kind, (sentence,) = told(tmp_path, ("tables:", rule))

    assert (kind, sentence) == ("new", "When a deal is deleted, cancel the task “d-x”.")


def test_a_rule_that_is_gone_says_what_no_longer_happens(tmp_path: Path) -> None:
    gone = RULES[RULES.index("  - name: Lost") : RULES.index("tables:")]

    assert told(tmp_path, (gone, "")) == ("gone", (f"No longer: When a deal is lost, complete {TASK}.",))


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        (
            "at_least: 5000",
            "at_least: 10000",
            f"It acts when {BIG.replace('5', '10')}; before, when {BIG}.",
        ),
        (
            "    on: deal.won\n",
            "    on: deal.won\n    mode: shadow\n",
            "It goes into shadow: it still decides and is recorded, but writes nothing; before, it was live.",
        ),
        ("Call {{", "Ring {{", f"On {TASK}, the title is “Ring ‹the deal's name›”; before, “Call ‹the deal's name›”."),
        (", status: Doing", "", f"On {TASK}, the status is no longer written; before, “Doing”."),
        (
            ", status: Doing",
            ", status: Doing, activityTags: [a]",
            f"On {TASK}, the tags are newly written: “a”.",
        ),
        (", status", ", type: call, status", f"On {TASK}, type is newly written: “call”."),
    ],
)
def test_a_changed_rule_says_what_differs_and_then_what_it_does(
    tmp_path: Path, old: str, new: str, sentence: str
) -> None:
    kind, (first, last) = told(tmp_path, (old, new))

    assert (kind, first) == ("changed", sentence)
    assert last.startswith("In full: When a deal is won")


def test_actions_that_come_and_go_are_told(tmp_path: Path) -> None:
    _, (new, gone, _) = told(tmp_path, ('complete: {sourceId: "d-{{ deal.id }}"}', "reopen: {sourceId: k}"))

    assert new == "It newly does this: reopen the task “k”."
    assert gone == f"It no longer does this: complete {TASK}."


TWICE = RULES.replace(
    "then: {complete:", "then: [update: {sourceId: k, type: call}, update: {sourceId: k, custom: {A: x}}, complete:"
).replace('"d-{{ deal.id }}"}}\n', '"d-{{ deal.id }}"}]\n')


def test_several_actions_of_one_kind_on_one_task_are_told_apart(tmp_path: Path) -> None:
    before = book(tmp_path, TWICE)

    assert review(before, book(tmp_path, f"# comment\n{TWICE}")).is_empty
    (change,) = review(before, book(tmp_path, TWICE.replace("A: x", "A: y"))).rules
    assert change.sentences[0] == "On the task “k”, A is “y”; before, “x”."
    (change,) = review(before, book(tmp_path, TWICE.replace("update: {sourceId: k, type: call}, ", ""))).rules
    assert change.sentences[0] == "It no longer does this: set, on the task “k”, type to “call”."
    (change,) = review(before, book(tmp_path, TWICE.replace("name: Lost", "name: Gone"))).rules
    assert (change.kind, change.sentences) == ("renamed", ("It was called Lost. What it does stays the same.",))


def test_another_order_of_actions_is_told(tmp_path: Path) -> None:
    one, other = "cancel: {sourceId: k}", "complete: {sourceId: k}"
    texts = [
        RULES.replace('then: {complete: {sourceId: "d-{{ deal.id }}"}}', f"then: [{then}]")
        for then in (f"{one}, {other}", f"{other}, {one}")
    ]
    (change,) = review(book(tmp_path, texts[0]), book(tmp_path, texts[1])).rules

    assert change.sentences[0] == (
        "It acts in another order: complete the task “k”, then cancel the task “k”. "
        "Of two that write one field, the later one wins."
    )


def test_a_rule_that_is_renamed_and_changed_is_told_as_one(tmp_path: Path) -> None:
    kind, (name, title, _) = told(tmp_path, ("name: Won", "name: Sold"), ("Call {{", "Ring {{"))

    assert (kind, name) == ("changed", "It was called Won.")
    assert "before, “Call ‹the deal's name›”" in title


def test_another_policy_for_absent_tasks_is_told(tmp_path: Path) -> None:
    edit = ('complete: {sourceId: "d-{{ deal.id }}"', 'complete: {sourceId: "d-{{ deal.id }}", if_absent: wait')

    assert (
        told(tmp_path, edit)[1][0] == "If there is no such task, it waits until there is one; before, it did nothing."
    )


def test_a_rule_with_another_name_is_the_same_rule(tmp_path: Path) -> None:
    assert told(tmp_path, ("name: Lost", "name: Gone")) == (
        "renamed",
        ("It was called Lost. What it does stays the same.",),
    )


def test_another_name_that_makes_other_tasks_is_warned_of(tmp_path: Path) -> None:
    without_key = RULES.replace('sourceId: "d-{{ deal.id }}", companyId', "companyId")
    (change,) = review(book(tmp_path, without_key), book(tmp_path, without_key.replace("Won", "Sold"))).rules

    assert "it makes new ones" in change.sentences[1]


@pytest.mark.parametrize(
    ("edits", "sentence"),
    [
        ([("{id: D1}", "{id: D2}")], "Only its examples changed. What it does stays the same."),
        (
            [("name: Lost", "name: Lost\n    description: Ends it.")],
            "Only its description changed. What it does stays the same.",
        ),
        (
            [("{id: D1}", "{id: D2}"), ("name: Won", "name: Won\n    description: Starts it.")],
            "Only its examples and its description changed. What it does stays the same.",
        ),
    ],
)
def test_changed_examples_and_descriptions_have_no_effect(
    tmp_path: Path, edits: list[tuple[str, str]], sentence: str
) -> None:
    assert told(tmp_path, *edits) == ("same effect", (sentence,))


def test_comments_alone_are_no_change_and_that_is_said(tmp_path: Path) -> None:
    commented = changed(tmp_path, ("rules:\n", "# comment\n\nrules:\n"))

    assert commented.nothing == "Nothing: only comments, blank lines or the way of writing changed."
    assert changed(tmp_path).nothing == "Nothing: the files are the same."


OFF = ("name: Lost\n", "name: Lost\n    enabled: false\n")
LOSES = f"When a deal is lost, complete {TASK}."


def test_a_rule_that_is_switched_off_says_what_no_longer_happens(tmp_path: Path) -> None:
    assert told(tmp_path, OFF) == (
        "switched off",
        (f"It is switched off (enabled: false), so this no longer happens: {LOSES}",),
    )


def test_a_rule_that_is_switched_off_and_changed_says_both(tmp_path: Path) -> None:
    kind, (off, change) = told(tmp_path, OFF, ("on: deal.lost", "on: deal.deleted"))

    assert (kind, off) == ("switched off", f"It is switched off (enabled: false), so this no longer happens: {LOSES}")
    assert change == "It was changed too: switched on again, it would do this: " + LOSES.replace("lost", "deleted")


def test_a_rule_that_is_switched_off_and_renamed_says_both(tmp_path: Path) -> None:
    kind, (_, name) = told(tmp_path, (OFF[0], OFF[1].replace("Lost", "Gone")))

    assert (kind, name) == ("switched off", "It was called Lost.")


def switched(folder: Path, before: tuple[str, str], *edits: tuple[str, str]) -> tuple[str, tuple[str, ...]]:
    """Kind and sentences of the only change when rules, with `before` done to them, are edited."""
    was = RULES.replace(*before)
    now = was
    for old, new in edits:
        assert old in now
        now = now.replace(old, new)
    (change,) = review(book(folder, was), book(folder, now)).rules
    return change.kind, change.sentences


def test_a_rule_that_is_switched_on_says_what_happens_from_now_on(tmp_path: Path) -> None:
    on = ("    enabled: false\n", "")

    assert switched(tmp_path, OFF, on) == (
        "switched on",
        (f"It is switched on, so this happens from now on: {LOSES}",),
    )
    kind, sentences = switched(tmp_path, OFF, on, ("on: deal.lost", "on: deal.deleted"))
    assert (kind, sentences) == (
        "switched on",
        (
            f"It is switched on, so this happens from now on: {LOSES.replace('lost', 'deleted')}",
            f"It was changed too; as it was, it would do this: {LOSES}",
        ),
    )


def test_what_changes_in_a_rule_that_stays_off_is_told_to_have_no_effect(tmp_path: Path) -> None:
    assert switched(tmp_path, OFF, ("on: deal.lost", "on: deal.deleted")) == (
        "same effect",
        (
            "It stays switched off, so nothing of this happens yet.",
            "It acts when a deal is deleted; before, when a deal is lost.",
            f"In full: {LOSES.replace('lost', 'deleted')}",
        ),
    )
    assert switched(tmp_path, OFF, ("name: Lost", "name: Gone"))[0] == "renamed"


def test_a_rule_that_comes_or_goes_switched_off_is_told_to_do_nothing(tmp_path: Path) -> None:
    rule = "  - {name: More, enabled: false, on: deal.deleted, then: {cancel: {sourceId: d-x}}}\ntables:"

    assert told(tmp_path, ("tables:", rule)) == (
        "new",
        (
            (
                "It is switched off (enabled: false), so nothing of this happens yet: "
                "When a deal is deleted, cancel the task “d-x”."
            ),
        ),
    )
    assert switched(tmp_path, ("tables:", rule), (rule, "tables:")) == (
        "gone",
        ("It was switched off, so nothing that happens changes.",),
    )


@pytest.mark.parametrize(
    ("was", "now", "sentence"),
    [
        ("shadow", "live", "It goes live: it writes what it decides; before, it was in shadow and wrote nothing."),
        (
            "live",
            "{percent: 10}",
            "It is live only for 10 % of the records now, in shadow for all others; before, it was live.",
        ),
        (
            "{percent: 10}",
            "{percent: 50}",
            (
                "It is live only for 50 % of the records now, in shadow for all others; "
                "before, it was live only for 10 % of the records."
            ),
        ),
        (
            "{only: {company: [a, b]}}",
            "live",
            "It goes live: it writes what it decides; before, it was live only for the companies a and b.",
        ),
        (
            "shadow",
            "{only: {company: a}}",
            (
                "It is live only for the company a now, in shadow for all others; "
                "before, it was in shadow and wrote nothing."
            ),
        ),
    ],
)
def test_another_mode_is_told_by_what_it_means(tmp_path: Path, was: str, now: str, sentence: str) -> None:
    mode = "    mode: {}\n".format
    kind, (first, *_) = switched(tmp_path, ("on: deal.lost\n", f"on: deal.lost\n{mode(was)}"), (mode(was), mode(now)))

    assert (kind, first) == ("changed", sentence)


def test_a_rule_that_moves_to_another_file_does_the_same(tmp_path: Path) -> None:
    start = RULES.index("  - name: Lost")
    lost = RULES[start : RULES.index("tables:")]
    before = book(tmp_path, RULES)
    (tmp_path / "s.yaml").write_text(f"rules:\n{lost}", "utf-8")
    made = review(before, book(tmp_path, RULES.replace(lost, "")))
    (change,) = made.rules

    assert (change.kind, change.place) == ("renamed", f"{tmp_path / 's.yaml'}:2")
    assert change.sentences == (f"It moved here from {tmp_path / 'rules.yaml'}. What it does stays the same.",)
    assert made.others == ()


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        (
            'a: "1", b: "2"',
            'a: "3", c: "4"',
            "In the table owners, a is “3” instead of “1”; b is gone (it was “2”); c is new (“4”).",
        ),
        ("tables: {", "tables: {more: {x: y}, ", "The table more is new."),
        ("Stockholm", "Berlin", "The time zone is Europe/Berlin instead of Europe/Stockholm."),
        ("2026-12-25]", "2026-12-25, 2026-12-26, 2026-12-31]", "As holiday, 2026-12-26 and 2026-12-31 are new."),
        ("holidays", "weekend: [friday], holidays", "The weekend is Friday."),
        ("holidays", "internal_domains: [a.example], holidays", "As domain of our own, a.example is new."),
        ("deal: {id: a}", "deal: {id: b}", "The source crm is set up otherwise: events.deal.id."),
        ("  crm:", "  crm2:", "The source crm is gone: what it sends gets 404."),
    ],
)
def test_tables_calendar_and_sources_are_told(tmp_path: Path, old: str, new: str, sentence: str) -> None:
    assert sentence in changed(tmp_path, (old, new)).others


def test_sources_that_follow_the_time_zone_of_the_calendar_are_not_set_up_otherwise(tmp_path: Path) -> None:
    source = '  invites: {kind: icalendar, verify: {scheme: bearer, token: "${T}"}}\n'
    with_source = RULES + source
    moved = with_source.replace("Stockholm", "Berlin")
    own = with_source.replace("icalendar", "icalendar, timezone: Europe/Berlin")

    assert review(book(tmp_path, with_source), book(tmp_path, moved)).others == (
        "The time zone is Europe/Berlin instead of Europe/Stockholm.",
    )
    assert review(book(tmp_path, with_source), book(tmp_path, own)).others == (
        "The source invites is set up otherwise: timezone.",
    )


def test_a_new_order_is_told(before: Rulebook, tmp_path: Path) -> None:
    lost = RULES[RULES.index("  - name: Lost") : RULES.index("tables:")]
    after = book(tmp_path, RULES.replace(lost, "").replace("rules:\n", f"rules:\n{lost}"))

    assert review(before, after).others[0].startswith("The order of the rules changed")


def test_findings_that_were_there_before_are_no_conflicts(tmp_path: Path) -> None:
    update = '{update: {sourceId: "d-{{ deal.id }}", status: Later}}'
    extra = f"  - {{name: Also, on: deal.won, if: {{deal.amount: {{at_least: 5000}}}}, then: {update}}}\ntables:"
    first = changed(tmp_path, ("tables:", extra))
    with_extra = RULES.replace("tables:", extra)
    later = review(book(tmp_path, with_extra), book(tmp_path, with_extra.replace("rules:\n", "# moved\nrules:\n")))

    assert any("always wins" in finding.message for finding in first.conflicts)
    assert later.is_empty


def test_a_finding_that_moved_with_its_file_is_no_conflict(tmp_path: Path) -> None:
    (tmp_path / "rules.yaml").write_text(RULES, "utf-8")
    odd = "rules: [{name: Odd, on: deal.won, if: {deal.status: closed}, then: {cancel: {_id: %s}}}]\n"
    odd %= "58e231b14246fc73139f29e8"
    (tmp_path / "odd.yaml").write_text(odd, "utf-8")
    before = load(tmp_path, {}, require_env=False)
    (tmp_path / "odd.yaml").rename(tmp_path / "zodd.yaml")
    after = load(tmp_path, {}, require_env=False)
    (tmp_path / "odd.yaml").write_text(odd.replace("Odd", "More"), "utf-8")
    twice = load(tmp_path, {}, require_env=False)

    assert before.findings
    assert not review(before, after).conflicts
    assert len(review(before, twice).conflicts) == 1


def test_an_example_that_newly_fails_is_a_conflict(tmp_path: Path) -> None:
    (finding,) = changed(
        tmp_path, ("if: {deal.amount: {at_least: 5000}}", "if: {deal.amount: {present: false}}")
    ).conflicts

    assert "this example of 'Won' fails" in finding.message
