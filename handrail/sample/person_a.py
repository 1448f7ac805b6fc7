"""Person A: from the street to a room and a prescription he keeps to, event by event.

What happens follows the published case study; the dates, the agencies and the small things are made up. He
declines everything for five weeks, comes before the panel, takes a bed, comes for it at 16:00 every day, waits
for a room while the hostels are full, moves in, begins treatment again, and is stable though he still uses.
"""

from __future__ import annotations

from datetime import date, datetime

from handrail.sample.story import DAY, SampleEvent, SamplePerson, Story, at, days

CASE = "person-a"
IDENTITY = SamplePerson("Ansel", "Thornby", date(1983, 2, 11), ("Ans",))
AGE = 34
MISSION, HOSTEL = "derby_city_mission", "riverside"

REFERRED = date(2017, 9, 4)
BED_ACCEPTED = date(2017, 10, 11)
MOVED_IN = date(2017, 10, 27)
TREATED_AGAIN = date(2017, 11, 1)
STABLE = date(2018, 1, 23)
REVIEWED = date(2018, 7, 2)

# What he answered to the daily offers that were not plainly declined.
NOT_FOUND = {date(2017, 9, day) for day in (8, 15, 24)} | {date(2017, 10, 2)}
NO_ANSWER = {date(2017, 9, 10), date(2017, 9, 19), date(2017, 10, 6)}
UNFIT = {date(2017, 9, 16), date(2017, 9, 28)}
OFFERS = ("nsno", "treatment", "nsno", "hostel", "other")
REASONS = ("prefers_the_street", "not_now", "distrusts_services")


def person_a_events() -> list[SampleEvent]:
    """Return his story in order of occurrence; it ends with the programme's yearly review."""
    story = Story(CASE, IDENTITY)
    _is_referred(story)
    _declines_everything(story)
    _is_seen(story)
    _comes_before_the_panel(story)
    _takes_a_bed(story)
    _waits_for_a_room(story)
    _lives_in_the_hostel(story)
    _keeps_to_treatment(story)
    _stays_stable(story)
    return story.told()


def _is_referred(story: Story) -> None:
    """Very visible in the city centre; known to a treatment worker, and often off script."""
    fields = {"referred_by": "professional", "risk_to": "both", "activity": "substance_use"}
    story.tell("referral.made", at(REFERRED, "09:20"), "rangers", age=AGE, **fields)
    story.tell("referral.accepted", at(REFERRED, "11:45"), "public_health")
    story.tell("script.changed", at(date(2017, 9, 5), "14:30"), "treatment", status="on")
    check = {"task": "safeguarding_check", "outcome": "concern_raised"}
    story.tell("task.completed", at(date(2017, 9, 5), "15:40"), "adult_social_care", **check)
    story.tell("plan.item", at(date(2017, 9, 6), "14:00"), "public_health", need="treatment")
    housing = {"task": "housing_application", "outcome": "opened"}
    story.tell("task.completed", at(date(2017, 9, 6), "16:10"), "housing", **housing)


def _declines_everything(story: Story) -> None:
    """Offered help every single day; declined, or not there, or not able to answer."""
    for number, day in enumerate(days(REFERRED + DAY, BED_ACCEPTED - DAY)):
        when = at(day, "10:15", minutes=number * 17 % 90)
        offer = OFFERS[number % len(OFFERS)]
        if day in NOT_FOUND:
            story.tell("contact.attempted", when, "outreach", found=False, area="Riverside walk")
        elif day in NO_ANSWER | UNFIT:
            response = "unfit" if day in UNFIT else "no_answer"
            story.tell("offer.made", when, "outreach", offer=offer, response=response, available=True)
        else:
            answer = {"response": "declined", "reason": REASONS[number % len(REASONS)]}
            story.tell("offer.made", when, "outreach", offer=offer, available=True, **answer)


def _is_seen(story: Story) -> None:
    """Bedded down, begging, under the influence; off script; and information for the police the same day."""
    for day in (5, 11, 18, 25):
        bedded = at(date(2017, 9, day), "06:10")
        story.tell("behaviour.seen", bedded, "outreach", kind="rough_sleeping", verified=True, area="Bus station")
    for day, kind in ((6, "begging"), (7, "substance_use"), (12, "begging"), (14, "begging"), (20, "substance_use")):
        story.tell("behaviour.seen", at(date(2017, 9, day), "13:25"), "rangers", kind=kind, area="Market square")
    # Seen at night by somebody whose shift was over, and recorded the next morning.
    night, morning = at(date(2017, 9, 26), "23:35"), at(date(2017, 9, 27), "07:30")
    story.tell_late("behaviour.seen", night, morning, "rangers", kind="begging", area="Station approach")
    for day, status in ((12, "off"), (14, "on"), (21, "off")):
        story.tell("script.changed", at(date(2017, 9, day), "16:30"), "treatment", status=status)
    looked_for = {"task": "re_engage_treatment", "outcome": "declined"}
    story.tell("task.completed", at(date(2017, 9, 22), "12:30"), "treatment", **looked_for)
    heard = at(date(2017, 9, 18), "11:20")
    story.tell("intelligence.received", heard, "rangers", topic="drug_dealing", area="Riverside walk")
    story.tell("intelligence.taken", at(date(2017, 9, 18), "14:05"), "police")


