"""RQ's worker, made safe to kill, to stop and to run through an outage of Redis.

Stock RQ forks per job, raises out of wherever a SIGTERM finds it, holds its maintenance lock for 15 minutes when
killed inside it, waits up to 405 s for a job, quits on a Redis outage, and runs any function whose name somebody
wrote into Redis.
"""

import time
from collections.abc import Callable
from typing import Any, ClassVar

import structlog
from redis import Redis
from redis.exceptions import RedisError
from rq import Queue, SimpleWorker
from rq.exceptions import StopRequested
from rq.job import Job
from rq.serializers import JSONSerializer

from planhook.wakeup import JOBS

_log = structlog.get_logger("planhook.rq")


class SafeQueue(Queue):
    """A queue whose maintenance lock is short, and whose wait for a job is the only place where a stop is noticed."""

    stop_requested: ClassVar[Callable[[], bool]] = staticmethod(lambda: False)

    def acquire_maintenance_lock(self) -> bool:
        return bool(self.connection.set(self.registry_cleaning_key, 1, nx=True, ex=30))

    @classmethod
    def dequeue_any(cls, *arguments: Any, **options: Any) -> Any:
        if cls.stop_requested():
            raise StopRequested
        return super().dequeue_any(*arguments, **options)


class SafeWorker(SimpleWorker):
    """One queue, no fork, no signals of its own; runs the wake-up jobs and nothing else."""

    queue_class = SafeQueue

    @property
    def dequeue_timeout(self) -> int:
        return 1

    @property
    def connection_timeout(self) -> int:
        return 10

    max_connection_wait_time = 1.0  # seconds; RQ's own minute would be added to every outage

    def _install_signal_handlers(self) -> None:
        """The process has handlers of its own, which only set a flag."""

    def subscribe(self) -> None:
        """No commands by channel: nobody but the platform ends us, and a broken worker would leak the connection."""

    def unsubscribe(self) -> None:
        """There is nothing to unsubscribe from."""

    def check_for_suspension(self, burst: bool) -> None:
        """`rq suspend` is none of ours; waiting in it would outlast a SIGTERM."""

    def execute_job(self, job: Job, queue: Queue) -> None:
        if not _is_ours(job):
            _log.error("foreign_job_refused", job=job.id)
            queue.remove(job)
            job.delete(remove_from_queue=True, delete_dependents=True)
            return
        super().execute_job(job, queue)


def _is_ours(job: Job) -> bool:
    """Whether the job is one of our wake-up calls, with nothing attached that would run something else."""
    try:
        callbacks = (job._success_callback_name, job._failure_callback_name, job._stopped_callback_name)
        return job.func_name in JOBS and not job.args and not job.kwargs and not any(callbacks)
    except Exception as fault:  # noqa: BLE001 - whatever cannot be read was not written by us
        _log.error("unreadable_job", job=job.id, fault=type(fault).__name__)
        return False


def run_worker(queue: str, name: str, open_redis: Callable[[], Redis], stop: Callable[[], bool]) -> None:
    """Run wake-up jobs of one queue until `stop()`; an outage of Redis is waited out.

    Each RQ worker has a client of its own, closed with it: one that broke off may have left anything open.
    """
    SafeQueue.stop_requested = staticmethod(stop)
    while not stop():
        redis = open_redis()
        try:
            worker = SafeWorker(
                [SafeQueue(queue, connection=redis, serializer=JSONSerializer)],
                name=f"{name}-{time.time_ns()}",
                connection=redis,
                serializer=JSONSerializer,
                default_worker_ttl=30,
                maintenance_interval=30,
            )
            worker.log_result_lifespan = False
            worker.work(logging_level="WARNING", with_scheduler=False)
        except (RedisError, OSError) as fault:
            _log.warning("redis_outage", fault=str(fault))
        finally:
            redis.close()
        if not stop():
            time.sleep(1)
