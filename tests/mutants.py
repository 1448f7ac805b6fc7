"""Mutants of the engine and the clocks: a random sample of them, run by mutmut in a copy of the tree, told by module.

``python tests/mutants.py FOLDER`` makes the copy in FOLDER, which must lie outside the checkout, or goes on with the
one that is there. The seed chooses the sample; without a size every mutant is run, which takes hours.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import re
import shutil
import subprocess
import sys
import tomllib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from difflib import unified_diff
from pathlib import Path

TREE = Path(__file__).parents[1]
NEEDED = ("pyproject.toml", "README.md", "handrail", "integrations", "models", "pathways", "tests")
FIRST = "pathways.pauses.x__later__mutmut_1"
"""Any one mutant: with it mutmut makes them all, and finds out which test reaches which function."""
FEWEST_OF_A_MODULE = 10
CHILDREN = 2
LONGEST = 600.0
"""Seconds for all tests on one mutant."""
KILLED, TIMED_OUT, NOT_COVERED = "killed", "timed out", "not covered"
OUTCOMES: Mapping[int | None, str] = {
    None: "not run",
    0: "survived",
    1: KILLED,
    3: KILLED,
    5: NOT_COVERED,
    33: NOT_COVERED,
}
TOLD = (KILLED, "survived", TIMED_OUT, NOT_COVERED)


def main() -> None:
    asked = _asked()
    folder: Path = asked.folder.resolve()
    if not (folder / "mutants").exists():
        _copy_to(folder)
        _mutmut(folder, [FIRST])
    chosen = asked.mutants or sample(sorted(results(folder)), asked.seed, asked.sample)
    _say(f"Seed {asked.seed}: {len(chosen)} of {len(results(folder))} mutants\n")
    _mutmut(folder, chosen)
    found = {name: outcome for name, outcome in results(folder).items() if name in set(chosen)}
    for name in [name for name, outcome in found.items() if outcome in {"survived", NOT_COVERED}]:
        found[name] = tried_on_all(folder, name)
    _say(table(found))
    for name in sorted(name for name, outcome in found.items() if outcome not in {KILLED, TIMED_OUT}):
        _say(f"\n{name}: {found[name]}\n{change(folder, name)}")


def sample(names: Sequence[str], seed: int, size: int | None) -> list[str]:
    """Return ``size`` names, or all: of every module its share, and ten at least if it has so many."""
    if size is None or size >= len(names):
        return list(names)
    chance = random.Random(seed)  # noqa: S311 - a sample, no secret
    chosen: list[str] = []
    for module in sorted({_module(name) for name in names}):
        own = [name for name in names if _module(name) == module]
        share = max(FEWEST_OF_A_MODULE, round(size * len(own) / len(names)))
        chosen += chance.sample(own, min(share, len(own)))
    return sorted(chosen)


def results(folder: Path) -> dict[str, str]:
    """Return what has come of every mutant so far, by its name."""
    found: dict[str, str] = {}
    for meta in sorted((folder / "mutants/pathways").glob("*.meta")):
        for name, code in json.loads(meta.read_text("utf-8"))["exit_code_by_key"].items():
            found[name] = OUTCOMES.get(code, TIMED_OUT)
    return found


def tried_on_all(folder: Path, name: str) -> str:
    """Return what comes of a mutant when every test of the selection is run on it.

    mutmut runs those that reached the function when it looked. What is reached while a shared fixture is made counts
    for the first test that uses it alone; a pathway is compiled in such fixtures.
    """
    settings = tomllib.loads((folder / "pyproject.toml").read_text("utf-8"))["tool"]["mutmut"]
    tests = [*settings["pytest_add_cli_args"], *settings["pytest_add_cli_args_test_selection"]]
    command = [sys.executable, "-m", "pytest", "-x", "-q", *tests]
    surroundings = os.environ | {"MUTANT_UNDER_TEST": name}
    try:
        done = subprocess.run(
            command, cwd=folder / "mutants", env=surroundings, stdout=subprocess.DEVNULL, timeout=LONGEST, check=False
        )
    except subprocess.TimeoutExpired:
        return TIMED_OUT
    return KILLED if done.returncode else "survived"


def table(found: Mapping[str, str]) -> str:
    """Return the outcomes by module as a table in Markdown, with a last row for all."""
    rows = [f"| module | mutants | {' | '.join(TOLD)} |", f"| --- | {'---: | ' * (len(TOLD) + 1)}".rstrip()]
    for module in sorted({_module(name) for name in found}):
        own = [outcome for name, outcome in found.items() if _module(name) == module]
        rows += [_row(f"`{module}.py`", own)]
    rows.append(_row("all", found.values()))
    return "\n".join(rows) + "\n"


def change(folder: Path, name: str) -> str:
    """Return the lines in which a mutant differs from the function it was made of."""
    module, _, function = name.rpartition(".")
    text = (folder / "mutants" / f"{module.replace('.', '/')}.py").read_text("utf-8")
    original = f"{function.rpartition('__mutmut_')[0]}__mutmut_orig"
    told = unified_diff(_body(text, original), _body(text, function), lineterm="", n=0)
    return "\n".join(line for line in told if not line.startswith(("---", "+++", "@@")))


def _body(text: str, function: str) -> list[str]:
    """Return the lines of a function, without its name."""
    found = re.search(rf"^( *)def {re.escape(function)}\(.*?(?=^\1\S|\Z)", text, re.DOTALL | re.MULTILINE)
    return found.group().replace(function, "").splitlines() if found is not None else []


def _row(named: str, outcomes: Iterable[str]) -> str:
    counts = Counter(outcomes)
    return f"| {named} | {counts.total()} | {' | '.join(str(counts[outcome]) for outcome in TOLD)} |"


def _module(name: str) -> str:
    return name.split(".")[1]


def _copy_to(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for needed in NEEDED:
        source = TREE / needed
        if source.is_dir():
            shutil.copytree(source, folder / needed, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy2(source, folder)


def _mutmut(folder: Path, names: Sequence[str]) -> None:
    mutmut = Path(sys.executable).with_name("mutmut")
    subprocess.run([mutmut, "run", "--max-children", str(CHILDREN), *names], cwd=folder, check=True, stdout=sys.stderr)


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("mutants", nargs="*", help="names of single mutants, to run again after a test was added")
    parser.add_argument("--seed", type=int, default=20261123)
    parser.add_argument("--sample", type=int, default=None, help="how many mutants; all if left out")
    return parser.parse_args()


def _say(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()


if __name__ == "__main__":
    main()
