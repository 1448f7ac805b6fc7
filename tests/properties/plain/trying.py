"""How many examples are tried: the same few in every run, fifty times as many, and others, with HANDRAIL_LONG=1.

The same few, so that a change is judged by what it changes and not by the luck of the draw.
"""

from __future__ import annotations

import os

from hypothesis import HealthCheck, Phase, settings

LONG = bool(os.environ.get("HANDRAIL_LONG"))
TIMES = 50 if LONG else 1


def tried(examples: int) -> settings:
    """Return the settings under which a property is tried on so many examples; a failure prints how to repeat it."""
    return settings(
        max_examples=examples * TIMES,
        deadline=None,
        print_blob=True,
        derandomize=not LONG,
        database=None,
        phases=(Phase.explicit, Phase.generate, Phase.shrink),
        suppress_health_check=list(HealthCheck),
    )
