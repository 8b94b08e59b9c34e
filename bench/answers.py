"""How long senders wait at a given rate, as it is in daily life: nobody waits for the answer before the next request.

An answer is timed from when its request was due, so that a moment in which nothing is answered counts for all
requests that fell into it.
"""

from itertools import product

from bench.figure import Figure, percentile, times
from bench.scale import Scale
from bench.sender import Load, deals, deliveries, send_paced
from bench.system import HOOK, running

_RATES = (100, 200)
_TARGETS = {100: "target ≤ 10 ms"}


def measure(scale: Scale) -> list[Figure]:
    """planhook, whose worker does its share meanwhile, and the bare intake by turns, on kept and new connections."""
    figures = []
    with running(scale.delay_ms) as system, system.web("bench.baseline.intake:create_app()") as bare_port:
        for rate, keeps_alive in product(_RATES, (True, False)):
            ours, bare = (
                _load(port, f"{port}-{rate}-{keeps_alive}", rate, scale.paced_seconds, keeps_alive=keeps_alive)
                for port in (system.port, bare_port)
            )
            how = f"{rate} requests/s, {'kept' if keeps_alive else 'new'} connections"
            figures += _compare(how, ours, bare, _TARGETS.get(rate, ""))
    return figures


def _load(port: int, name: str, rate: int, seconds: int, *, keeps_alive: bool) -> Load:
    count = rate * seconds
    return send_paced(port, deliveries(HOOK, deals(name, count, count)), rate, keeps_alive=keeps_alive)


def _compare(how: str, ours: Load, bare: Load, target: str) -> list[Figure]:
    found = []
    for percent in (50, 99):
        values = [percentile(load.answers, percent) * 1000 for load in (ours, bare)]
        note = f"bare: {values[1]:.1f} ms, {times(*values)}" + (f"; {target}" if target and percent == 99 else "")
        found.append(Figure("answers", f"{how}, p{percent}", values[0], "ms", note))
    return found
