"""A case, lived through the plain way: every instant that might matter, one after the other, everything looked at.

Written after the design and the language page, not after the engine. It is slow, keeps every event, and computes
every condition and every due instant anew whenever it wants one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

from naive_conditions import View, holds, instants, matches, wanted_events
from naive_offers import Offering
from naive_records import FollowUp, Pause, Refused, Tree, Visit

from pathways.case import Event

MOST_ROUNDS = 200


class NaiveCase(Offering):
    """A case of the plain model, and how it lives: through events, through time, and through what follows."""

    def record(self, event: Event) -> None:
        """Live through what is due before ``event``, then let it happen."""
        if self.status == "open":
            self.run(event.recorded_at, inclusive=False)
        self.now, self.swept = event.recorded_at, False
        self.journal.append(event)
        self.event = event
        try:
            was = self.status
            self._happen(event)
            if was == self.status == "open":
                self.evidence(event)
        except Refused:
            self.refused.add(event.number)
            self.tell("event_refused")
        self._settle()
        self.event = None

    def run(self, until: datetime, *, inclusive: bool) -> None:
        """Live through every instant before ``until``, or with it."""
        while (instant := self.next_instant()) is not None:
            if instant > until or (instant == until and not inclusive):
                break
            self.now, self.swept = instant, True
            self._fire()
        if inclusive and until >= self.now:
            self.now, self.swept = until, True

    def next_instant(self) -> datetime | None:
        """Return the first instant from now on at which anything might happen."""
        if self.status != "open":
            return None
        found = [max(one, self.now) for one in self.candidates() if one > self.now or not self.swept]
        return min(found, default=None)

    def candidates(self) -> Iterator[datetime]:
        for condition in self.conditions:
            yield from instants(self, condition)
        for _, due, _ in self._timers():
            if due is not None:
                yield due

    def _timers(self) -> Iterator[tuple[Any, datetime | None, Callable[[], None]]]:
        """Yield everything that has a due instant, with what is done then, in the order in which it is done."""
        for track in self.visits:
            yield from self._stay_timers(track)
        for task in self.tasks:
            yield from self._task_timers(task)
        for one in self.follow_ups:
            yield from self._follow_up_timers(one)
        for offer in self.hand_offs.values():
            if offer.state == "offered":
                yield offer, self.offer_due(offer), lambda offer=offer: self._expire(offer)  # type: ignore[misc]
        for blockage in self.blockages.values():
            steps = self.tree["blockages"][blockage.name].get("escalate", [])
            if blockage.escalations < len(steps):
                step = steps[blockage.escalations]
                due = self.due(blockage.owner, blockage.opened_at, step["after"], "blockages")
                yield blockage, due, lambda blockage=blockage, step=step: self._escalate(blockage, step)  # type: ignore[misc]

    def _fire(self) -> None:
        """Do everything that is due by now, then whatever follows from it."""
        for _ in range(MOST_ROUNDS):
            due = [(at, number, act) for number, (_, at, act) in enumerate(self._timers()) if at is not None]
            ready = sorted((at, number) for at, number, _ in due if at <= self.now)
            if not ready:
                break
            acts = {number: act for _, number, act in due}
            acts[ready[0][1]]()
        self._settle()

    def _settle(self) -> None:
        """Make moves, open what opens, stop what stops, weigh blockages, until nothing more follows."""
        for _ in range(MOST_ROUNDS):
            if self.status != "open":
                return
            if any(self._move_on(track) for track in self.visits):
                continue
            worked = [self._open_what_opens(track) | self._stop_follow_ups(track) for track in self.visits]
            if not any(worked) and not self._weigh_blockages():
                break
        self._keep_held()
        self._close_if_at_rest()

    def _stop_follow_ups(self, track: str) -> bool:
        for one in list(self.follow_ups):
            if one.track == track and "until" in one.tree and holds(self, one.tree["until"], View(track)):
                self.follow_ups.remove(one)
                self.tell("follow_up_stopped", track, one.name)
                return True
        return False

    def _open_what_opens(self, track: str) -> bool:
        opened = False
        for name, tree in self.stage(track).get("tasks", {}).items():
            live = any(task.name == name and task.track == track for task in self.tasks)
            if not live and self._opens(track, name, tree.get("when")):
                self._open_task(track, name)
                opened = True
        for name, tree in self.stage(track).get("hand_offs", {}).items():
            one = self.hand_offs.get(name)
            visit = self.visits[track]
            live = one is not None and one.state in {"offered", "accepted"} and name in visit.openings
            if not live and self._opens(track, name, tree.get("open_when")):
                self._open_hand_off(track, name)
                opened = True
        return opened

    def _opens(self, track: str, name: str, when: Tree | None) -> bool:
        """Whether it opens now: once a visit, and again only on a new event that its condition names."""
        visit = self.visits[track]
        if name not in visit.openings:
            return when is None or holds(self, when, View(track))
        event = self.event
        if when is None or event is None or event.number <= visit.openings[name] or event.number in self.refused:
            return False
        named = list(wanted_events(when))
        return any(matches(event, body) for body in named) and holds(
            self, when, View(track, since=visit.openings[name])
        )

    def _move_on(self, track: str) -> bool:
        for move in self.stage(track).get("moves", []):
            if "when" in move and holds(self, move["when"], View(track)) and self.gate_holds(track, move["to"]):
                self.enter(track, move["to"])
                return True
        return False

    def gate_holds(self, track: str, to: str) -> bool:
        gate = self.tree["tracks"][track]["stages"][to].get("gate")
        return gate is None or holds(self, gate, View(track, gate=f"{track}.{to}"))

    def _keep_held(self) -> None:
        for track, visit in self.visits.items():
            visit.held = tuple(
                sorted(
                    {
                        move["to"]
                        for move in self.stage(track).get("moves", [])
                        if "when" in move and holds(self, move["when"], View(track))
                    }
                )
            )

    def enter(self, track: str, stage: str, *, first: bool = False, moved: bool = True) -> None:
        """Leave the present visit, with all that belongs to it, and begin one of ``stage``."""
        if track in self.visits and not first:
            self._leave(track)
        key = f"{track}.{stage}"
        tree = self.tree["tracks"][track]["stages"][stage]
        self.visit_counts[key] = self.visit_counts.get(key, 0) + 1
        self.spent[key] = len(self.journal)
        self.visits[track] = Visit(
            stage, self.visit_counts[key], self.now, len(self.journal), self._owner_on_entry(tree), first=first
        )
        self.tell("moved" if moved else "entered", track, stage, stage)
        for name, follow_up in tree.get("follow_ups", {}).items():
            self.follow_ups.append(FollowUp(name, track, stage, follow_up, self.now))
        for name, task in tree.get("tasks", {}).items():
            if "when" not in task:
                self._open_task(track, name)
        for name, offer in tree.get("hand_offs", {}).items():
            if "open_when" not in offer:
                self._open_hand_off(track, name)

    def _owner_on_entry(self, tree: Tree) -> str:
        owner = tree["owner"]
        if isinstance(owner, str):
            return owner
        accepted = self.last(f"accepted.{owner['accepted']}")
        return accepted.agency if accepted is not None and accepted.agency else str(owner["otherwise"])

    def _leave(self, track: str) -> None:
        for task in [one for one in self.tasks if one.track == track]:
            self.tasks.remove(task)
            self.tell("task_cancelled", track, task.name)
        for one in [one for one in self.follow_ups if one.track == track]:
            self.follow_ups.remove(one)
        for offer in self.hand_offs.values():
            if offer.track == track and offer.state == "offered":
                offer.state = "withdrawn"
                self.tell("hand_off_withdrawn", track, offer.name)

    def _close_if_at_rest(self) -> None:
        if all(self.stage(track).get("final") for track in self.visits):
            self.close()

    def close(self) -> None:
        for track in self.visits:
            self._leave(track)
            self.visits[track].held = ()
        for name in list(self.blockages):
            self._clear_blockage(name)
        self.status = "closed"
        self.tell("case_closed")

    # What happens.

    def _happen(self, event: Event) -> None:
        if self.status == "new":
            self._open(event)
            return
        if event.kind in ACTS:
            ACTS[event.kind](self, event)
            return
        self._pause(event)
        if self.status != "open":
            return
        closing = next((one for one in self.tree["closes"].values() if matches(event, one["event"])), None)
        if closing is not None:
            self.silenced = self.silenced or closing.get("silence", False)
            self.close()

    def _open(self, event: Event) -> None:
        if event.kind not in self.tree["opens_on"]:
            raise Refused
        self.status, self.opened_at, self.opened_by = "open", event.occurred_at, event.number
        self.tell("case_opened")
        for track, tree in self.tree["tracks"].items():
            self.enter(track, tree["start"], first=True, moved=False)

    def _pause(self, event: Event) -> None:
        for name, tree in self.tree["pauses"].items():
            live = next((one for one in self.pauses if one.name == name and one.until_at is None), None)
            if live is None and matches(event, tree["from"]):
                self.pauses.append(Pause(name, self.now, None, event.number))
                self.tell("paused", None, name)
            elif live is not None and matches(event, tree["until"]):
                live.until_at = self.now
                self.tell("resumed", None, name)

    def evidence(self, event: Event) -> None:
        """Let an event complete what it is evidence of, and answer what it answers."""
        for task in list(self.tasks):
            if "done_by" in task.tree and matches(event, task.tree["done_by"]):
                self._finish_task(task, event, None)
        for one in self.hand_offs.values():
            if one.state == "accepted" and "done_by" in one.tree and matches(event, one.tree["done_by"]):
                self._finish_hand_off(one, event)
        self._answer(event)


ACTS: dict[str, Callable[[NaiveCase, Event], None]] = {}
