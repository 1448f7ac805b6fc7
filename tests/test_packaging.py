"""What an installation stands on: locks that are whole and fresh, and package names that nobody else takes."""

from __future__ import annotations

import re
import tomllib
from importlib import metadata
from itertools import chain
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import NormalizedName, canonicalize_name
from packaging.version import Version

HOUSE = Path(__file__).parents[1]
PROJECT = tomllib.loads((HOUSE / "pyproject.toml").read_text())["project"]
OURS = ("flows", "handrail", "integrations", "models", "pathways")
PIN = re.compile(r"^(?P<name>[A-Za-z0-9._-]+)==(?P<version>[^ \\;]+)", re.MULTILINE)


LOCKS = {
    "requirements.lock": ("dev", "notify"),
    "requirements-peers.lock": ("dev", "notify", "peers", "mutation"),
}
"""What each lock is made for, besides what everybody needs."""


@pytest.fixture(scope="module", params=LOCKS)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def lock(name: str) -> str:
    return (HOUSE / name).read_text()


@pytest.fixture(scope="module")
def pins(lock: str) -> dict[NormalizedName, Version]:
    return pins_of(lock)


def pins_of(lock: str) -> dict[NormalizedName, Version]:
    return {canonicalize_name(found["name"]): Version(found["version"]) for found in PIN.finditer(lock)}


def wanted(lock: str) -> list[Requirement]:
    groups = (PROJECT["optional-dependencies"][group] for group in LOCKS[lock])
    return [Requirement(text) for text in sorted({*PROJECT["dependencies"], *chain(*groups)})]


def test_a_lock_holds_what_the_project_asks_for(name: str, pins: dict[NormalizedName, Version]) -> None:
    lacking = [
        str(asked)
        for asked in wanted(name)
        if canonicalize_name(asked.name) not in pins
        or not asked.specifier.contains(pins[canonicalize_name(asked.name)], prereleases=True)
    ]

    assert lacking == [], "run `make lock`"


def test_who_measures_has_the_versions_of_everybody_else() -> None:
    all_, peers = (pins_of((HOUSE / name).read_text()) for name in LOCKS)

    assert {name: peers.get(name) for name in all_} == all_
    assert {"dbos", "spiffworkflow", "python-statemachine", "transitions"} <= set(peers) - set(all_)


def test_a_lock_is_whole(pins: dict[NormalizedName, Version]) -> None:
    """Nothing that a locked package needs on this machine is missing: the installer resolves nothing."""
    missing = {
        f"{name} needs {needed.name}"
        for name in pins
        for needed in _needs(name)
        if canonicalize_name(needed.name) not in pins
    }

    assert missing == set()


def test_what_is_installed_is_what_is_locked(pins: dict[NormalizedName, Version]) -> None:
    installed = {canonicalize_name(one.name): Version(one.version) for one in metadata.distributions()}
    others = {
        name: (installed[name], pin) for name, pin in pins.items() if name in installed and installed[name] != pin
    }

    assert others == {}


def test_a_lock_has_hashes_and_names_no_host(lock: str, pins: dict[NormalizedName, Version]) -> None:
    entries = re.split(r"\n(?=[a-z0-9])", lock.strip())

    assert len(entries) == len(pins)
    assert all("--hash=sha256:" in entry for entry in entries)
    assert "://" not in lock
    assert "index" not in [word for line in lock.splitlines() if line.startswith("-") for word in line.split("-")]


@pytest.mark.parametrize("name", OURS)
def test_no_other_distribution_ships_a_package_of_our_name(name: str) -> None:
    owners = {canonicalize_name(owner) for owner in metadata.packages_distributions().get(name, [])}

    assert owners <= {"handrail"}


def test_the_traps_of_plain_package_names_are_shut() -> None:
    assert not (HOUSE / "flows" / "models.py").exists()
    assert list((HOUSE / "tests").rglob("__init__.py")) == []
    assert all(not (HOUSE / name).is_symlink() for name in OURS)


def test_every_bound_from_above_has_its_reason_beside_it() -> None:
    text = (HOUSE / "pyproject.toml").read_text()
    bounded = [line for line in text.splitlines() if re.match(r'\s+"[a-z0-9._\[\],-]+>=.*<', line)]

    assert bounded
    assert [line for line in bounded if "#" not in line] == []


def _needs(name: str) -> list[Requirement]:
    try:
        texts = metadata.requires(name) or []
    except metadata.PackageNotFoundError:  # locked for another platform
        return []
    needs = [Requirement(text) for text in texts]
    return [need for need in needs if need.marker is None or need.marker.evaluate({"extra": ""})]
