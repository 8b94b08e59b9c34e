"""How long the machines run: `HYPOTHESIS_PROFILE=long` looks for trouble for hours, the default for a minute.

Only the long profile makes a failing story short, which takes minutes. It does so with a story that the other one
found, too: hypothesis keeps it in `.hypothesis` and prints the line that reproduces it.
"""

import os

from hypothesis import HealthCheck, Phase, settings

_FINDING = (Phase.explicit, Phase.reuse, Phase.generate)


def profile(short: int, long: int) -> settings:
    """Settings of a machine with so many examples in the short and in the long profile.

    Raises KeyError for a profile that does not exist.
    """
    examples, steps, phases = {
        "short": (short, 40, _FINDING),
        "long": (long, 80, (*_FINDING, Phase.shrink)),
    }[os.environ.get("HYPOTHESIS_PROFILE", "short")]
    return settings(
        max_examples=examples,
        stateful_step_count=steps,
        phases=phases,
        deadline=None,
        print_blob=True,
        report_multiple_bugs=False,
        suppress_health_check=list(HealthCheck),
    )
