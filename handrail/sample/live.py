"""Cases that are open today, each with something in its way, so that there is work to look at."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

from handrail.sample import chapters, custody
from handrail.sample.chapters import Street
from handrail.sample.people import person
from handrail.sample.story import DAY, LONDON, SampleEvent, Story, at, days, working_day

FIRST_NUMBER = 70
A_LITTLE = timedelta(minutes=40)


def live_events(today: datetime) -> Iterator[SampleEvent]:
    """Yield what happened in the open cases up to ``today``, case after case."""
    now = today.astimezone(LONDON).replace(tzinfo=None, microsecond=0)
    for number, tell in enumerate(STORIES, FIRST_NUMBER):
        story = Story(f"live-{number - FIRST_NUMBER + 1:02}-{now:%Y%m%d}", None)
        tell(story, number, now)
        yield from (event for event in story.told() if event.occurred_at <= today)


def _taken_on(story: Story, number: int, referred: date) -> None:
    story.person, age = person(number, referred)
    chapters.take_on(story, referred, age, "rough_sleeping")


def _on_the_street(story: Story, number: int, now: datetime, weeks: int, quiet_days: int) -> date:
    """Taken on some weeks ago and offered help until ``quiet_days`` ago; return the last of those days."""
    referred = working_day(now.date() - weeks * chapters.WEEK)
    last = now.date() - quiet_days * DAY
    _taken_on(story, number, referred)
    chapters.offer_daily(story, referred + DAY, last, Street(rough=True, kinds=("begging", "substance_use")))
    return last


def _undecided(story: Story, number: int, now: datetime) -> None:
    """A referral that nobody has decided on for a week."""
    story.person, age = person(number, now.date())
    fields = {"referred_by": "professional", "risk_to": "self", "activity": "begging"}
    story.tell("referral.made", at(now.date() - 7 * DAY, "15:30"), "hope_centre", age=age, **fields)


def _forgotten(story: Story, number: int, now: datetime) -> None:
    """Offered help for two weeks, and then for five days by nobody."""
    _on_the_street(story, number, now, 3, 5)


def _asked_for_a_bed(story: Story, number: int, now: datetime) -> None:
    """A bed accepted within the hour: the offer to the night shelter waits for its answer."""
    _on_the_street(story, number, now, 2, 1)
    when = _a_little_before(now)
    story.tell("offer.made", when, "outreach", offer="nsno", response="accepted", available=True)


def _no_bed(story: Story, number: int, now: datetime) -> None:
    """A bed accepted, and both shelters full."""
    last = _on_the_street(story, number, now, 2, 4)
    accepted = last + DAY
    story.tell("offer.made", at(accepted, "10:20"), "outreach", offer="nsno", response="accepted", available=True)
    for clock, shelter in (("11:10", "derby_city_mission"), ("12:40", "riverside")):
        story.tell("hand_off.declined", at(accepted, clock), shelter, hand_off="nsno_bed", reason="full")
    chapters.offer_daily(story, accepted + DAY, now.date() - DAY, Street(rough=True))


def _no_room(story: Story, number: int, now: datetime) -> None:
    """In a night shelter for nine nights, and three hostels have said no."""
    _asks_for_a_room(story, number, now, 10, ("full", "needs_too_high", "full"))


def _guest(story: Story, number: int, now: datetime) -> None:
    """At No Second Night Out for six nights; every hostel is full."""
    _asks_for_a_room(story, number, now, 7, ("full", "full", "full"))


def _guest_with_a_dog(story: Story, number: int, now: datetime) -> None:
    """The same, with a dog that no hostel has room for."""
    _asks_for_a_room(story, number, now, 7, ("pet", "pet", "full"))
    story.tell("need.stated", at(now.date() - 6 * DAY, "12:00"), "outreach", dog=True)


def _asks_for_a_room(story: Story, number: int, now: datetime, nights: int, reasons: tuple[str, str, str]) -> None:
    """Come for a bed for so many nights, ask for a room, and hear ``reasons`` from the three hostels."""
    last = _on_the_street(story, number, now, 4, nights)
    accepted = last + DAY
    story.tell("offer.made", at(accepted, "10:20"), "outreach", offer="nsno", response="accepted", available=True)
    story.tell("hand_off.accepted", at(accepted, "11:30"), "derby_city_mission", hand_off="nsno_bed")
    for night in days(accepted, now.date() - DAY):
        chapters.come_for_bed(story, night, "derby_city_mission", came=True)
    asked = working_day(accepted, 1)
    story.tell("room.requested", at(asked, "09:30"), "derby_city_mission")
    for later, hostel in enumerate(("riverside", "derby_homes", "padley")):
        when = at(working_day(asked, later) if later else asked, "13:00")
        story.tell("hand_off.declined", when, hostel, hand_off="hostel_room", reason=reasons[later])


def _off_script(story: Story, number: int, now: datetime) -> None:
    """In a hostel, off script for four days, and the fourth week's review is missing."""
    last = _on_the_street(story, number, now, 10, 54)
    hostel = chapters.stay_nsno(story, last + DAY, 8)
    moved = last + 9 * DAY
    chapters.live_in_hostel(story, moved, now.date() - DAY, hostel)
    story.tell("script.changed", at(moved + 9 * DAY, "11:30"), "treatment", status="on")
    story.tell("script.changed", at(now.date() - 5 * DAY, "12:00"), "treatment", status="off")


