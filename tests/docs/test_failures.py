"""The failure matrix cannot lie: each row is full, and names tests that are there and run."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "failures.md"
SECTIONS = (
    "Processes killed",
    "PostgreSQL and the clock",
    "Prefect",
    "Mail and web servers of the agencies",
    "Two at once",
)
CELLS = 4
SKIPPING = {"skip", "xfail", "skipif"}
NAMED = re.compile(r"`(?P<file>tests/[^`:\s]+\.py)::(?P<test>[A-Za-z_]\w*(?:::[A-Za-z_]\w*)?)(?:\[[^`]*\])?`")
BACKTICKED = re.compile(r"`[^`]*`")


@dataclass(frozen=True)
class Row:
    """A row of a table: the section it stands in, and its cells."""

    section: str
    cells: tuple[str, ...]

    @property
    def place(self) -> str:
        return f"{self.section}: {self.cells[0][:60]!r}" if self.cells else self.section

    @property
    def tests(self) -> list[tuple[str, str]]:
        """The tests that its last cell names, each as a file and a name."""
        return [(found["file"], found["test"]) for found in NAMED.finditer(self.cells[-1])]


def rows_of(page: str) -> Iterator[Row]:
    """Give the rows of all tables, without their heads."""
    section, in_table = "", False
    for line in page.splitlines():
        if line.startswith("## "):
            section = line.removeprefix("## ").strip()
        if not line.startswith("|"):
            in_table = False
        elif re.fullmatch(r"[|\s:-]+", line) and "-" in line:
            in_table = True
        elif in_table:
            yield Row(section, tuple(cell.strip() for cell in line.strip().strip("|").split("|")))


def wrong_with(page: str, root: Path = ROOT) -> list[str]:
    """Return what is wrong with the matrix, each as a sentence."""
    rows = list(rows_of(page))
    filled = {row.section for row in rows}
    found = [f"The section {section!r} has no row." for section in SECTIONS if section not in filled]
    for row in rows:
        found += [f"{row.place} {fault}" for fault in _wrong_with_row(row, root)]
    named = {file for row in rows for file, _ in row.tests}
    modules = sorted(str(path.relative_to(root)) for path in (root / "tests" / "faults").rglob("test_*.py"))
    return found + [f"No row names a test of {module}." for module in modules if module not in named]


def _wrong_with_row(row: Row, root: Path) -> Iterator[str]:
    if len(row.cells) != CELLS or not all(row.cells):
        yield f"has not four full cells, but {len(row.cells)}: {row.cells}."
        return
    if not row.tests:
        yield "names no test in its last cell, as `tests/faults/test_x.py::test_name`."
    for odd in BACKTICKED.findall(row.cells[-1]):
        if NAMED.fullmatch(odd) is None:
            yield f"names {odd}, which has not the form `tests/faults/test_x.py::test_name`."
    marks = {name: _marks(root / name[0], name[1]) for name in row.tests}
    for (file, test), skipping in marks.items():
        if skipping is None:
            yield f"names {file}::{test}, which is not there."
        elif "always" in skipping:
            yield f"names {file}::{test}, which never runs."
    if row.tests and all(skipping != frozenset() for skipping in marks.values()):
        yield "names no test that runs everywhere."


def _marks(file: Path, test: str) -> frozenset[str] | None:
    """Return whether the test is skipped ``always`` or ``sometimes``; None if it is not there."""
    if not file.is_file():
        return None
    module = _parsed(file)
    around: list[ast.AST] = [module]
    for name in test.split("::"):
        inside = [each for each in getattr(around[-1], "body", []) if _is_named(each, name)]
        if not inside:
            return None
        around.append(inside[-1])
    return frozenset(kind for node in around for kind in _skips(node))


@cache
def _parsed(file: Path) -> ast.Module:
    return ast.parse(file.read_text(encoding="utf-8"))


def _is_named(node: ast.AST, name: str) -> bool:
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return node.name == name
    return isinstance(node, ast.Assign) and any(isinstance(at, ast.Name) and at.id == name for at in node.targets)


def _skips(node: ast.AST) -> Iterator[str]:
    """Give how often what stands in ``node`` is skipped: by a mark of its own, or in so many words."""
    for mark in [*getattr(node, "decorator_list", []), *_module_marks(node)]:
        call = mark if isinstance(mark, ast.Call) else None
        target = call.func if call is not None else mark
        if isinstance(target, ast.Attribute) and target.attr in SKIPPING:
            condition = call.args[0] if call is not None and call.args else None
            yield "sometimes" if _can_be_false(condition, target.attr) else "always"
    for statement in getattr(node, "body", []):
        if isinstance(statement, ast.Return):
            return  # what stands behind it is never reached
        if _is_a_skip(statement):
            yield "always"


def _can_be_false(condition: ast.expr | None, mark: str) -> bool:
    """Say whether a mark may leave the test alone; ``skip`` and ``xfail`` may have a reason in its place."""
    if mark == "skip" or condition is None:
        return False
    if mark == "xfail" and isinstance(condition, ast.Constant) and isinstance(condition.value, str):
        return False
    return not (isinstance(condition, ast.Constant) and bool(condition.value))


def _module_marks(node: ast.AST) -> list[ast.expr]:
    marks: list[ast.expr] = []
    for statement in getattr(node, "body", []):
        if isinstance(statement, ast.Assign) and _is_named(statement, "pytestmark"):
            value = statement.value
            marks += value.elts if isinstance(value, ast.List | ast.Tuple) else [value]
    return marks


def _is_a_skip(statement: ast.AST) -> bool:
    if not (isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call)):
        return False
    function = statement.value.func
    return isinstance(function, ast.Attribute) and function.attr in {"skip", "xfail"}


def test_every_row_of_the_failure_matrix_names_tests_that_are_there_and_run() -> None:
    assert wrong_with(PAGE.read_text(encoding="utf-8")) == []


HEAD = "| what breaks | what the system does | what people see | proved by |\n|---|---|---|---|\n"
MODULE = """
import pytest, sys

