"""How many examples are tried: few in every run, fifty times as many with HANDRAIL_LONG=1."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, Phase, settings

TIMES = 50 if os.environ.get("HANDRAIL_LONG") else 1


def tried(examples: int) -> settings:
    """Return the settings under which a property is tried on so many examples; a failure prints how to repeat it."""
    return settings(
        max_examples=examples * TIMES,
        deadline=None,
        print_blob=True,
        derandomize=False,
        database=None,
        phases=(Phase.explicit, Phase.generate, Phase.shrink),
        suppress_health_check=list(HealthCheck),
    )