def _comes_before_the_panel(story: Story) -> None:
    """Twice anti-social, and every offer declined: considered. A warning is proposed; the chair does not approve it."""
    for day, clock in ((29, "17:15"), (30, "15:50")):
        seen = at(date(2017, 9, day), clock)
        story.tell("behaviour.seen", seen, "community_protection", kind="antisocial", area="Market square")
    check = {"task": "enforcement_safeguarding_check", "outcome": "concern_raised"}
    story.tell("task.completed", at(date(2017, 10, 3), "10:50"), "adult_social_care", **check)
    statement = {"task": "warning_statement", "outcome": "proportionate"}
    story.tell("task.completed", at(date(2017, 10, 4), "15:00"), "community_protection", **statement)
    proposed = at(date(2017, 10, 4), "15:20")
    role = {"stage": "warned", "role": "proposer"}
    story.decide("gate.proposed", proposed, proposed, "community_protection", "Officer 12", **role)


def _takes_a_bed(story: Story) -> None:
    """Accepts No Second Night Out at last, and comes before 16:00 every day so as to have his bed."""
    accepted = at(BED_ACCEPTED, "10:25")
    story.tell("offer.made", accepted, "outreach", offer="nsno", response="accepted", available=True)
    story.tell("hand_off.accepted", at(BED_ACCEPTED, "12:10"), MISSION, hand_off="nsno_bed")
    for number, day in enumerate(days(BED_ACCEPTED, MOVED_IN - DAY)):
        came = at(day, "15:41", minutes=number * 7 % 16)
        story.tell("bed.presented", came, MISSION, project="No Second Night Out")
    check = {"task": "safeguarding_check", "outcome": "not_met"}
    story.tell("task.completed", at(date(2017, 10, 12), "15:10"), "adult_social_care", **check)


def _waits_for_a_room(story: Story) -> None:
    """Three hostels say no; the blockage is the system's. A room comes free a week later."""
    story.tell("room.requested", at(date(2017, 10, 12), "09:40"), MISSION)
    for day, hostel, reason in (
        (12, "riverside", "full"),
        (13, "derby_homes", "no_suitable_unit"),
        (16, "padley", "full"),
    ):
        declined = at(date(2017, 10, day), "14:20")
        story.tell("hand_off.declined", declined, hostel, hand_off="hostel_room", reason=reason)
    story.tell("room.requested", at(date(2017, 10, 24), "09:30"), MISSION)
    story.tell("hand_off.accepted", at(date(2017, 10, 24), "15:15"), HOSTEL, hand_off="hostel_room")


def _lives_in_the_hostel(story: Story) -> None:
    """A room of his own; and, asked by the treatment worker there, yes to starting again."""
    story.tell("accommodation.changed", at(MOVED_IN, "11:00"), HOSTEL, status="moved_in", type="hostel")
    agreed = at(date(2017, 10, 30), "10:30")
    story.tell("offer.made", agreed, "treatment", offer="treatment", response="accepted", available=True)
    taken = at(date(2017, 10, 31), "09:45")
    story.tell("hand_off.accepted", taken, "treatment", hand_off="treatment_from_hostel")
    story.tell("treatment.started", at(TREATED_AGAIN, "11:00"), "treatment")
    story.tell("script.changed", at(TREATED_AGAIN, "11:30"), "treatment", status="on")


def _keeps_to_treatment(story: Story) -> None:
    """Sessions every week, off script for two days in November, and three reviews that are good on the whole."""
    for day in days(TREATED_AGAIN, STABLE):
        if (day - TREATED_AGAIN + DAY).days % 7 == 0:  # the day before the weekly question
            story.tell("support.session", at(day, "14:00"), "treatment", attended=day != date(2017, 11, 14))
    story.tell("script.changed", at(date(2017, 11, 14), "15:30"), "treatment", status="off")
    story.tell("script.changed", at(date(2017, 11, 16), "10:20"), "treatment", status="on")
    story.tell("behaviour.seen", at(date(2017, 12, 8), "21:10"), "police", kind="substance_use", area="Bus station")
    for day, overall in ((date(2017, 11, 28), "steady"), (date(2017, 12, 22), "improving"), (STABLE, "improving")):
        _review(story, at(day, "15:00"), "treatment", overall)


def _stays_stable(story: Story) -> None:
    """Reviewed by his hostel every four weeks; still uses, not seen begging; then the programme's year ends."""
    for number in range(1, 6):
        _review(story, at(STABLE + number * 28 * DAY, "15:00"), HOSTEL, "steady" if number % 2 else "improving")
    for day in (date(2018, 2, 14), date(2018, 5, 3)):
        story.tell("behaviour.seen", at(day, "20:40"), "rangers", kind="substance_use", area="Riverside walk")
    reason = "The programme's year was reviewed: stable, in his room and on script. He may come back at any time."
    story.tell("case.closed", at(REVIEWED, "10:00"), "public_health", reason=reason)


def _review(story: Story, when: datetime, agency: str, overall: str) -> None:
    better = dict.fromkeys(("visibility", "begging", "engagement", "motivation"), "better")
    grades = {**better, "substance_use": "same", "housing": "same", "overall": overall}
    story.tell("review.completed", when, agency, **grades)
