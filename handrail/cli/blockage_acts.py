"""``handrail blockage``: what people do to a blockage that belongs to no one case."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from handrail.cli.errors import WrongUse
from handrail.cli.incident_report import LARGEST_NUMBER
from handrail.cli.output import AsJson, say, say_json
from handrail.cli.store_access import ByOption, opened_store
from handrail.cli.typed_values import typed_date, typed_name

if TYPE_CHECKING:
    from handrail.casework import Speaker, ViewedShared

SHOW_EXAMPLE = "Example: handrail blockage show 17"
DISPUTE_EXAMPLE = (
    'Example: handrail blockage dispute 17 --by riverside --officer "A. Lee" --reason "Two rooms were free"'
)
MERGE_EXAMPLE = 'Example: handrail blockage merge 17 12 --by public_health --officer "A. Lee" --reason "The same works"'
REASSIGN_EXAMPLE = (
    'Example: handrail blockage reassign 17 housing --by public_health --officer "A. Lee" --reason "They own the rooms"'
)
ACT_EXAMPLE = 'Example: handrail blockage act 17 --by housing --officer "A. Lee" --action "More rooms" --due 2026-04-01'
CLOSE_EXAMPLE = (
    'Example: handrail blockage close 17 --by public_health --officer "A. Lee" --reason "It was an error in the log"'
)

blockage = typer.Typer(
    name="blockage",
    help="See a blockage of a service, a step or a rule, and dispute, merge, give away, act on or close it.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
Number = Annotated[str, typer.Argument(help="Its number: 17, or B-17, as handrail report blockages has it.")]
Officer = Annotated[str, typer.Option("--officer", help="The officer who decides.")]
Because = Annotated[str, typer.Option("--reason", help="Why.")]


@blockage.command("show", epilog=SHOW_EXAMPLE)
def show(number: Number, *, as_json: AsJson = False) -> None:
    """Show all that is known of it: since when, its cost, its cases, and what was done about it."""
    from handrail import casework  # noqa: PLC0415 (the store takes time to import)

    with opened_store() as store:
        viewed = casework.view_shared(store, typed_number(number))
    if as_json:
        say_json(_told(viewed))
    else:
        say("\n".join(_lines(viewed)))


@blockage.command("dispute", epilog=DISPUTE_EXAMPLE)
def dispute(number: Number, by: ByOption, officer: Officer, reason: Because, *, as_json: AsJson = False) -> None:
    """Say that it is none. It stays and ages, but does not escalate while it is disputed."""
    from handrail import casework  # noqa: PLC0415 (the store takes time to import)

    which = typed_number(number)
    with opened_store() as store:
        casework.dispute_shared(store, which, _speaker(by, officer), reason)
        _say_done(casework.view_shared(store, which), "is disputed", as_json=as_json)


@blockage.command("merge", epilog=MERGE_EXAMPLE)
def merge(
    number: Number,
    into: Annotated[str, typer.Argument(help="The number of the one that takes it over.")],
    by: ByOption,
    officer: Officer,
    reason: Because,
    *,
    as_json: AsJson = False,
) -> None:
    """Have it be part of another one, which takes over its cases and person-days."""
    from handrail import casework  # noqa: PLC0415 (the store takes time to import)

    which, target = typed_number(number), typed_number(into)
    with opened_store() as store:
        casework.merge_shared(store, which, target, _speaker(by, officer), reason)
        _say_done(casework.view_shared(store, which), f"is part of B-{target}", as_json=as_json)


@blockage.command("reassign", epilog=REASSIGN_EXAMPLE)
def reassign(
    number: Number,
    to: Annotated[str, typer.Argument(help="The agency that is to own it.")],
    by: ByOption,
    officer: Officer,
    reason: Because,
    *,
    as_json: AsJson = False,
) -> None:
    """Have another agency own it; that agency is told."""
    from handrail import casework  # noqa: PLC0415 (the store takes time to import)

    which = typed_number(number)
    with opened_store() as store:
        casework.reassign_shared(store, which, to, _speaker(by, officer), reason)
        viewed = casework.view_shared(store, which)
        _say_done(viewed, f"belongs to {viewed.blockage.owner}", as_json=as_json)


@blockage.command("act", epilog=ACT_EXAMPLE)
def act(
    number: Number,
    by: ByOption,
    officer: Officer,
    action: Annotated[str | None, typer.Option("--action", help="What is being done about it.")] = None,
    due: Annotated[str | None, typer.Option("--due", help="By which day: 2026-04-01.")] = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Say what is being done about it, and by when."""
    from handrail import casework  # noqa: PLC0415 (the store takes time to import)

    which, due_on = typed_number(number), typed_date(due, "--due")
    if action is None and due_on is None:
        raise WrongUse("Nothing was said. Give --action, --due, or both.")
    with opened_store() as store:
        casework.act_on_shared(store, which, _speaker(by, officer), action, due_on)
        _say_done(casework.view_shared(store, which), "is acted on", as_json=as_json)


