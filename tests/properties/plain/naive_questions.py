"""Follow-ups of the plain model: which question comes when, and what answers it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

from naive_conditions import matches
from naive_records import FollowUp, Question, Tree
from naive_work import Working

from pathways.case import Event


class Asking(Working):
    def question_at(self, one: FollowUp, position: int) -> datetime:
        """Return when the question of the series is asked, counted from the entry."""
        every, at = one.tree["every"], one.tree.get("at")
        amount, _, unit = every.partition(" ")
        if at is None:
            return self.clocks.add(one.started_at, f"{int(amount) * (position + 1)} {unit}")
        if every not in {"1 day", "1 working day"}:
            later = self.clocks.add(one.started_at, f"{int(amount) * (position + 1)} {unit}")
            return self.clocks.at_time(self.clocks.wall(later).date(), at)
        days = [self.clocks.wall(one.started_at).date() + timedelta(days=number) for number in range(position * 3 + 14)]
        if unit == "working day":
            days = [day for day in days if self.clocks.working_day(day)]
        asked = [self.clocks.at_time(day, at) for day in days]
        return [instant for instant in asked if instant > one.started_at][position]

    def asked(self, one: FollowUp) -> str:
        to: str = one.tree.get("to", "owner")
        return self.visits[one.track].owner if to == "owner" else to

    def next_question(self, one: FollowUp) -> datetime:
        """Return the next question of the series at which no clock of follow-ups stood still."""
        return self.question_at(one, one.position)

    def _follow_up_timers(self, one: FollowUp) -> Iterator[tuple[Any, datetime | None, Callable[[], None]]]:
        for question in one.questions:
            for index, step in enumerate(one.tree.get("missed", [])):
                if "after" in step and index not in question.steps:
                    at = self.due(self.asked(one), question.due_at, step["after"], "follow_ups")
                    yield one, at, lambda q=question, i=index, s=step: self._miss_step(one, q, i, s)  # type: ignore[misc]
        yield one, self.next_question(one), lambda: self._ask(one)

    def _miss_step(self, one: FollowUp, question: Question, index: int, step: Tree) -> None:
        question.steps.add(index)
        self._take(step, one.track, one.name)

    def _ask(self, one: FollowUp) -> None:
        at = self.next_question(one)
        one.position += 1
        if any(begins <= at and (ends is None or at < ends) for begins, ends in self.pauses_of("follow_ups")):
            return
        if one.last_open is not None and one.last_open in one.questions:
            one.missed_in_a_row += 1
            self.tell("follow_up_missed", one.track, one.name)
            for step in one.tree.get("missed", []):
                if step.get("in_a_row") == one.missed_in_a_row:
                    self._take(step, one.track, one.name)
        question = Question(at)
        one.last_open = question
        self.tell("follow_up_due", one.track, one.name)
        kept, one.kept = one.kept, None
        if kept is not None and self._belongs(one, kept, question):
            one.missed_in_a_row = 0
            self.tell("follow_up_answered", one.track, one.name)
            return
        self._forget_questions(one)
        one.questions.append(question)

    def _forget_questions(self, one: FollowUp) -> None:
        """Keep the questions of which a step is to come, and as many as are counted in a row; one at least."""
        missed = one.tree.get("missed", [])
        timed = {index for index, step in enumerate(missed) if "after" in step}
        latest = max([step.get("in_a_row", 1) for step in missed], default=1)
        recent = one.questions[-latest:]
        one.questions = [each for each in one.questions if each.steps != timed or each in recent]

    def _belongs(self, one: FollowUp, event: Event, question: Question) -> bool:
        """Whether the event belongs to the question's time."""
        early = one.tree.get("early")
        start = self.clocks.start_of_day(question.due_at)
        if early is not None:
            start = question.due_at - timedelta(hours=int(early.partition(" ")[0]))
        return event.occurred_at >= start

    def _answer(self, event: Event) -> None:
        """Answer every open question whose time the event belongs to; keep it for the next, unless a later one is."""
        for one in self.follow_ups:
            wanted = one.tree["answered_by"]
            if not any(matches(event, match) for match in (wanted if isinstance(wanted, list) else [wanted])):
                continue
            if one.kept is None or event.occurred_at >= one.kept.occurred_at:
                one.kept = event
            answered = [question for question in one.questions if self._belongs(one, event, question)]
            if answered:
                one.questions = [question for question in one.questions if question not in answered]
                one.missed_in_a_row = 0
                self.tell("follow_up_answered", one.track, one.name)
