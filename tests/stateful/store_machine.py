"""Real Redis, the real scripts, planner and deliverer, and the sandbox over HTTP, as a machine."""

from collections.abc import Mapping, Sequence
from datetime import timedelta

from hypothesis import assume
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, precondition, rule

from planhook.core.event import milliseconds
from planhook.store.journal import EventUnknown, EventWaiting
from tests.stateful.book import BOOKS, KEYS, Told, told
from tests.stateful.process import FATES
from tests.stateful.records import ENDS, P, Records
from tests.stateful.store_world import StoreWorld
from tests.workers.conftest import START

MOST_ROUNDS = 60
_DISTURBED = st.tuples(st.integers(0, 16), st.sampled_from(FATES))
_BULK = {"method": "PUT", "path": "^/tasks$"}
_SINGLE = {"path": "^/tasks/"}
_LATE: Mapping[str, object] = {**_BULK, "apply_late_ms": 1, "status": 504}
_UNANSWERED = [
    *({**_BULK, "reset": when} for when in ("before_read", "after_read", "after_apply", "mid_answer")),
    *({**_BULK, "invalid_body": body} for body in ("html", "cut", "empty")),
    {**_BULK, "apply_then_status": 502},
    {**_BULK, "apply_items": 1},
    {**_SINGLE, "reset": "after_apply"},
    {**_SINGLE, "reset": "after_read"},
]
_REFUSED = [
    *({**_BULK, "status": status} for status in (400, 401, 404, 429, 500, 503)),
    *({**_BULK, "partial": {key: "Something went wrong"}} for key in KEYS),
    *({**_BULK, "partial": {key: f"sourceId {key} duplicated"}} for key in KEYS),
    {**_SINGLE, "status": 500},
]
_FAULTS = st.one_of(st.just(_LATE), st.sampled_from(_UNANSWERED), st.sampled_from(_REFUSED))