@blockage.command("close", epilog=CLOSE_EXAMPLE)
def close(number: Number, by: ByOption, officer: Officer, reason: Because, *, as_json: AsJson = False) -> None:
    """Have it be over; what is known by now does not open it again."""
    from handrail import casework  # noqa: PLC0415 (the store takes time to import)

    which = typed_number(number)
    with opened_store() as store:
        casework.close_shared(store, which, _speaker(by, officer), reason)
        _say_done(casework.view_shared(store, which), "is closed", as_json=as_json)


def typed_number(text: str) -> int:
    """Return the number of a blockage.

    Raises:
        WrongUse: it is none.
    """
    digits = text.upper().removeprefix("B-")
    if not (digits.isascii() and digits.isdecimal() and 0 < len(digits) <= len(str(LARGEST_NUMBER))):
        raise WrongUse(f"{text[:40]!r} is not the number of a blockage. Expected 17 or B-17: handrail report blockages")
    return int(digits)


def _speaker(by: str, officer: str) -> Speaker:
    from handrail.casework import Speaker  # noqa: PLC0415 (the store takes time to import)

    return Speaker(by, typed_name(officer, "--officer"))


def _say_done(viewed: ViewedShared, what: str, *, as_json: bool) -> None:
    if as_json:
        say_json(_told(viewed))
    else:
        say(f"{viewed.blockage.reference} {what}.")


def _told(viewed: ViewedShared) -> dict[str, Any]:
    one, zone = viewed.blockage, viewed.rules.pathway.zone
    return {
        "reference": one.reference,
        "pathway": one.pathway,
        "kind": one.kind,
        "blockage": one.name,
        "title": viewed.title,
        "subject": one.subject,
        "reason": one.reason,
        "theme": one.theme,
        "attributable_to": one.attributable_to,
        "owner": one.owner,
        "since": one.since.astimezone(zone).isoformat(timespec="minutes"),
        "person_days": round(one.cost, 1),
        "level": one.level,
        "because": one.because,
        "evidence": dict(one.evidence),
        "disputed": one.disputed,
        "action": one.action,
        "due_on": one.due_on.isoformat() if one.due_on is not None else None,
        "state": one.closed_as or "open",
        "closed_at": one.closed_at.astimezone(zone).isoformat(timespec="minutes") if one.closed_at else None,
        "closed_because": one.closed_because,
        "merged_into": f"B-{one.merged_into}" if one.merged_into is not None else None,
        "cases": list(viewed.cases),
        "acts": [
            {
                "at": done.at.astimezone(zone).isoformat(timespec="minutes"),
                "act": done.act,
                "agency": done.agency,
                "officer": done.officer,
                "because": done.because,
            }
            for done in viewed.acts
        ],
    }


def _lines(viewed: ViewedShared) -> list[str]:
    told = _told(viewed)
    lines = [f"{told['reference']}: {told['title']} ({told['state']})", f"  {told['because']}"]
    shown = ("kind", "subject", "reason", "theme", "attributable_to", "owner", "since", "person_days", "level")
    more = ("disputed", "action", "due_on", "closed_at", "closed_because", "merged_into")
    lines += [f"  {name.replace('_', ' ')}: {told[name]}" for name in (*shown, *more) if told[name] is not None]
    if viewed.cases:
        lines.append(f"  cases: {', '.join(viewed.cases)}")
    lines += [
        f"  {done['at']}  {done['act'].replace('_', ' ')}, {done['officer'] or done['agency']}: {done['because']}"
        for done in told["acts"]
    ]
    return lines
