"""The web process. The app is made once, before the worker processes fork.

So wrong settings or rules stop the start with one message, and a worker process that has to be replaced while a
rule file is broken still has the rules of the start.
"""

import gc
import os
import signal

for _number in (signal.SIGTERM, signal.SIGINT):
    # Until gunicorn has its own handlers: nothing is held yet, so a start that is broken off ends well.
    signal.signal(_number, lambda *_: os._exit(0))

from gevent import monkey

monkey.patch_all()  # before anything else is imported: the app is loaded here, not in the workers

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))  # the gunicorn program knows only its own folder yet

from planhook.core.errors import SettingsInvalid
from planhook.settings import Settings

try:
    _settings = Settings.from_env(os.environ)
except SettingsInvalid as fault:
    sys.exit(str(fault))

bind = f"0.0.0.0:{_settings.port}"
workers = _settings.web_concurrency
worker_class = "gevent"  # eight slow senders stop a threaded worker; these served hundreds
worker_connections = 1000
preload_app = True
_memory = Path("/dev/shm")  # noqa: S108 - gunicorn makes its heartbeat file there with a random name
worker_tmp_dir = str(_memory) if _memory.is_dir() else None  # on a slow disk the heartbeat freezes workers

timeout = 30
graceful_timeout = 20  # platforms kill 30 s after SIGTERM
keepalive = 5

limit_request_line = 4094
limit_request_fields = 100
limit_request_field_size = 8190

control_socket_disable = True  # else a socket in the home folder, which may be read-only
accesslog = None  # the service logs one line per delivery
errorlog = "-"
loglevel = _settings.log_level


def when_ready(_server):
    """Take what is loaded by now out of every collection of garbage: a full one would hold up answers for 40 ms."""
    gc.freeze()


def on_exit(_server):
    """Overlook signals from here on: a second SIGTERM must not spoil the exit status."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_IGN)
