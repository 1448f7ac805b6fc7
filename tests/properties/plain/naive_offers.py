"""Hand-offs of the plain model: who is asked, in what order, and who owns the track then."""

from __future__ import annotations

from datetime import datetime

from naive_questions import Asking
from naive_records import Completion, HandOff

from pathways.case import Event


class Offering(Asking):
    def offer_due(self, one: HandOff) -> datetime | None:
        within = one.tree.get("answer_within")
        if one.state != "offered" or within is None:
            return None
        return self.due(one.agency, one.clock_from, within, "hand_offs")

    def _open_hand_off(self, track: str, name: str) -> None:
        visit, tree = self.visits[track], self.stage(track)["hand_offs"][name]
        before = self.hand_offs.pop(name, None)
        nth = before.nth + 1 if before is not None else 1
        self.hand_offs[name] = HandOff(
            name, track, visit.stage, tree, nth, "offered", None, [], self.now, self.now, self.now
        )
        visit.openings[name] = len(self.journal)
        self._offer_next(self.hand_offs[name])

    def _offer_next(self, one: HandOff) -> None:
        to = one.tree["to"]
        waiting = [agency for agency in ([to] if isinstance(to, str) else to) if agency not in one.asked]
        if not waiting:
            self._exhaust(one, nobody_left=True)
            return
        one.agency = waiting[0]
        one.asked.append(waiting[0])
        one.offered_at = one.clock_from = self.now
        one.reminders = one.questions = 0
        self.tell("hand_off_offered", one.track, one.name, one.agency)

    def _exhaust(self, one: HandOff, *, nobody_left: bool) -> None:
        one.state, one.agency = "exhausted", None
        self.tell("hand_off_exhausted", one.track, one.name)
        blockage = one.tree.get("nobody", {}).get("raise")
        if nobody_left and blockage is not None:
            self._open_blockage(blockage, raised=True)

    def _expire(self, one: HandOff) -> None:
        expired = one.tree.get("expired", {})
        if one.reminders < expired.get("remind", 0):
            due = self.offer_due(one)
            assert due is not None
            one.reminders += 1
            one.clock_from = due
            self.tell("hand_off_reminded", one.track, one.name, one.agency)
            return
        self.tell("hand_off_expired", one.track, one.name, one.agency)
        self._go_on(one, expired.get("then", "next"))

    def _go_on(self, one: HandOff, then: str) -> None:
        if then == "next":
            self._offer_next(one)
        else:
            self._exhaust(one, nobody_left=False)

    def _finish_hand_off(self, one: HandOff, event: Event) -> None:
        one.state = "done"
        self.completions.append(Completion(f"hand_off.{one.name}", event.occurred_at, event.number, None, event.agency))
        self.tell("hand_off_done", one.track, one.name)

    def own(self, track: str, agency: str) -> None:
        """Give the track to an agency, and with it the tasks that go with the track."""
        if self.visits[track].owner == agency:
            return
        self.visits[track].owner = agency
        self.tell("owner_changed", track)
        for task in self.tasks:
            if task.track == track and task.tree["owner"] == "owner" and task.owner != agency:
                task.owner = agency
                self.tell("task_reassigned", track, task.name)
