"""Wake-up calls: the RQ jobs that make workers look at the inbox, at what is to be delivered and fetched.

A job carries nothing. It may be lost, doubled or late without harm: a sweeper in every worker repeats it
while there is something to do.
"""

from redis import Redis
from rq import Queue
from rq.serializers import JSONSerializer

PLAN_QUEUE, DELIVER_QUEUE, FETCH_QUEUE = "planhook-plan", "planhook-deliver", "planhook-fetch"
PLAN_JOB, DELIVER_JOB = "workers.jobs.plan_events", "workers.jobs.deliver_tasks"
FETCH_JOB = "workers.jobs.fetch_events"
JOBS = frozenset({PLAN_JOB, DELIVER_JOB, FETCH_JOB})

_TIMEOUT = 300  # seconds; a job ends by itself long before


class Wakeups:
    """Enqueues wake-up calls. Raises redis.RedisError when Redis does not take them."""

    def __init__(self, redis: Redis) -> None:
        self._plan = Queue(PLAN_QUEUE, connection=redis, serializer=JSONSerializer)
        self._deliver = Queue(DELIVER_QUEUE, connection=redis, serializer=JSONSerializer)
        self._fetch = Queue(FETCH_QUEUE, connection=redis, serializer=JSONSerializer)

    def plan(self) -> None:
        """Have a worker plan what is in the inbox."""
        _enqueue(self._plan, PLAN_JOB)

    def deliver(self) -> None:
        """Have a worker write to Planhat what differs."""
        _enqueue(self._deliver, DELIVER_JOB)

    def fetch(self) -> None:
        """Have a worker complete the thin events that wait."""
        _enqueue(self._fetch, FETCH_JOB)


def _enqueue(queue: Queue, job: str) -> None:
    queue.enqueue(job, description=job, job_timeout=_TIMEOUT, result_ttl=60, failure_ttl=3600)
