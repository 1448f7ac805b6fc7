"""The tables come into being, once, whoever asks."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from sqlalchemy import Engine, inspect, text

from models.database import open_engine
from models.migrations import current, newest, upgrade


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