def test_plain(): ...
@pytest.mark.parametrize("n", [1])
def test_many(n): ...
@pytest.mark.skip(reason="later")
def test_skipped(): ...
@pytest.mark.skipif(True, reason="x")
def test_always_skipped(): ...
@pytest.mark.skipif(sys.platform == "x", reason="x")
def test_sometimes(): ...
@pytest.mark.xfail
def test_not_expected(): ...
def test_gives_up():
    pytest.skip("later")
class TestThing:
    def test_inside(self): ...
"""


def whole_page(last_cell: str, first: str = "| a | b | c |") -> str:
    return "".join(f"## {section}\n\n{HEAD}{first} {last_cell} |\n\n" for section in SECTIONS)


@pytest.fixture
def other_root(tmp_path: Path) -> Path:
    """A tree with one module of tests."""
    (tmp_path / "tests" / "faults").mkdir(parents=True)
    (tmp_path / "tests" / "faults" / "test_x.py").write_text(MODULE)
    return tmp_path


@pytest.mark.parametrize("name", ["test_plain", "test_many", "test_many[1]", "TestThing::test_inside"])
def test_a_full_row_with_a_test_that_runs_is_right(name: str, other_root: Path) -> None:
    assert wrong_with(whole_page(f"`tests/faults/test_x.py::{name}`"), other_root) == []


@pytest.mark.parametrize(
    ("cell", "fault"),
    [
        ("", "has not four full cells"),
        ("soon", "names no test"),
        ("`tests/faults/test_x.py`", "names no test"),
        ("`tests/faults/test_x.py::test_plain`, `test_many`", "has not the form"),
        ("`tests/faults/test_x.py::test_gone`", "is not there"),
        ("`tests/faults/test_gone.py::test_plain`", "is not there"),
        ("`tests/faults/test_x.py::test_skipped`", "never runs"),
        ("`tests/faults/test_x.py::test_always_skipped`", "never runs"),
        ("`tests/faults/test_x.py::test_not_expected`", "never runs"),
        ("`tests/faults/test_x.py::test_gives_up`", "never runs"),
        ("`tests/faults/test_x.py::test_sometimes`", "runs everywhere"),
        ("`tests/faults/test_x.py::test_plain` | one cell more", "has not four full cells"),
    ],
)
def test_a_row_that_is_not_full_or_proves_nothing_is_wrong(cell: str, fault: str, other_root: Path) -> None:
    assert any(fault in told for told in wrong_with(whole_page(cell), other_root))


def test_a_module_of_faults_that_no_row_names_is_wrong(other_root: Path) -> None:
    (other_root / "tests" / "faults" / "deep").mkdir()
    (other_root / "tests" / "faults" / "deep" / "test_y.py").write_text(MODULE)

    assert wrong_with(whole_page("`tests/faults/test_x.py::test_plain`"), other_root) == [
        "No row names a test of tests/faults/deep/test_y.py."
    ]


def test_a_section_without_a_row_is_wrong(other_root: Path) -> None:
    page = whole_page("`tests/faults/test_x.py::test_plain`").replace("## Two at once", "## Something else")

    assert wrong_with(page, other_root) == ["The section 'Two at once' has no row."]
