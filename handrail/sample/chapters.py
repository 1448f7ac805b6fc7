"""Chapters that many stories share: taken on, offered help every day, a bed, a room, treatment, the end."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from handrail.sample.chance import between, pick, share
from handrail.sample.story import DAY, Story, at, days, working_day

AREAS = ("Market square", "Bus station", "Riverside walk", "Station approach", "Cathedral quarter", "Shopping centre")
REFUSALS = ("not_now", "prefers_the_street", "distrusts_services", "bad_experience", "wants_other_help")
REFERRERS = ("rangers", "police", "outreach", "hope_centre", "padley", "community_protection", "nps", "treatment")
NEEDS = ("housing", "treatment", "mental_health", "physical_health", "money", "courts")
LAST_OF_FOUR = 3
FRESH = timedelta(days=28)
WEEK = timedelta(days=7)
FOUR_WEEKS = timedelta(days=28)

# Shares out of one, of a day's outcome.
FORGOTTEN, NOT_FOUND = 0.03, 0.2
DECLINED, NO_ANSWER = 0.72, 0.9
WAS_FREE = 0.85
SEEN = 0.22

# Shares out of one, of what may happen once or now and then.
CONCERN = 0.1
BED_MISSED, FOUND_AT_NIGHT = 0.3, 0.5
CAME_TO_SESSION = 0.8
PRESCRIBED, MISSED_DOSES = 0.7, 0.4


@dataclass(frozen=True, slots=True)
class Street:
    """How a person is seen on the street: whether bedded down, and what else."""

    rough: bool
    kinds: tuple[str, ...] = ("begging", "substance_use", "begging")


def take_on(story: Story, day: date, age: int, activity: str) -> None:
    """Refer the person on working day ``day`` and have the programme take them on."""
    referrer = pick(REFERRERS, story.case, "referrer")
    risk = pick(("self", "others", "both", "self"), story.case, "risk")
    fields = {"referred_by": "professional", "risk_to": risk, "activity": activity}
    story.tell("referral.made", at(day, "09:10"), referrer, age=age, **fields)
    story.tell("referral.accepted", at(day, "11:30"), "public_health")
    plan(story, day)


def plan(story: Story, day: date) -> None:
    """Do the work that entering "offered support" on ``day`` asks for."""
    safeguard(story, day, day + 7 * DAY)
    need = pick(NEEDS, story.case, "need")
    story.tell("plan.item", at(working_day(day, 2), "14:00"), "public_health", need=need)
    fields = {"task": "housing_application", "outcome": "opened"}
    story.tell("task.completed", at(working_day(day, 2), "15:00"), "housing", **fields)


def safeguard(story: Story, entered: date, until: date) -> None:
    """Complete the safeguarding check of a visit that lasts to ``until``, if one falls due in it."""
    opens = entered if story.safeguarded is None else max(entered, story.safeguarded + FRESH)
    done = working_day(opens, 1)
    if done >= until:
        return
    outcome = "concern_raised" if share(story.case, "concern", done) < CONCERN else "not_met"
    fields = {"task": "safeguarding_check", "outcome": outcome}
    story.tell("task.completed", at(done, "11:00"), "adult_social_care", **fields)
    story.safeguarded = done


def offer_daily(story: Story, first: date, last: date, street: Street) -> None:
    """Look for the person and offer help on every day from ``first`` to ``last``; none of it is accepted."""
    if street.rough and first <= last:
        bedded = at(first, "06:20", minutes=between(0, 60, story.case, "bedded"))
        story.tell("behaviour.seen", bedded, "outreach", kind="rough_sleeping", verified=True, area=_area(story, first))
    for day in days(first, last):
        _offer(story, day)
        if share(story.case, "seen", day) < SEEN:
            when = at(day, "13:00", minutes=between(0, 300, story.case, "when", day))
            kind = pick(street.kinds, story.case, "kind", day)
            story.tell("behaviour.seen", when, "rangers", kind=kind, area=_area(story, day))


def _offer(story: Story, day: date) -> None:
    when = at(day, "10:10", minutes=between(0, 150, story.case, "offer", day))
    luck, answer = share(story.case, "luck", day), share(story.case, "answer", day)
    if luck < FORGOTTEN:
        return
    if luck < NOT_FOUND:
        story.tell("contact.attempted", when, "outreach", found=False, area=_area(story, day))
        return
    offer = pick(("nsno", "nsno", "hostel", "treatment", "other"), story.case, "what", day)
    if answer < DECLINED:
        decline(story, day, offer, free=share(story.case, "free", day) < WAS_FREE)
        return
    response = "no_answer" if answer < NO_ANSWER else "unfit"
    story.tell("offer.made", when, "outreach", offer=offer, response=response, available=True)


def decline(story: Story, day: date, offer: str, *, free: bool = True) -> None:
    """Offer help on ``day`` that the person declines; ``free``: it could have been had."""
    when = at(day, "10:10", minutes=between(0, 150, story.case, "offer", day))
    if not free:
        story.tell("offer.made", when, "outreach", offer=offer, response="declined", available=False)
        return
    reason = pick(REFUSALS, story.case, "reason", day)
    story.tell("offer.made", when, "outreach", offer=offer, response="declined", available=True, reason=reason)


def stay_nsno(story: Story, accepted: date, nights: int) -> str:
    """Accept a bed on ``accepted``, come for it on ``nights`` nights, move into a hostel; return which."""
    mission, riverside = "derby_city_mission", "riverside"
    provider = pick((mission, mission, riverside), story.case, "shelter")
    story.tell("offer.made", at(accepted, "10:20"), "outreach", offer="nsno", response="accepted", available=True)
    if provider == riverside:
        story.tell("hand_off.declined", at(accepted, "11:05"), mission, hand_off="nsno_bed", reason="full")
    story.tell("hand_off.accepted", at(accepted, "11:45"), provider, hand_off="nsno_bed")
    moved = accepted + nights * DAY
    for night, day in enumerate(days(accepted, moved - DAY)):
        missed = night % 4 == LAST_OF_FOUR and share(story.case, "missed", day) < BED_MISSED
        come_for_bed(story, day, provider, came=not missed)
    safeguard(story, accepted, moved)
    hostel = find_room(story, working_day(accepted, 1), provider)
    story.tell("accommodation.changed", at(moved, "11:00"), hostel, status="moved_in", type="hostel")
    return hostel


def come_for_bed(story: Story, day: date, provider: str, *, came: bool) -> None:
    """Come by 16:00 for the night's bed, or do not, and be looked for that evening."""
    if came:
        when = at(day, "15:20", minutes=between(0, 38, story.case, "bed", day))
        story.tell("bed.presented", when, provider, project="No Second Night Out")
        return
    story.tell("bed.missed", at(day, "16:05"), provider, project="No Second Night Out")
    found = share(story.case, "found", day) < FOUND_AT_NIGHT
    story.tell("contact.attempted", at(day, "19:40"), "outreach", found=found, area=_area(story, day))


