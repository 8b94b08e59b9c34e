"""Whatever JSON a sender sends and whatever a rule says: a plan comes out, always the same one."""

import json
import re
import time
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from planhook.core.condition import OPERATORS, Condition, Group
from planhook.core.condition import Test as One
from planhook.core.filters import FILTERS
from planhook.core.operation import ACTIONS
from planhook.core.plan import Plan, make_plan
from planhook.core.properties import PROPERTIES
from planhook.core.rule import ActionTemplate, Rule
from planhook.core.template import Filter, Placeholder, Template
from tests.core.samples import OWNER, create, deal_event, rule, rules, when

NAMES = ("id", "name", "stage", "at", "list", "0")
TEXTS = st.sampled_from(
    ["", "x", " 12.5 ", "true", "2026-03-29", "2026-10-25T02:30:00+02:00", "9998-12-31", OWNER, "a@b.se", "1e999"]
) | st.text(max_size=20)
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | TEXTS
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(NAMES) | TEXTS, inner, max_size=4),
    max_leaves=12,
)
RECORDS = st.dictionaries(st.sampled_from(NAMES), VALUES, max_size=6)
PATHS = st.builds(
    ".".join,
    st.lists(
        st.sampled_from(("deal", "changes", "payload", "event", "from", "to", "occurred_at", *NAMES)),
        min_size=1,
        max_size=4,
    ),
)


def expectations(operator: str) -> st.SearchStrategy[Any]:
    if operator in ("one_of", "not_one_of"):
        return st.lists(SCALARS, max_size=3)
    if operator == "matches":
        return st.just(re.compile("[a-z]"))
    return SCALARS


TESTS = st.sampled_from(sorted(OPERATORS)).flatmap(
    lambda operator: st.builds(One, PATHS, st.just(operator), expectations(operator))
)
CONDITIONS: st.SearchStrategy[Condition] = st.recursive(
    TESTS,
    lambda inner: st.builds(Group, st.sampled_from(("all", "any", "none")), st.lists(inner, max_size=3)),
    max_leaves=5,
)
ARGUMENTS = SCALARS | st.sampled_from(["owners", "09:00", "%d %b %Y"])
FILTER_USES = st.builds(
    Filter,
    st.sampled_from(sorted(FILTERS)),
    st.lists(ARGUMENTS, max_size=2).map(tuple),
    st.dictionaries(st.sampled_from(("days", "hours", "minutes", "weeks")), st.integers(-5000, 5000), max_size=2),
)
GOOD_FILTERS = st.sampled_from(
    [
        Filter("default", ("x",)),
        Filter("lookup", ("owners",)),
        Filter("plus", (), {"days": 3650, "hours": 1}),
        Filter("minus", (), {"weeks": 3}),
        Filter("business_days", (-20,)),
        Filter("at", ("02:30",)),
        Filter("date", ("%d %b %Y",)),
        Filter("truncate", (3,)),
        Filter("replace", ("a", "")),
        *(Filter(name) for name in FILTERS if not any(each.required for each in FILTERS[name].parameters)),
    ]
)
PLACEHOLDERS = st.builds(Placeholder, PATHS, st.lists(GOOD_FILTERS | FILTER_USES, max_size=3).map(tuple))
TEMPLATES = st.builds(Template, st.just(""), st.lists(TEXTS | PLACEHOLDERS, max_size=3).map(tuple))
FIELD_VALUES = TEMPLATES | SCALARS | st.lists(TEMPLATES, max_size=3) | st.dictionaries(TEXTS, TEMPLATES, max_size=2)
ACTION_TEMPLATES = st.builds(
    ActionTemplate,
    st.sampled_from(ACTIONS),
    TEMPLATES | st.none(),
    st.dictionaries(st.sampled_from([*PROPERTIES, "custom.X", "title"]), FIELD_VALUES, max_size=5),
    st.integers(0, 9),
    st.booleans(),
)
RULES = st.builds(
    Rule,
    st.just("r"),
    st.just("r"),
    st.sampled_from([("deal.*",), ("deal.won",), ("[",)]),
    CONDITIONS | st.none(),
    st.lists(ACTION_TEMPLATES, min_size=1, max_size=2).map(tuple),
)


@given(RULES, RECORDS, RECORDS, VALUES)
def test_every_rule_has_a_decision_for_every_event(one: Rule, deal: Any, changes: Any, payload: Any) -> None:
    rule_set = rules(one, rule(), owners={"x": 1, "default": OWNER})
    event = deal_event(deal=deal, changes=changes, payload=payload)
    plan = make_plan(event, rule_set)
    assert [decision.rule for decision in plan.decisions] == ["r", "A won deal"]
    for decision in plan.decisions:
        assert decision.reasons or isinstance(one.condition, Group)
        assert not (decision.problem and decision.operations)
    assert wire(plan) == wire(make_plan(event, rule_set))


def wire(plan: Plan) -> str:
    """What would be sent, as text: NaN never equals itself, and must not be there anyway."""
    return json.dumps([operation.to_json() for operation in plan.operations], allow_nan=False, sort_keys=True)


@given(CONDITIONS, RECORDS)
def test_a_condition_and_its_negation_never_agree(condition: Condition, deal: Any) -> None:
    plan = make_plan(deal_event(deal=deal), rules(when(condition), when(Group("none", (condition,)))))
    positive, negative = plan.decisions
    assert positive.matched is not negative.matched


def test_ten_rules_are_planned_in_a_blink() -> None:
    rule_set = rules(*(rule(create(), condition=One("deal.amount", "at_least", 5000)) for _ in range(10)))
    event = deal_event()
    fastest = min(planning_time(event, rule_set) for _ in range(50))
    assert fastest < 0.002


def planning_time(event: Any, rule_set: Any) -> float:
    started = time.perf_counter()
    make_plan(event, rule_set)
    return time.perf_counter() - started
