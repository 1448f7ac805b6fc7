"""Stays, tasks and blockages of the plain model: due, late, escalated."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

from naive_conditions import View, holds
from naive_keeping import BEFORE_ALL, Keeping
from naive_records import Blockage, Clearing, Completion, Task, Tree, Visit

from pathways.case import Event

Timer = tuple[datetime | None, Callable[[], None]]
"""When something is due (None while its clock stands still), and what is done then."""


class Working(Keeping):
    def stay_due(self, track: str) -> datetime | None:
        declared = self.stage(track).get("due")
        if declared is None:
            return None
        after = declared if isinstance(declared, str) else declared["after"]
        return self.due(self.visits[track].owner, self.visits[track].entered_at, after, "stays")

    def _stay_timers(self, track: str) -> Iterator[tuple[Any, datetime | None, Callable[[], None]]]:
        visit, due = self.visits[track], self.stay_due(track)
        declared = self.stage(track).get("due")
        steps = declared.get("late", []) if isinstance(declared, dict) else []
        if not visit.overdue:
            yield visit, due, lambda: self._overdue(visit, "stay_overdue", track, visit.stage)
        elif visit.late_steps < len(steps) and due is not None:
            step = steps[visit.late_steps]
            at = self.due(visit.owner, due, step["after"], "stays")
            yield visit, at, lambda: self._late_step(visit, step, track, visit.stage)

    def task_due(self, task: Task) -> datetime | None:
        declared = task.tree.get("due")
        if declared is None:
            return None
        if declared == "same day":
            end = self.clocks.end_of_day(task.occurred_at)
            if "at" in task.tree:
                at = self.clocks.at_time(self.clocks.wall(task.occurred_at).date(), task.tree["at"])
                return at if at >= task.opened_at else end
            return end
        due = self.due(task.owner, task.opened_at, declared, "tasks")
        return self.clocks.next_time(due, task.tree["at"]) if due is not None and "at" in task.tree else due

    def _task_timers(self, task: Task) -> Iterator[tuple[Any, datetime | None, Callable[[], None]]]:
        due, steps = self.task_due(task), task.tree.get("late", [])
        if not task.overdue:
            yield task, due, lambda: self._overdue(task, "task_overdue", task.track, task.name)
        elif task.late_steps < len(steps) and due is not None:
            step = steps[task.late_steps]
            at = self.due(task.owner, due, step["after"], "tasks")
            yield task, at, lambda: self._late_step(task, step, task.track, task.name)

    def _overdue(self, late: Visit | Task, kind: str, track: str, subject: str) -> None:
        late.overdue = True
        self.tell(kind, track, subject)

    def _late_step(self, late: Visit | Task, step: Tree, track: str, subject: str) -> None:
        late.late_steps += 1
        self._take(step, track, subject)

    def _take(self, step: Tree, track: str, subject: str) -> None:
        if "remind" in step:
            self.tell("reminded", track, subject)
        if "escalate" in step:
            self.tell("escalated", track, subject, step["escalate"])
        if "raise" in step:
            self._open_blockage(step["raise"], raised=True)

    def _open_task(self, track: str, name: str) -> None:
        visit, tree = self.visits[track], self.stage(track)["tasks"][name]
        owner = visit.owner if tree["owner"] == "owner" else tree["owner"]
        occurred = self.now if self.event is None else self.event.occurred_at
        self.tasks.append(Task(name, track, visit.stage, tree, owner, self.now, occurred))
        visit.openings[name] = len(self.journal)
        self.tell("task_opened", track, name)

    def _finish_task(self, task: Task, event: Event, outcome: str | None) -> None:
        self.tasks.remove(task)
        self.completions.append(Completion(f"task.{task.name}", event.occurred_at, event.number, outcome, event.agency))
        self.tell("task_done", task.track, task.name)

    def _open_blockage(self, name: str, *, raised: bool) -> None:
        if name in self.blockages:
            return
        self.blockage_counts[name] = self.blockage_counts.get(name, 0) + 1
        owner = self.tree["blockages"][name]["owner"]
        self.blockages[name] = Blockage(name, self.blockage_counts[name], self.now, len(self.journal), raised, owner)
        self.tell("blockage_opened", None, name)

    def _clear_blockage(self, name: str) -> None:
        del self.blockages[name]
        self.cleared[name] = Clearing(self.now, len(self.journal))
        self.tell("blockage_cleared", None, name)

    def _escalate(self, blockage: Blockage, step: Tree) -> None:
        blockage.escalations += 1
        self.tell("blockage_escalated", None, blockage.name, step["to"])

    def _weigh_blockages(self) -> bool:
        changed = False
        for name, tree in self.tree.get("blockages", {}).items():
            found, cleared = self.blockages.get(name), self.cleared.get(name, Clearing(BEFORE_ALL, 0))
            if found is None:
                just_cleared = cleared == Clearing(self.now, len(self.journal))
                if "when" in tree and not just_cleared and holds(self, tree["when"], View(None, since=cleared.number)):
                    self._open_blockage(name, raised=False)
                    changed = True
            elif self._over(tree, found, cleared):
                self._clear_blockage(name)
                changed = True
        return changed

    def _over(self, tree: Tree, found: Blockage, cleared: Clearing) -> bool:
        if "clears_when" in tree:
            return holds(self, tree["clears_when"], View(None, since=found.opened_by, begun=found.opened_at))
        return "when" in tree and not found.raised and not holds(self, tree["when"], View(None, since=cleared.number))
