"""Wake-ups of RQ may get lost, doubled or come late: nothing depends on any one of them."""

from tests.workers.conftest import Pipeline, deal


def lapse(pipeline: Pipeline, name: str) -> None:
    """Let the time pass in which nobody else wakes, because one wake-up is thought to be on its way."""
    left = pipeline.redis.pttl(f"planhook:wake:{name}")
    assert 0 < left <= 5_000
    pipeline.redis.delete(f"planhook:wake:{name}")


def test_a_lost_wake_up_is_made_up_for(pipeline: Pipeline) -> None:
    assert pipeline.accept(deal("deal.created", 0, name="a", amount=1)).wake
    assert not pipeline.inbox.sweep().plan
    lapse(pipeline, "plan")
    assert pipeline.inbox.sweep().plan

    pipeline.planner().drain(lambda: False)
    lapse(pipeline, "deliver")
    assert pipeline.inbox.sweep().deliver


def test_nobody_is_woken_when_nothing_is_to_be_done(pipeline: Pipeline) -> None:
    pipeline.process(deal("deal.created", 0, name="a", amount=1))
    for name in ("plan", "deliver"):
        lapse(pipeline, name)

    assert pipeline.inbox.sweep() == (False, False, False, 0)
