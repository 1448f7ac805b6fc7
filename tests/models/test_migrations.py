"""The tables come into being, once, whoever asks."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import Engine, inspect, text

from models.database import open_engine
from models.migrations import TablesNewer, _config, current, newest, upgrade
from pathways.case import Case, Done, FollowUp, Question, Visit
from pathways.case_json import to_json


def test_an_empty_database_gets_the_newest_form(empty_database_url: str) -> None:
    engine = open_engine(empty_database_url)

    assert current(engine) is None
    assert upgrade(engine) == newest() == current(engine)

    engine.dispose()


def test_two_who_upgrade_at_once_take_turns(empty_database_url: str) -> None:
    engines = [open_engine(empty_database_url) for _ in range(2)]

    with ThreadPoolExecutor(2) as pool:
        reached = list(pool.map(upgrade, engines))

    assert reached == [newest(), newest()]
    for engine in engines:
        engine.dispose()


def test_tables_of_a_newer_release_are_left_alone_and_told(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text("UPDATE handrail.alembic_version SET version_num = '9999'"))

    with pytest.raises(TablesNewer, match="Install the newer release"):
        upgrade(engine)

    assert current(engine) == "9999"


def test_nothing_of_ours_stands_outside_our_schema(engine: Engine) -> None:
    with engine.connect() as connection:
        foreign = connection.scalars(
            text("SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'")
        ).all()

    assert not foreign
    assert "alembic_version" in inspect(engine).get_table_names("handrail")


def test_every_constraint_has_a_name_of_its_own(engine: Engine) -> None:
    with engine.connect() as connection:
        made_up = connection.scalars(
            text(
                "SELECT conname FROM pg_constraint WHERE connamespace = 'handrail'::regnamespace"
                " AND contype <> 'n' AND conname ~ '(_fkey|_pkey|_check|_key)[0-9]*$'"
            )
        ).all()

    assert not made_up


def test_an_error_does_not_show_the_values_of_a_statement(engine: Engine) -> None:
    told = ""
    try:
        with engine.connect() as connection:
            connection.execute(text("SELECT length(:value) / :none"), {"value": "Maria Canary", "none": 0})
    except Exception as error:  # noqa: BLE001 - whatever it is, its text counts
        told = str(error)

    assert "SELECT" in told
    assert "parameters hidden" in told
    assert "Canary" not in told


def test_the_tables_of_places_are_taken_away_as_long_as_nothing_is_in_them(engine: Engine) -> None:
    revise(engine, command.downgrade, "0003")

    assert current(engine) == "0003"


def test_who_slept_where_is_not_thrown_away_by_a_tool(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text("INSERT INTO handrail.projects VALUES ('house', 'room', 'House', 'council')"))

    with pytest.raises(RuntimeError, match="throw away what is in projects"):
        revise(engine, command.downgrade, "0003")

    assert current(engine) == newest()


def test_stored_states_keep_their_meaning_when_instants_become_text(empty_database_url: str) -> None:
    engine = open_engine(empty_database_url)
    revise(engine, command.upgrade, "0003")
    at, later = datetime(2026, 3, 20, 12, tzinfo=UTC), datetime(2026, 3, 21, 9, 0, 0, 5, tzinfo=UTC)
    case = Case(
        "K4-7",
        status="open",
        clock=at,
        wake_at=later,
        referral={"at": 7, "name": "Zoë"},
        tracks={"at": Visit("street", 1, at, 1, "outreach", later)},
        visits={"at": 3},
        follow_ups=(
            FollowUp("daily", "at", "street", at, later, questions=(Question(later, (0,)),), credit=(4, later)),
        ),
        done={"clock": Done(at, 2)},
        facts={"at": ((1, at, 5), (2, later, "x"), (3, later, None))},
    )
    insert_case(engine, to_json(case))

    revise(engine, command.downgrade, "0002")
    before = stored_state(engine)
    revise(engine, command.upgrade, "head")

    assert json.loads(before)["tracks"]["at"]["due_at"] == 1_774_083_600_000_005
    assert json.loads(before)["referral"] == case.referral
    assert stored_state(engine) == to_json(case)
    engine.dispose()


def revise(engine: Engine, go: Callable[[Config, str], None], to: str) -> None:
    with engine.begin() as connection:
        connection.execute(text("CREATE SCHEMA IF NOT EXISTS handrail"))
        go(_config(connection), to)


def insert_case(engine: Engine, state: str) -> None:
    with engine.begin() as connection:
        connection.execute(text("SET LOCAL session_replication_role = replica"))  # rows it refers to do not matter
        connection.execute(
            text(
                "INSERT INTO handrail.cases (reference, publication, referral, state, version, changes, status)"
                " VALUES ('K4-7', 'hash', '{}', :state, 1, 0, 'open')"
            ),
            {"state": state},
        )


def stored_state(engine: Engine) -> str:
    with engine.connect() as connection:
        return str(connection.scalar(text("SELECT state FROM handrail.cases")))
