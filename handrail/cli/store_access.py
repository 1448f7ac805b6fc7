"""The case store as the verbs open it: started if need be, reachable, and with tables of this release."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from handrail.cli.errors import FoundWrong
from handrail.cli.output import tell

if TYPE_CHECKING:
    from handrail.wiring import Store

ByOption = Annotated[str, typer.Option("--by", help="The agency that says so.")]
OfficerOption = Annotated[str | None, typer.Option("--officer", help="The officer who speaks for it.")]
AtOption = Annotated[str | None, typer.Option("--at", help="When it happened: 2026-03-21 09:00. Left out, just now.")]
SourceOption = Annotated[str | None, typer.Option("--source", help="The system that this comes from.")]
IdOption = Annotated[str | None, typer.Option("--id", help="Its id there: the same again is answered as before.")]


@contextmanager
def opened_store(*, check_tables: bool = True) -> Iterator[Store]:
    """Give the store that the settings name; the embedded one gets its tables when it has none yet.

    Raises:
        Delayed, Refused: the database does not answer, or does not let this be done.
        FoundWrong, TablesNewer: its tables are not those of this release.
    """
    import psycopg  # noqa: PLC0415 (the store takes time to import)
    from sqlalchemy.exc import SQLAlchemyError  # noqa: PLC0415

    from handrail.settings import Settings  # noqa: PLC0415
    from handrail.store_faults import told  # noqa: PLC0415
    from handrail.wiring import open_store  # noqa: PLC0415

    for library in ("sqlalchemy", "psycopg"):  # what they log of a lost connection is told in a sentence instead
        logging.getLogger(library).addHandler(logging.NullHandler())
    settings = Settings()
    with open_store(settings, _progress()) as store:
        try:
            if check_tables:
                _check_tables(store, embedded=settings.database_url is None)
            yield store
        except (psycopg.Error, SQLAlchemyError) as error:
            ours = told(error)
            if ours is None:
                raise
            raise ours from error


def _progress() -> Callable[[str], None]:
    return tell if sys.stderr.isatty() else lambda _: None


def _check_tables(store: Store, *, embedded: bool) -> None:
    from models.migrations import check_known, current, newest, upgrade  # noqa: PLC0415 (takes time)

    found = current(store.engine)
    if found == newest():
        return
    if found is None and embedded:
        upgrade(store.engine)
        return
    check_known(found)
    state = "has no tables yet" if found is None else f"has tables of form {found}; this release needs {newest()}"
    raise FoundWrong(f"The case store {state}. Run: handrail db upgrade")