def find_room(story: Story, asked: date, provider: str) -> str:
    """Ask for a room on working day ``asked``; return the hostel that says yes, within two working days."""
    story.tell("room.requested", at(asked, "09:30"), provider)
    hostels = ("riverside", "derby_homes", "padley")
    chosen = between(0, 2, story.case, "hostel")
    for number, hostel in enumerate(hostels[: chosen + 1]):
        day = working_day(asked, number) if number else asked
        if number == chosen:
            story.tell("hand_off.accepted", at(day, "14:00"), hostel, hand_off="hostel_room")
        else:
            reason = pick(("full", "no_suitable_unit", "needs_too_high"), story.case, "no", hostel)
            story.tell("hand_off.declined", at(day, "13:00"), hostel, hand_off="hostel_room", reason=reason)
    return hostels[chosen]


def move_in_directly(story: Story, accepted: date) -> tuple[str, date]:
    """Accept a hostel room that Housing Options then finds; return the hostel and the day of moving in."""
    story.tell("offer.made", at(accepted, "10:20"), "outreach", offer="hostel", response="accepted", available=True)
    agreed = working_day(accepted, 1)
    story.tell("hand_off.accepted", at(agreed, "10:00"), "housing", hand_off="room_search")
    moved = working_day(agreed, 1)
    hostel = pick(("derby_homes", "padley"), story.case, "direct")
    story.tell("accommodation.changed", at(moved, "11:00"), hostel, status="moved_in", type="supported")
    return hostel, moved


