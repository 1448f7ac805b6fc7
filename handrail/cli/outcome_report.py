"""``handrail report outcomes``: each figure with its window, unit, scope and date."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from handrail.cli.errors import WrongUse
from handrail.cli.output import say, say_json, table
from handrail.cli.typed_values import typed_date

if TYPE_CHECKING:
    from handrail.outcomes import Asked, OutcomeTable
    from handrail.wiring import Store
    from pathways.figures import Figure

COLUMNS = ("measure", "figure", "unit", "from", "to", "scope", "part of")


def asked_for(
    pathway: str | None, as_at: str | None, period: tuple[str | None, str | None], below: int | None
) -> Asked:
    """Return which outcome table was asked for.

    Raises:
        WrongUse: a date is none, or only one end of the period was given.
    """
    from handrail.outcomes import Asked, Period  # noqa: PLC0415 (the store takes time to import)

    first, last = typed_date(period[0], "--from"), typed_date(period[1], "--to")
    if (first is None) != (last is None):
        raise WrongUse("--from and --to belong together. Give both, or neither for each measure's own window.")
    window = Period(first, last) if first is not None and last is not None else None
    return Asked(pathway, typed_date(as_at, "--as-at"), window, below)


def say_outcomes(store: Store, asked: Asked, *, as_json: bool) -> None:
    """Print the table of each pathway that counts anything."""
    from handrail.outcomes import outcome_tables  # noqa: PLC0415 (the store takes time to import)

    found = outcome_tables(store, asked)
    if as_json:
        say_json({"report": "outcomes", "pathways": [_told(one) for one in found]})
        return
    if not found:
        say("No published pathway counts anything: declare 'measures' in its file.")
    for one in found:
        day = one.figures[0].as_at.isoformat() if one.figures else one.as_at.date().isoformat()
        say(f"{one.title}, as at {day}")
        say(
            table(("measure", "figure", "unit", "from", "to", "scope", "part of"), [_row(each) for each in one.figures])
        )


def _row(figure: Figure) -> tuple[object, ...]:
    first, last = figure.window
    part = f"{figure.of} ({figure.share:.0%})" if figure.of and figure.share is not None else figure.of
    return (figure.title, figure.told, figure.unit, first.isoformat(), last.isoformat(), figure.scope, part)


def _told(one: OutcomeTable) -> dict[str, Any]:
    return {
        "pathway": one.pathway,
        "title": one.title,
        "as_at": one.as_at.isoformat(),
        "figures": [
            {
                "name": figure.name,
                "title": figure.title,
                "value": figure.value,
                "told": figure.told,
                "unit": figure.unit,
                "from": figure.window[0].isoformat(),
                "to": figure.window[1].isoformat(),
                "scope": figure.scope,
                "as_at": figure.as_at.isoformat(),
                "of": figure.of,
                "share": figure.share,
                "missing": figure.missing,
                "withheld": figure.withheld,
            }
            for figure in one.figures
        ],
    }