class StoreMachine(StoreWorld):
    """Deliveries, faults, crashes and the passing of time, in any order."""

    @initialize(matches=st.booleans())
    def bulk_writes_find_archived_tasks(self, matches: bool) -> None:
        self.sandbox.behaviour.change({"bulk_matches_archived": matches})

    @rule(requests=st.lists(st.lists(told("x", "y", "z"), min_size=1, max_size=3), min_size=1, max_size=3))
    def accept(self, requests: Sequence[Sequence[Told]]) -> None:
        self.take_in([[one.event() for one in request] for request in requests])

    @rule(told=told("x", "y", "z"))
    def accept_and_plan(self, told: Told) -> None:
        self.take_in([[told.event()]])
        self.workers[0].plan(100)

    @precondition(lambda self: self.told)
    @rule(data=st.data(), told=told("x", "y", "z"), fate=st.sampled_from(["", "cut off before", "cut off after"]))
    def accept_again(self, data: st.DataObject, told: Told, fate: str) -> None:
        known = data.draw(st.sampled_from(sorted(self.told)))
        self.take_in([[self.told[known], told.event()]], fate)

    @rule(worker=st.integers(0, 1), most=st.integers(1, 6), fuse=_DISTURBED)
    def plan_disturbed(self, worker: int, most: int, fuse: tuple[int, str]) -> None:
        self.workers[worker].redis.light(*fuse)
        self.workers[worker].plan(most)
        self.bury_dead(worker)

    @rule(worker=st.integers(0, 1), fault=st.one_of(st.none(), _FAULTS))
    def deliver(self, worker: int, fault: Mapping[str, object] | None) -> None:
        self.redis.delete(f"{P}pause")
        if fault:
            self.sandbox.faults.add(fault)
        self.workers[worker].deliver(self.is_paused)
        self.sandbox.faults.clear()
        self.bury_dead(worker)

    @rule(told=told("x", "y", "z"))
    def a_write_is_late(self, told: Told) -> None:
        self.accept_and_plan(told)
        self.deliver(0, _LATE)
        self.make_due("due")

    @rule(worker=st.integers(0, 1), fuse=_DISTURBED, fault=st.one_of(st.none(), _FAULTS))
    def deliver_disturbed(self, worker: int, fuse: tuple[int, str], fault: Mapping[str, object] | None) -> None:
        self.workers[worker].redis.light(*fuse)
        self.deliver(worker, fault)

    @precondition(lambda self: self.gone)
    @rule()
    def the_supervisor_notices_the_dead(self) -> None:
        for name in self.gone:
            self.inbox.reclaim(name)
            self.workers[0].break_lease_of(name)
        self.gone.clear()

    @rule(what=st.sampled_from(["due", "leases", "held"]))
    def time_passes(self, what: str) -> None:
        if what == "leases":
            self.let_leases_lapse()
        else:
            self.make_due(what)
        self.inbox.sweep()

    @precondition(lambda self: self.sandbox.held)
    @rule(data=st.data())
    def a_late_write_arrives(self, data: st.DataObject) -> None:
        self.sandbox.let_arrive(data.draw(st.integers(0, len(self.sandbox.held) - 1)))

    @rule()
    def no_write_can_arrive_any_more(self) -> None:
        while self.sandbox.held:
            self.sandbox.let_arrive(0)
        self.make_due("watch")

    @rule(version=st.sampled_from(sorted(BOOKS)))
    def change_rules(self, version: str) -> None:
        self.book = version

    @precondition(lambda self: self.told)
    @rule(data=st.data())
    def replay(self, data: st.DataObject) -> None:
        event_id = data.draw(st.sampled_from(sorted(self.told)))
        before = Records.read(self.redis)
        fields = before.events.get(event_id, {})
        try:
            self.journal.replay(event_id)
        except EventWaiting:
            assert fields["s"] == "waiting"
        except EventUnknown:
            assert "b" not in fields
        else:
            assert fields["s"] in ENDS
            self.open.add((event_id, int(fields["n"]) + 1))

    @rule(until=st.integers(0, 40), ids=st.booleans())
    def purge(self, until: int, ids: bool) -> None:
        before = Records.read(self.redis)
        limit = milliseconds(START + timedelta(seconds=until))
        self.inbox.purge(limit, limit if ids else 0, 0)
        after = Records.read(self.redis)
        for event_id, fields in before.events.items():
            is_old = fields["s"] in ENDS and int(fields["t"]) <= limit
            assert (event_id in after.events) == (not (is_old and ids))
            if is_old:
                assert "b" not in after.events.get(event_id, {})
            if event_id not in after.events:
                self.forgotten[fields["s"]] += 1
                del self.remembered[event_id]

    @rule(key=st.sampled_from(KEYS))
    def somebody_deletes_the_task(self, key: str) -> None:
        task = self.sandbox.tasks.by_source(key)
        assume(task is not None)
        assert task is not None
        self.sandbox.tasks.delete(task)
        self.spoilt.add(key)

    @invariant()
    def everything_fits_together(self) -> None:
        records = Records.read(self.redis)
        records.check(self.forgotten)
        assert records.events.keys() == self.remembered.keys()
        assert records.stats.get("duplicates", 0) == self.duplicates
        assert not self.sandbox.tasks.shared_source_ids()
        self.observe(records)

    def teardown(self) -> None:
        """All is quiet: Planhat has what the model says, and every event ended accordingly."""
        try:
            self.settle_down()
            said = [one for attempt, book in self.judged.items() for one in self.sayings_of(attempt, book)]
            for key in KEYS:
                if key not in self.spoilt:
                    self.check_end(key, [one for one in said if one.key == key])
        finally:
            self.client.close()

    def settle_down(self) -> None:
        records = Records.read(self.redis)
        for _ in range(MOST_ROUNDS):
            self.time_passes("leases")
            self.no_write_can_arrive_any_more()
            self.make_due("due")
            self.workers[0].plan(1000)
            self.deliver(0, None)
            self.everything_fits_together()
            records = Records.read(self.redis)
            if records.quiet():
                return
        raise AssertionError(f"not quiet after {MOST_ROUNDS} rounds: {records}")
