"""``handrail whatif``: the recent history lived again with more places, fewer rules or quicker turnarounds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import typer

from handrail.cli.errors import WrongUse
from handrail.cli.output import AsJson, say, say_json
from handrail.cli.progress import progress
from handrail.cli.store_access import opened_store
from handrail.cli.typed_values import typed_date

EXAMPLE = "Example: handrail whatif --add-places milestone=2 --from 2026-03-02 --weeks 8"
MOST_PLACES = 500
MOST_DAYS = 365


def whatif(
    add: Annotated[list[str] | None, typer.Option("--add-places", help="project=number; as often as needed.")] = None,
    drop: Annotated[
        list[str] | None, typer.Option("--drop-reason", help="A reason that would keep nobody out any more.")
    ] = None,
    shorten: Annotated[
        list[str] | None,
        typer.Option("--shorten-turnaround", help="project=days: no void would last longer."),
    ] = None,
    first: Annotated[str | None, typer.Option("--from", help="The first day of the change; left out, today.")] = None,
    weeks: Annotated[int, typer.Option("--weeks", min=1, max=52, help="How many weeks are looked at.")] = 8,
    kind: Annotated[
        list[str] | None, typer.Option("--kind", help="Only this kind of places; as often as needed.")
    ] = None,
    seeds: Annotated[
        int, typer.Option("--seeds", min=20, max=10_000, help="How often it is lived: an even number.")
    ] = 200,
    back: Annotated[int, typer.Option("--history", min=4, max=104, help="How many weeks before count as recent.")] = 26,
    pathway: Annotated[str | None, typer.Option("--pathway", help="If several pathways declare places.")] = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Tell how many person-days fewer people would wait, with an interval, and where they would wait next."""
    added = _numbers(add, "--add-places", "milestone=2", MOST_PLACES)
    turnaround = _numbers(shorten, "--shorten-turnaround", "milestone=7", MOST_DAYS)
    begins_on = typed_date(first, "--from")
    if seeds % 2:
        raise WrongUse(f"--seeds {seeds} is odd. Give an even number: two share one drawing of the history.")

    from handrail.cli.whatif_answer import answer_text, answer_told  # noqa: PLC0415 (takes time to import)
    from handrail.whatif.asking import ask  # noqa: PLC0415
    from handrail.whatif.question import Question  # noqa: PLC0415
    from handrail.whatif.reading import Asked, read_recent  # noqa: PLC0415

    with opened_store() as store:
        recent = read_recent(store, Asked(pathway, begins_on, weeks, back))
    kinds = frozenset(kind) if kind else None
    question = Question(recent.begins, weeks, added, frozenset(drop or ()), turnaround, kinds, seeds)
    with progress("Living the weeks", seeds, quiet=as_json, every=1) as advance:
        answer = ask(recent.history, question, advance)
    if as_json:
        say_json(answer_told(answer, recent.begins_on))
    else:
        say(answer_text(answer, recent.begins_on))


def _numbers(given: Sequence[str] | None, option: str, example: str, most: int) -> dict[str, int]:
    """Return ``name=number`` pairs.

    Raises:
        WrongUse: a pair cannot be read, its number is out of range, or a name comes twice.
    """
    numbers: dict[str, int] = {}
    for pair in given or ():
        name, _, value = pair.partition("=")
        if not name or not value.isascii() or not value.isdigit() or not 0 <= int(value[:9]) <= most:
            raise WrongUse(
                f"{option} {pair!r} is not understood. Expected name=number up to {most}, such as {example}."
            )
        if name in numbers:
            raise WrongUse(f"{option} names {name!r} twice. Give each once.")
        numbers[name] = int(value)
    return numbers
