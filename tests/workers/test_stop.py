"""A process that is told to end, at whatever moment and however often, ends."""

import subprocess
import sys
import time

from workers.stop import StopFlag

# The timer interrupts every step of waiting and of setting, also the handler itself.
STORM = """
import signal, time
from workers.stop import StopFlag

flag, hits = StopFlag(), 0

def told(*_):
    global hits
    hits += 1
    flag.set()

signal.signal(signal.SIGALRM, told)
signal.setitimer(signal.ITIMER_REAL, 0.0003, 0.0003)
end = time.monotonic() + 2
while time.monotonic() < end:
    flag.wait(0.0001)
signal.setitimer(signal.ITIMER_REAL, 0)
print(hits)
"""


def test_a_signal_at_any_moment_of_waiting_and_setting_blocks_nobody() -> None:
    done = subprocess.run([sys.executable, "-c", STORM], capture_output=True, text=True, timeout=30, check=True)

    assert int(done.stdout) > 1_000


def test_waiting_ends_when_it_is_set_or_when_the_time_is_over() -> None:
    flag = StopFlag()
    flag.wait(0.01)
    assert not flag.is_set()
    flag.set()
    began = time.monotonic()
    flag.wait(30.0)
    assert flag.is_set()
    assert time.monotonic() - began < 10
