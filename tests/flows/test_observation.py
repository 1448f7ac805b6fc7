"""Only references, codes, counts, amounts and instants pass to Prefect."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import typing
from collections import Counter
from datetime import date, datetime

import pytest
from prefect import Flow, Task

import flows
from flows import observation
from flows.observation import code, reference, told
from handrail.references import make_reference

A_REFERENCE = make_reference(lambda signs: signs[3])

SAFE = (int, date, datetime, date | None, observation.Code, observation.Reference)


@pytest.mark.parametrize("word", ["riverside", "nsno_bed", "hand_off_offered", "support/nsno", "riverside-2"])
def test_declared_words_pass(word: str) -> None:
    assert code(word) == word


@pytest.mark.parametrize(
    "text",
    ["Zebedee", "zebedee quillfeather", "born 1 May", "", "NULL", "a\nb", "o'hara", "x" * 65, "café", "a@b", "7"],
)
def test_what_is_no_declared_word_is_withheld(text: str) -> None:
    assert code(text) == "withheld"


def test_a_reference_passes_with_its_check_sign_and_nothing_else_does() -> None:
    wrong = A_REFERENCE[:-1] + ("B" if A_REFERENCE[-1] != "B" else "C")

    assert reference(A_REFERENCE) == A_REFERENCE
    assert [reference(text) for text in (wrong, A_REFERENCE.lower(), "Zebedee", "", "ANN-BOB-ZOE")] == ["withheld"] * 5


@pytest.mark.parametrize(
    "value",
    [28, "554", "18 years 10 months", "2 days", "2026-03-20", "2026-03-20T16:00:00+00:00", "nsno_bed", A_REFERENCE],
)
def test_figures_and_instants_pass_into_a_table(value: str | int) -> None:
    assert observation._cell(value) == value


@pytest.mark.parametrize("value", ["Zebedee Quillfeather", "2 declined by Zebedee", "cocaine and heroin", "St Peter's"])
def test_free_text_never_reaches_a_table(value: str) -> None:
    assert observation._cell(value) == "withheld"


def test_a_run_is_named_after_what_was_done_most() -> None:
    assert told(Counter(expired=2, offered=28, task_opened=0)) == "28 offered, 2 expired"
    assert told(Counter()) == "nothing due"
    assert told(Counter({"Zebedee": 1})) == "1 withheld"


def everything_prefect_runs() -> list[tuple[str, Flow[..., object] | Task[..., object]]]:
    modules = [importlib.import_module(f"flows.{found.name}") for found in pkgutil.iter_modules(flows.__path__)]
    found = {
        f"{module.__name__}.{name}": value
        for module in modules
        for name, value in vars(module).items()
        if isinstance(value, Flow | Task)
    }
    return sorted(found.items())


@pytest.mark.parametrize("runnable", [pytest.param(value, id=name) for name, value in everything_prefect_runs()])
def test_every_parameter_of_a_flow_or_task_is_a_reference_code_count_or_instant(
    runnable: Flow[..., object] | Task[..., object],
) -> None:
    hints = typing.get_type_hints(inspect.unwrap(runnable.fn), include_extras=True)

    taken = {name: hints[name] for name in inspect.signature(runnable.fn).parameters}

    assert {name: hint for name, hint in taken.items() if hint not in SAFE} == {}


@pytest.mark.parametrize("runnable", [pytest.param(value, id=name) for name, value in everything_prefect_runs()])
def test_every_flow_and_task_stands_behind_the_border_and_returns_nothing(
    runnable: Flow[..., object] | Task[..., object],
) -> None:
    assert runnable.fn.__code__.co_name == "inside_the_border"
    assert typing.get_type_hints(inspect.unwrap(runnable.fn))["return"] is type(None)


def test_all_six_flows_and_both_tasks_are_looked_at() -> None:
    kinds = Counter(type(runnable).__name__ for _, runnable in everything_prefect_runs())

    assert kinds == Counter(Flow=6, Task=2)