def _before_the_panel(story: Story, number: int, now: datetime) -> None:
    """A warning proposed, and waiting for the chair."""
    _on_the_street(story, number, now, 3, 11)
    considered = custody.behave_badly(story, now.date() - 10 * DAY)
    stated = custody.consider(story, considered, proportionate=True)
    when = at(stated, "15:30")
    role = {"stage": "warned", "role": "proposer"}
    story.decide("gate.proposed", when, when, "community_protection", custody.PROPOSER, **role)
    chapters.offer_daily(story, considered + DAY, now.date() - DAY, Street(rough=True, kinds=("begging", "antisocial")))


def _in_custody(story: Story, number: int, now: datetime) -> None:
    """In custody for ten days; the clocks stand still, and the release has not been arranged."""
    _on_the_street(story, number, now, 4, 11)
    taken = at(now.date() - 10 * DAY, "18:00")
    story.tell("custody.started", taken, "police", release_expected=(now.date() + 20 * DAY).isoformat())


def _waits_for_treatment(story: Story, number: int, now: datetime) -> None:
    """Treatment accepted twelve days ago, and no appointment."""
    last = _on_the_street(story, number, now, 4, 13)
    agreed = at(last + DAY, "10:30")
    story.tell("offer.made", agreed, "outreach", offer="treatment", response="accepted", available=True)
    chapters.offer_daily(story, last + 2 * DAY, now.date() - DAY, Street(rough=True))


def _refused_by_a_rule(story: Story, number: int, now: datetime) -> None:
    """Kept out by a provider's rule for more than a week; and information for the police this very day."""
    _on_the_street(story, number, now, 3, 1)
    barrier = at(now.date() - 9 * DAY, "15:45")
    story.tell("housing.barrier", barrier, "outreach", status="standing", reason="previous_behaviour")
    heard = _a_little_before(now)
    story.tell("intelligence.received", heard, "hope_centre", topic="drug_dealing", area="Bus station")


def _a_little_before(now: datetime) -> datetime:
    """Return the local time that much real time ago, in the nights that skip or repeat an hour too."""
    return (now.replace(tzinfo=LONDON).astimezone(UTC) - A_LITTLE).astimezone(LONDON).replace(tzinfo=None)


STORIES = (
    _undecided,
    _forgotten,
    _asked_for_a_bed,
    _no_bed,
    _no_room,
    _guest,
    _guest,
    _guest_with_a_dog,
    _off_script,
    _before_the_panel,
    _in_custody,
    _waits_for_treatment,
    _refused_by_a_rule,
)
