"""Whatever goes wrong inside a flow, Prefect learns its class and a number and nothing else."""

from __future__ import annotations

import asyncio
import pickle
import traceback
from collections.abc import Callable, Coroutine
from typing import Any

import pytest
from pydantic import BaseModel
from sqlalchemy import create_engine, text

from flows.boundary import Fault, FaultReport, guard

CANARY = "Zebedee Quillfeather"


class Form(BaseModel):
    """Refuses a name with the name in its text."""

    age: int


def raise_plainly() -> None:
    raise ValueError(f"no bed for {CANARY}")


def raise_from_a_cause() -> None:
    try:
        raise_plainly()
    except ValueError as error:
        raise LookupError("no bed") from error


def raise_while_handling() -> None:
    try:
        raise_plainly()
    except ValueError:
        raise KeyError("bed")  # noqa: B904 - the context is the point


def raise_with_a_note() -> None:
    error = ValueError("no bed")
    error.add_note(CANARY)
    raise error


def raise_a_group() -> None:
    raise ExceptionGroup("two faults", [ValueError(CANARY), KeyError(CANARY)])


def raise_a_group_with_a_cancelling() -> None:
    raise BaseExceptionGroup("two faults", [ValueError(CANARY), asyncio.CancelledError()])


def end_the_process() -> None:
    raise SystemExit(CANARY)


def refuse_a_form() -> None:
    Form.model_validate({"age": CANARY})


def fail_in_sql() -> None:
    with create_engine("sqlite://").connect() as connection:
        connection.execute(text("SELECT * FROM nowhere WHERE name = :name"), {"name": CANARY})


def what_prefect_sees(error: BaseException) -> str:
    seen = "".join(traceback.format_exception(error))
    return seen + repr(error) + str(error) + repr(error.args) + repr(vars(error)) + pickle.dumps(error).decode("latin1")


def caught_from(function: Callable[[], Coroutine[Any, Any, object]]) -> BaseException:
    try:
        asyncio.run(function())
    except BaseException as error:  # noqa: BLE001 - the test looks at whatever comes
        return error
    pytest.fail("nothing was raised")


FAULTS = [
    raise_plainly,
    raise_from_a_cause,
    raise_while_handling,
    raise_with_a_note,
    raise_a_group,
    raise_a_group_with_a_cancelling,
    end_the_process,
    refuse_a_form,
    fail_in_sql,
]


@pytest.mark.parametrize("fail", FAULTS, ids=lambda fail: fail.__name__)
def test_prefect_sees_only_the_class_and_the_number_and_we_keep_the_whole_text(fail: Callable[[], None]) -> None:
    kept: list[FaultReport] = []

    def record(report: FaultReport) -> int:
        kept.append(report)
        return 42

    @guard(record)
    async def find_a_bed() -> None:
        fail()

    error = caught_from(find_a_bed)

    assert isinstance(error, Fault)
    assert str(error) == f"{kept[0].fault_class}, recorded as fault 42."
    assert error.__cause__ is None
    assert error.__context__ is None
    assert CANARY not in what_prefect_sees(error)
    assert CANARY in kept[0].text
    assert kept[0].where.endswith("find_a_bed")


@pytest.mark.parametrize("fail", FAULTS, ids=lambda fail: fail.__name__)
def test_a_fault_that_cannot_be_recorded_shows_its_class_and_no_more(fail: Callable[[], None]) -> None:
    def record(report: FaultReport) -> int:
        raise OSError(f"cannot write {report.text}")

    @guard(record)
    async def find_a_bed() -> None:
        fail()

    error = caught_from(find_a_bed)

    assert isinstance(error, Fault)
    assert error.number is None
    assert error.__context__ is None
    assert CANARY not in what_prefect_sees(error)


def test_a_fault_that_passes_two_borders_is_recorded_once() -> None:
    kept: list[FaultReport] = []

    def record(report: FaultReport) -> int:
        kept.append(report)
        return len(kept)

    @guard(record)
    async def task() -> None:
        raise_plainly()

    @guard(record)
    async def flow() -> None:
        await task()

    error = caught_from(flow)

    assert isinstance(error, Fault)
    assert (error.fault_class, error.number, len(kept)) == ("ValueError", 1, 1)
    assert error.__context__ is None


def test_a_cancelling_passes_without_the_fault_it_interrupted() -> None:
    @guard(lambda _: 1)
    async def flow() -> None:
        try:
            raise_plainly()
        except ValueError:
            await asyncio.sleep(60)

    async def cancelled() -> None:
        running = asyncio.ensure_future(flow())
        await asyncio.sleep(0.01)
        running.cancel()
        await running

    error = caught_from(cancelled)

    assert isinstance(error, asyncio.CancelledError)
    assert CANARY not in what_prefect_sees(error)


def test_what_succeeds_passes_unchanged_and_records_nothing() -> None:
    kept: list[FaultReport] = []

    def record(report: FaultReport) -> int:
        kept.append(report)
        return 1

    @guard(record)
    async def flow(count: int, *, kind: str) -> str:
        """Count."""
        return f"{count} {kind}"

    assert asyncio.run(flow(2, kind="beds")) == "2 beds"
    assert (flow.__name__, flow.__doc__, kept) == ("flow", "Count.", [])


def test_a_fault_survives_the_way_between_processes() -> None:
    again = pickle.loads(pickle.dumps(Fault("ValueError", 7)))  # noqa: S301 - our own bytes

    assert (again.fault_class, again.number, str(again)) == ("ValueError", 7, str(Fault("ValueError", 7)))
