"""The 57 people besides Person A: who they are, how far each came, and their stories.

The published account gives totals; how they fall on people is made up. The plans below are laid out so that the
totals come out exactly: 28 rough sleepers housed besides Person A, 15 of them for good, 39 in treatment, and 28
with custodial sentences of 226 months in all.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from handrail.sample import chapters, custody
from handrail.sample.chance import between, pick
from handrail.sample.chapters import Street
from handrail.sample.people import person
from handrail.sample.story import DAY, SampleEvent, Story, at, working_day

Housing = Literal["kept", "lost", "recent", "not_rough", "none"]
END = date(2018, 7, 2)
"""The working day on which the year was reviewed."""


@dataclass(frozen=True, slots=True)
class Group:
    """People who came equally far: how many, the first referral, the days between referrals."""

    housing: Housing
    people: int
    first: date
    every: int
    treated: frozenset[int]
    """Which of them (from 0) entered treatment."""
    sentenced: frozenset[int]
    """Which of them received a custodial sentence."""


GROUPS = (
    Group("kept", 15, date(2017, 6, 6), 12, frozenset(range(13)), frozenset(range(4))),
    Group("lost", 10, date(2017, 6, 14), 21, frozenset(range(8)), frozenset(range(6))),
    Group("recent", 3, date(2018, 2, 27), 25, frozenset((1, 2)), frozenset((0,))),
    Group("not_rough", 4, date(2017, 7, 11), 79, frozenset((0, 1, 2)), frozenset((0,))),
    Group("none", 25, date(2017, 6, 20), 15, frozenset((*range(6), *range(16, 23))), frozenset(range(16))),
)

SENTENCES: dict[Housing, tuple[tuple[int, ...], ...]] = {
    # Months; who has two figures was sentenced twice. Together 226 months, or 18 years 10 months.
    "kept": ((4,), (4,), (4,), (4,)),
    "recent": ((5,),),
    "not_rough": ((5,),),
    "lost": ((5,), (6,), (6,), (6,), (6,), (6,)),
    "none": (
        (7,), (7,), (7,), (8,), (8,), (8,), (9,), (9,), (10,), (10,), (10,), (12,), (12,), (12,), (10, 6), (12, 8),
    ),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Plan:
    """How far one person came."""

    number: int
    place: int
    """Which of the group, from 0."""
    housing: Housing
    referred: date
    treated: bool
    sentences: tuple[int, ...]


def plans() -> Iterator[Plan]:
    """Yield the 57 plans; Person A is number 1."""
    number = 1
    for group in GROUPS:
        sentences = iter(SENTENCES[group.housing])
        for place in range(group.people):
            number += 1
            referred = working_day(group.first + place * group.every * DAY)
            served = next(sentences) if place in group.sentenced else ()
            yield Plan(number, place, group.housing, referred, place in group.treated, served)


def cohort_events() -> Iterator[list[SampleEvent]]:
    """Yield the events of one case after the other, each case in order of occurrence."""
    for plan in plans():
        yield story_of(plan).told()


def story_of(plan: Plan) -> Story:
    who, age = person(plan.number, plan.referred)
    story = Story(f"sample-{plan.number:02}", who)
    activity = pick(("begging", "substance_use", "rough_sleeping", "antisocial"), story.case, "activity")
    chapters.take_on(story, plan.referred, age, activity)
    if not plan.sentences and plan.number % 4 == 0:
        when = at(working_day(plan.referred, 4), "12:30")
        kind = pick(("suspended", "community"), story.case, "sentence")
        story.tell("sentence.passed", when, "crc", kind=kind, months=6)
    match plan.housing:
        case "kept" | "recent":
            _housed(story, plan)
        case "lost":
            _housed_and_lost(story, plan)
        case "not_rough":
            _housed_from_a_sofa(story, plan)
        case "none":
            _without_a_home(story, plan)
    return story


def _housed(story: Story, plan: Plan) -> None:
    """Refuse for a while, serve a sentence if there is one, come in from the street, and stay."""
    moved, hostel = _come_in(story, plan)
    _live_and_recover(story, plan, moved, END, hostel)
    chapters.close(story, END)


def _come_in(story: Story, plan: Plan) -> tuple[date, str]:
    """Return the day on which the person moved into a hostel, and which."""
    back = _refuse_and_serve(story, plan, Street(rough=True))
    # Those of the last months come in too late to have kept their room for ninety days.
    least = 46 if plan.housing == "recent" and not plan.sentences else 8
    accepted = back + between(least, least + 14, story.case, "days of offers") * DAY
    chapters.offer_daily(story, back + DAY, accepted - DAY, Street(rough=True))
    nights = between(6, 12, story.case, "nights")
    hostel = chapters.stay_nsno(story, accepted, nights)
    return accepted + nights * DAY, hostel


def _refuse_and_serve(story: Story, plan: Plan, street: Street) -> date:
    """Serve the sentence, if there is one, after ten days of offers; return the day from which offers go on."""
    if not plan.sentences:
        return plan.referred
    arrested = plan.referred + 10 * DAY
    chapters.offer_daily(story, plan.referred + DAY, arrested - DAY, street)
    released = custody.serve(story, arrested, plan.sentences, END)
    return released if released is not None else END


def _live_and_recover(story: Story, plan: Plan, moved: date, until: date, hostel: str) -> None:
    """Live in the hostel until ``until``, in treatment if so planned, reviewed every four weeks."""
    if not plan.treated:
        chapters.live_in_hostel(story, moved, until, hostel)
        chapters.review_monthly(story, moved, until, hostel)
        return
    agreed = working_day(moved + between(3, 8, story.case, "agreed") * DAY)
    begins = chapters.begin_treatment(story, agreed, "treatment_from_hostel")
    chapters.live_in_hostel(story, moved, begins, hostel)
    chapters.meet_weekly(story, begins, until, "treatment")
    chapters.review_monthly(story, begins, until, "treatment")


def _housed_and_lost(story: Story, plan: Plan) -> None:
    """Come in, stay for some weeks, lose the room, and be offered help again; six go to prison after that."""
    accepted = plan.referred + between(9, 22, story.case, "days of offers") * DAY
    chapters.offer_daily(story, plan.referred + DAY, accepted - DAY, Street(rough=True))
    nights = between(6, 12, story.case, "nights")
    hostel = chapters.stay_nsno(story, accepted, nights)
    moved = accepted + nights * DAY
    lost = moved + between(25, 70, story.case, "weeks housed") * DAY
    _live_and_recover(story, plan, moved, lost, hostel)
    reason = pick(("abandoned", "evicted", "asked_to_leave"), story.case, "lost")
    story.tell("accommodation.changed", at(lost, "10:45"), hostel, status="left", type="hostel", reason=reason)
    chapters.plan(story, lost)
    again = lost + 12 * DAY
    chapters.offer_daily(story, lost + DAY, again - DAY, Street(rough=True))
    back: date | None = again
    if plan.sentences:
        back = custody.serve(story, again, plan.sentences, END)
    if back is not None:
        chapters.offer_daily(story, back + DAY, END - DAY, Street(rough=True))
    chapters.close(story, END)


def _housed_from_a_sofa(story: Story, plan: Plan) -> None:
    """Never seen bedded down: housed, but not one of the rough sleepers who were."""
    street = Street(rough=False)
    back = _refuse_and_serve(story, plan, street)
    accepted = working_day(back + between(9, 20, story.case, "days of offers") * DAY)
    chapters.offer_daily(story, back + DAY, accepted - DAY, street)
    hostel, moved = chapters.move_in_directly(story, accepted)
    _live_and_recover(story, plan, moved, END, hostel)
    chapters.close(story, END)


def _without_a_home(story: Story, plan: Plan) -> None:
    """Offered help to the end, or until something else begins."""
    street = Street(rough=plan.place % 2 == 0)
    day = _enforcement(story, plan, street) if plan.place in LADDER else plan.referred
    match plan.place:
        case 23:
            left = plan.referred + 17 * DAY
            chapters.offer_daily(story, day + DAY, left - DAY, street)
            story.tell("person.moved_away", at(left, "11:00"), "public_health", to="another city")
            return
        case 24:
            died = plan.referred + 9 * DAY
            chapters.offer_daily(story, day + DAY, died - DAY, street)
            story.tell("person.died", at(died, "08:15"), "ambulance")
            return
    back: date | None = day
    if plan.sentences:
        arrested = day + between(11, 24, story.case, "until arrest") * DAY
        chapters.offer_daily(story, day + DAY, arrested - DAY, street)
        if plan.place % 3:
            custody.disperse(story, arrested - DAY)
        back = custody.serve(story, arrested, plan.sentences, END)
    if back is not None:
        _offers_or_treatment(story, plan, back, street)
    chapters.close(story, END)


def _offers_or_treatment(story: Story, plan: Plan, back: date, street: Street) -> None:
    if not plan.treated:
        chapters.offer_daily(story, back + DAY, END - DAY, street)
        return
    agreed = working_day(back + between(9, 20, story.case, "agreed") * DAY)
    begins = working_day(agreed, 2)
    chapters.offer_daily(story, back + DAY, agreed - DAY, street)
    chapters.begin_treatment(story, agreed, "treatment_place")
    dropped = working_day(begins + 40 * DAY)
    leaves = plan.place % 5 == 0 and dropped < END - timedelta(days=7)
    until = dropped if leaves else END
    chapters.meet_weekly(story, begins, until, "treatment")
    chapters.review_monthly(story, begins, until, "treatment")
    if leaves:
        story.tell("treatment.ended", at(dropped, "16:00"), "treatment", reason="dropped_out")
        chapters.plan(story, dropped)
        chapters.offer_daily(story, dropped + DAY, END - DAY, street)


LADDER: dict[int, Literal["not proportionate", "waiting", "warned"]] = {
    6: "not proportionate",
    7: "waiting",
    8: "warned",
    9: "warned",
}
"""Of those without a home, who came before the panel, and what came of it."""


def _enforcement(story: Story, plan: Plan, street: Street) -> date:
    """Bring the case before the panel; return the last day of it."""
    begins = working_day(plan.referred + 5 * DAY)
    chapters.offer_daily(story, plan.referred + DAY, begins - DAY, street)
    considered = custody.behave_badly(story, begins)
    end = LADDER[plan.place]
    stated = custody.consider(story, considered, proportionate=end != "not proportionate")
    if end == "warned":
        custody.decide_on(story, "warned", stated)
        custody.warn(story, stated)
    last = working_day(stated, 2)
    chapters.offer_daily(story, considered + DAY, last, street)
    return last
