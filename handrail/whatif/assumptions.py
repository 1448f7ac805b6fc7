"""What an answer rests on, in words and with the counts that it comes from."""

from __future__ import annotations

from collections.abc import Iterator

from handrail.whatif.curves import curve_of
from handrail.whatif.history import BARRED, History, KindHistory, Wait
from handrail.whatif.question import Question
from handrail.whatif.redrawing import LEAST_STAYS


def assumptions(history: History, question: Question) -> tuple[str, ...]:
    """Return the sentences, the common ones first; they name nobody."""
    return (
        *_common(history, question),
        *(sentence for kind in history.kinds.values() for sentence in _of_kind(history, kind)),
        *(sentence for reason in sorted(question.drop_reasons) for sentence in _of_reason(history, reason)),
    )


def _common(history: History, question: Question) -> Iterator[str]:
    day = history.as_at.date().isoformat()
    yield (
        f"The {history.weeks} weeks before {day} are the measure of what comes: each coming week is one of them, drawn "
        "by chance. There is no season and no trend in it."
    )
    yield "Whoever stays or waits now goes on from there; the rules and the order of priority are those in force."
    yield (
        "More places bring nobody more, and nobody stays longer or shorter for it. Providers, staff and everything "
        "outside of these places stay as they are."
    )
    if question.add_places:
        yield "A place that is added is like the commonest of its project, and is there from the first day on."
    if question.turnaround:
        yield "A shorter turnaround ends every void of the project after so many days at most, whatever its cause."


def _of_kind(history: History, kind: KindHistory) -> Iterator[str]:
    title = kind.chart.title
    began = [wait for wait in kind.waits if wait.began > history.since]
    fed = sum(wait.after is not None for wait in began)
    waiting = sum(wait.ended is None for wait in kind.waits)
    yield (
        f"{title}: {_people(len(began))} began to wait, {fed} of them out of another kind of places; {waiting} wait "
        f"now, and {_there(kind)} of {len(kind.beds)} places are taken."
    )
    yield f"{title}: {_lengths(history, kind)}"
    gave_up = sum(wait.ended is not None and not wait.placed for wait in began)
    yield f"{title}: {gave_up} of {len(began)} gave up waiting; people would be as patient as they were."
    yield from _turnarounds(history, kind)
    if kind.lapsed:
        yield f"{title}: {kind.lapsed} holds lapsed because nobody came; as many would, and those people wait again."
    declined = sum(any(rule.name.startswith(BARRED) for rule in wait.needs.fits) for wait in kind.waits)
    if declined:
        yield (
            f"{title}: {_people(declined)} were declined by a provider for a reason of its own or by law; it would "
            "decline them again. What was declined for want of room is not repeated: the places themselves tell."
        )
    if kind.nights is not None:
        yield (
            f"{title}: of {kind.nights.wanted} nights on which somebody wanted a place, {kind.nights.missed} saw them "
            f"not come and {sum(kind.nights.refused.values())} saw them refused at the door; it would be as often."
        )


def _lengths(history: History, kind: KindHistory) -> str:
    mine = [stay for stay in kind.stays if stay.ended is None or stay.ended > history.since]
    ended = kind.ended_since(history.since)
    if ended < LEAST_STAYS and kind.chart.stay_aim is not None:
        return (
            f"only {ended} stays came to an end, too few to tell how long they last: the aim of {kind.chart.stay_aim} "
            "stands in for it, as an average."
        )
    median = curve_of([stay.span(history.since) for stay in mine]).median
    told = "more than half last longer than is known" if median is None else f"half are over after {median:.0f} days"
    moved = sum(stay.moved_to is not None for stay in mine)
    return (
        f"stays last as {len(mine)} did: {ended} came to their own end, {moved} were left for another kind of places "
        f"and {len(mine) - ended - moved} go on; these count as far as they went ({told})."
    )


def _turnarounds(history: History, kind: KindHistory) -> Iterator[str]:
    if kind.chart.nightly is not None:
        return
    voids = [void for void in kind.voids if void.began > history.since]
    if not voids:
        yield f"{kind.chart.title}: no void is recorded, so a place can be had at once when somebody leaves."
        return
    left = sum(stay.ended is not None and stay.ended > history.since for stay in kind.stays)
    median = curve_of([void.span(history.since) for void in kind.voids]).median
    told = "" if median is None else f", half of them for up to {median:.0f} days"
    yield f"{kind.chart.title}: {len(voids)} voids were opened and {left} stays left{told}; it would be as often."


def _of_reason(history: History, reason: str) -> Iterator[str]:
    concerned = sum(_in_its_way(wait, reason) for kind in history.kinds.values() for wait in kind.waits)
    refused = sum(kind.nights.refused.get(reason, 0) for kind in history.kinds.values() if kind.nights is not None)
    nights = f", and {refused} refusals at the door" if refused else ""
    yield f"The reason {reason} concerned {_people(concerned)} of those who waited{nights}; it would concern nobody."


def _in_its_way(wait: Wait, reason: str) -> bool:
    return any(rule.reason == reason for rule in wait.needs.fits)


def _there(kind: KindHistory) -> int:
    return sum(stay.ended is None for stay in kind.stays)


def _people(number: int) -> str:
    return "1 person" if number == 1 else f"{number} people"
