"""The answer of ``handrail whatif``: as text for a person, and as one JSON object."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from datetime import date
from typing import Any

from handrail.cli.output import counted, table
from handrail.whatif.asking import Answer, Blockage, KindAnswer
from handrail.whatif.estimates import CONFIDENCE, Estimate, Interval

INTERVALS = (
    "The interval bounds, at 95 %, what is to be expected, given how little the history tells (percentiles of a "
    "bootstrap over {drawings} drawings of the history, each lived twice, in both worlds by the same people). "
    '"Any such weeks" bounds, besides, what chance makes of one such stretch.'
)


def answer_text(answer: Answer, first: date) -> str:
    """Return the answer with what it assumes beneath; ``first`` is the local date on which the change begins."""
    lines = [
        f"{_change(answer)}, from {first.isoformat()} for {counted(answer.question.weeks, 'week')}:",
        "",
        _days_table(answer),
        "",
        _kinds_table(answer),
        "",
        *_next(answer),
        "",
        INTERVALS.format(drawings=answer.question.seeds // 2),
        "",
        "What this assumes:",
        *(f"- {sentence}" for sentence in answer.assumptions),
    ]
    return "\n".join(lines)


def answer_told(answer: Answer, first: date) -> dict[str, Any]:
    """Return all of the answer as plain values; instants and dates as text, days as numbers."""
    question = answer.question
    return {
        "what": "whatif",
        "as_at": answer.as_at.isoformat(),
        "from": first.isoformat(),
        "weeks": question.weeks,
        "add_places": dict(question.add_places),
        "drop_reasons": sorted(question.drop_reasons),
        "shorten_turnaround": dict(question.turnaround),
        "seeds": question.seeds,
        "confidence": CONFIDENCE,
        "person_days": _estimate(answer.person_days),
        "kinds": [
            {
                "kind": one.kind,
                "title": one.title,
                "nightly": one.nightly,
                "person_days": _estimate(one.person_days),
                "as_is": asdict(one.as_is),
                "changed": asdict(one.changed),
            }
            for one in answer.kinds
        ],
        "next_blockage": asdict(answer.next) if answer.next is not None else None,
        "growing": list(answer.growing),
        "assumptions": list(answer.assumptions),
    }


def _estimate(one: Estimate) -> dict[str, Any]:
    return {
        "as_is": one.as_is,
        "changed": one.changed,
        "fewer": one.fewer,
        "interval": [one.interval.low, one.interval.high],
        "any_such_weeks": [one.range_.low, one.range_.high],
    }


def _change(answer: Answer) -> str:
    question = answer.question
    parts = [f"{counted(number, 'more place')} in {name}" for name, number in question.add_places.items()]
    parts += [f"nobody kept out for {reason}" for reason in sorted(question.drop_reasons)]
    parts += [f"voids of {name} for {counted(days, 'day')} at most" for name, days in question.turnaround.items()]
    text = ", ".join(parts) or "nothing changed"
    return text[0].upper() + text[1:]


def _days_table(answer: Answer) -> str:
    rows = [("person-days waited", *_figures(answer.person_days))] if len(answer.kinds) != 1 else []
    rows += [(f"person-days waited: {one.title}", *_figures(one.person_days)) for one in answer.kinds]
    return table(("", "as is", "changed", "fewer", "95 % interval", "any such weeks"), rows)


def _figures(one: Estimate) -> tuple[object, ...]:
    return round(one.as_is), round(one.changed), round(one.fewer), _bounds(one.interval), _bounds(one.range_)


def _bounds(interval: Interval) -> str:
    return f"{round(interval.low)} to {round(interval.high)}"


def _kinds_table(answer: Answer) -> str:
    rows = [row for one in answer.kinds for row in _sides(one)]
    return table(("", "as is", "changed"), rows)


def _sides(one: KindAnswer) -> Iterator[tuple[str, str, str]]:
    if not one.nightly:
        yield f"{one.title}: median wait", _median(one.as_is.median), _median(one.changed.median)
        yield f"{one.title}: gave up waiting", f"{one.as_is.gave_up:.1f}", f"{one.changed.gave_up:.1f}"
    yield f"{one.title}: given a place", f"{one.as_is.placed:.1f}", f"{one.changed.placed:.1f}"
    for project in one.changed.full:
        yield f"{project}: in use", f"{one.as_is.full.get(project, 0.0):.0%}", f"{one.changed.full[project]:.0%}"


def _median(days: float | None) -> str:
    return "more than half still wait" if days is None else f"{days:.1f} days"


def _next(answer: Answer) -> Iterator[str]:
    yield _where(answer.next) if answer.next is not None else "Hardly anybody would wait any more."
    for name in answer.growing:
        yield f"More people would wait for {next(one.title for one in answer.kinds if one.kind == name)} than now."


def _where(next_: Blockage) -> str:
    full = f" The fullest project is {next_.project}, {next_.full:.0%} in use." if next_.project else ""
    reason = (
        f" While a place is free, {next_.reason} keeps people out for {next_.reason_days:.0f} person-days."
        if next_.reason is not None
        else ""
    )
    return (
        f"The next blockage: {next_.title}, where people would wait {next_.person_days:.0f} person-days.{full}{reason}"
    )