def live_in_hostel(story: Story, moved: date, until: date, hostel: str) -> None:
    """Live in a hostel from ``moved`` to ``until`` (not included), with its sessions, its checks and a plan."""
    meet_weekly(story, moved, until, hostel)
    planned = working_day(moved + 20 * DAY)
    if planned < until:
        owner = "housing" if _came_directly(story) else hostel
        story.tell("task.completed", at(planned, "15:00"), owner, task="move_on_plan", outcome="agreed")
    safeguard(story, moved, until)


def meet_weekly(story: Story, start: date, until: date, agency: str) -> None:
    """Have the weekly session with ``agency``, a day before the question about it."""
    day = start + WEEK - DAY
    while day < until:
        attended = share(story.case, "session", day) < CAME_TO_SESSION
        story.tell("support.session", at(day, "14:00"), agency, attended=attended)
        day += WEEK


def review_monthly(story: Story, start: date, until: date, agency: str) -> list[date]:
    """Review the person every four weeks from ``start``; return the days. Substance use goes on."""
    reviewed: list[date] = []
    day = start + FOUR_WEEKS - DAY
    while day < until:
        overall = "improving" if len(reviewed) % 2 == 0 else "steady"
        better = {name: pick(("better", "better", "same"), story.case, name, day) for name in ("visibility", "begging")}
        others = {name: pick(("better", "same"), story.case, name, day) for name in ("engagement", "motivation")}
        grades = {**better, **others, "substance_use": "same", "housing": "same", "overall": overall}
        story.tell("review.completed", at(day, "15:00"), agency, **grades)
        reviewed.append(day)
        day += FOUR_WEEKS
    return reviewed


def begin_treatment(story: Story, agreed: date, hand_off: str) -> date:
    """Accept treatment on working day ``agreed``; return the day on which it begins, with a prescription for most."""
    story.tell("offer.made", at(agreed, "10:25"), "treatment", offer="treatment", response="accepted", available=True)
    begins = working_day(agreed, 2)
    story.tell("hand_off.accepted", at(working_day(agreed, 1), "10:00"), "treatment", hand_off=hand_off)
    story.tell("treatment.started", at(begins, "11:00"), "treatment")
    if share(story.case, "prescription") < PRESCRIBED:
        story.tell("script.changed", at(begins, "11:30"), "treatment", status="on")
        _miss_doses(story, begins + between(15, 25, story.case, "off") * DAY)
    return begins


def _miss_doses(story: Story, day: date) -> None:
    if share(story.case, "misses") < MISSED_DOSES:
        off = working_day(day)
        story.tell("script.changed", at(off, "12:00"), "treatment", status="off")
        story.tell("script.changed", at(working_day(off, 1), "10:30"), "treatment", status="on")


def close(story: Story, day: date) -> None:
    """Close the case at the year's review; it may be opened again at any time."""
    reason = "The programme's year was reviewed. The person may come back at any time."
    story.tell("case.closed", at(day, "10:00"), "public_health", reason=reason)


def _came_directly(story: Story) -> bool:
    return any(event.fields.get("hand_off") == "room_search" for event in story.events)


def _area(story: Story, day: date) -> str:
    return pick(AREAS, story.case, "area", day)
