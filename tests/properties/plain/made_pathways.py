"""Random pathways that the loader accepts: a few tracks, and in them every part of the language."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn
from made_words import (
    AGENCIES,
    EVENTS,
    LONG,
    MATCHES,
    OWNERS,
    ROLES,
    SHORT,
    TIMES,
    TOLD,
    ZONES,
    Tree,
)
from naive_conditions import leaves

T = TypeVar("T")


@dataclass
class Sketch:
    """What is there to be named: stages by track, and by stage its tasks and hand-offs."""

    stages: dict[str, list[str]] = field(default_factory=dict)
    tasks: dict[str, list[str]] = field(default_factory=dict)
    hand_offs: dict[str, list[str]] = field(default_factory=dict)
    blockages: list[str] = field(default_factory=list)


class Maker:
    """Draws one pathway."""

    def __init__(self, draw: DrawFn) -> None:
        self.draw = draw
        self.sketch = Sketch()

    def one(self, values: Sequence[T]) -> T:
        return self.draw(st.sampled_from(values))

    def often(self) -> bool:
        return self.draw(st.integers(0, 3)) > 0

    def seldom(self) -> bool:
        return self.draw(st.integers(0, 3)) == 3

    def some(self, values: Sequence[T], least: int, most: int) -> list[T]:
        picked = st.lists(st.sampled_from(range(len(values))), min_size=least, max_size=most, unique=True)
        return [values[index] for index in self.draw(picked)]

    def tree(self) -> Tree:
        self._sketch()
        sketch = self.sketch
        tree: Tree = {
            "pathway": "made",
            "version": 1,
            "title": "Made by chance",
            "timezone": self.one(ZONES),
            "calendar": "england-and-wales",
            "coordinator": "council",
            "agencies": {key: dict(entry) for key, entry in AGENCIES.items()},
            "opens_on": ["referral.made"],
            "roles": list(ROLES),
            "reasons": {"no_reason": {"full": "system", "unwanted": "person"}},
            "pauses": self._pauses(),
            "closes": self._closes(),
            "events": {
                kind: {"by": list(AGENCIES)} | ({"fields": dict(fields)} if fields else {})
                for kind, fields in EVENTS.items()
            },
            "tracks": {
                track: {"start": stages[0], "stages": {stage: self._stage(track, stage) for stage in stages}}
                for track, stages in sketch.stages.items()
            },
        }
        blockages = {name: self._blockage() for name in sketch.blockages}
        return tree | ({"blockages": blockages} if blockages else {})

    def _sketch(self) -> None:
        sketch = self.sketch
        for track in ("one", "two", "three")[: self.draw(st.sampled_from((1, 1, 2, 2, 3)))]:
            stages = [f"{track}_{number}" for number in range(self.draw(st.integers(2, 4)))]
            sketch.stages[track] = stages
            for stage in stages:
                sketch.tasks[stage] = self.some(("check", "visit", "form"), 0, 2)
                sketch.hand_offs[stage] = self.some((f"{track}_bed", f"{track}_work"), 0, 2)
        sketch.blockages = self.some(("no_bed", "no_contact", "stuck"), 0, 2)

    def _pauses(self) -> Tree:
        groups = ("tasks", "follow_ups", "hand_offs", "stays", "waits", "blockages")
        pauses: Tree = {}
        if self.often():
            pauses["held"] = {"from": "held.began", "until": "held.ended"}
        if self.draw(st.booleans()):
            chosen = self.some(groups, 1, 3)
            pauses["ward"] = {"from": "ward.began", "until": "ward.ended", "clocks": chosen}
        return pauses

    def _closes(self) -> Tree:
        closes: Tree = {"death": {"event": "died", "silence": True}}
        if self.seldom():
            closes["gone"] = {"event": {"kind": "left"}}
        return closes

    def _stage(self, track: str, stage: str) -> Tree:
        stages = self.sketch.stages[track]
        index = stages.index(stage)
        tree: Tree = {"owner": self._owner(track)}
        for key, made in (
            ("tasks", {name: self._task(name, stage) for name in self.sketch.tasks[stage]}),
            ("follow_ups", {"question": self._follow_up(track, stage)} if self.seldom() else {}),
            ("hand_offs", {name: self._hand_off(tree, stage) for name in self.sketch.hand_offs[stage]}),
            ("moves", self._moves(stage, stages)),
        ):
            if made:
                tree[key] = made
        if index > 0 and self.seldom():
            tree["gate"] = self._condition(stage, "gate")
        if self.seldom():
            tree["due"] = self._stay()
        first = next(iter(self.sketch.stages))
        if (index > 0 or track != first) and (not tree.get("moves") or self.seldom()):
            tree["final"] = True
        if not tree.get("final") and not tree.get("moves"):
            tree["moves"] = [{"to": stages[1], "when": self._waiting(stage)}]
        if tree.get("final") and not tree.get("moves"):
            for follow_up in tree.get("follow_ups", {}).values():
                follow_up.setdefault("until", self._waiting(stage))
        return tree

    def _owner(self, track: str) -> Any:
        names = [name for stage in self.sketch.stages[track] for name in self.sketch.hand_offs[stage]]
        if names and self.seldom():
            return {"accepted": self.one(names), "otherwise": self.one(OWNERS)}
        return self.one(OWNERS)

    def _moves(self, stage: str, stages: list[str]) -> list[Tree]:
        """Moves onward may hold at once; moves back always wait for something, so that nothing turns for ever."""
        index = stages.index(stage)
        moves: list[Tree] = []
        for to in stages[index + 1 :]:
            if to == stages[index + 1] or self.seldom():
                when = self._condition(stage, "move") if self.often() else self._waiting(stage)
                moves += [{"to": to, "when": when}]
        for to in stages[:index]:
            if self.seldom() or (not moves and self.often()):
                moves.append({"to": to, "when": self._certainly_waiting(stage)})
        if moves and self.seldom():
            moves.append({"to": moves[0]["to"], "by_hand": True})
        if moves and self.seldom():
            moves.reverse()
        return moves

    def _certainly_waiting(self, stage: str) -> Tree:
        if self.seldom():
            return {"all": [self._condition(stage, "move"), self._waiting(stage)]}
        return self._waiting(stage)

    def _waiting(self, stage: str) -> Tree:  # noqa: PLR0911 - one a leaf
        """Return a condition that cannot hold at the very instant of entry."""
        match self.draw(st.integers(0, 6)):
            case 0:
                return {"waited": self.one(LONG)}
            case 1:
                return {"waited": {"for": self.one(LONG), "at": self.one(TIMES)}}
            case 2:
                return {"count": self._counted() | {"at_least": self.one((1, 2)), "since": "stage"}}
            case 3:
                return {"absent": self._counted() | {"for": self.one(LONG), "since": "stage"}}
            case 4 if self.sketch.hand_offs[stage]:
                return {"accepted": self.one(self.sketch.hand_offs[stage])}
            case 5 if self._tasks_of_this_track_alone(stage):
                return {"open": {"task": self.one(self._tasks_of_this_track_alone(stage)), "for": self.one(LONG)}}
            case _:
                return {"event": self.one(MATCHES)}

    def _tasks_of_this_track_alone(self, stage: str) -> list[str]:
        """Return the stage's tasks whose name no other track uses: another's may have been open for long."""
        others = [one for stages in self.sketch.stages.values() if stage not in stages for one in stages]
        elsewhere = {name for other in others for name in self.sketch.tasks[other]}
        return [name for name in self.sketch.tasks[stage] if name not in elsewhere]

    def _condition(self, stage: str, purpose: str, depth: int = 0) -> Tree:
        if depth < 2 and self.draw(st.integers(0, 9)) >= 7:
            word = self.one(("all", "any", "none"))
            size = self.draw(st.integers(1, 3))
            return {word: [self._condition(stage, purpose, depth + 1) for _ in range(size)]}
        leaves = ["event", "event", "count", "count", "absent", "done", "open", "stage", "latest", "accepted"]
        if purpose == "gate":
            leaves += ["approved", "approved", "count"]
        if purpose != "blockage":
            leaves.append("waited")
        leaf = self.one(leaves)
        made: Tree | None = getattr(self, f"_leaf_{leaf}")(stage, purpose)
        return made if made is not None else {"event": self.one(MATCHES)}

    def _counted(self) -> Tree:
        match = self.one(MATCHES)
        if isinstance(match, str):
            return {"event": match}
        return {"event": match.get("kind", match.get("event")), "where": match["where"]}

    def _leaf_event(self, stage: str, _: str) -> Tree:
        if self.sketch.tasks[stage] and self.seldom():
            return {"event": {"kind": "task.completed", "where": {"task": self.one(self.sketch.tasks[stage])}}}
        return {"event": self.one(MATCHES)}

    def _leaf_count(self, _stage: str, purpose: str) -> Tree:
        bounds = self.one(
            ({"at_least": 1}, {"at_least": 2}, {"at_least": 3}, {"at_most": 1}, {"at_least": 1, "at_most": 2})
        )
        since = ({"since": "case"}, {"within": self.one(LONG)}, {"within": self.one(LONG)})
        own = since if purpose == "blockage" else (*since, {"since": "stage"})
        return {"count": self._counted() | bounds | self.one(own)}

    def _leaf_absent(self, _stage: str, purpose: str) -> Tree:
        since = ({}, {"since": "case"}) if purpose == "blockage" else ({}, {"since": "case"}, {"since": "stage"})
        return {"absent": self._counted() | {"for": self.one(LONG)} | self.one(since)}

    def _leaf_done(self, stage: str, purpose: str) -> Tree | None:
        behind = {stage} if purpose == "gate" else set()
        tasks = sorted({name for at, names in self.sketch.tasks.items() if at not in behind for name in names})
        hand_offs = sorted({name for at, names in self.sketch.hand_offs.items() if at not in behind for name in names})
        within = {"within": self.one(LONG)} if self.seldom() else {}
        if hand_offs and (not tasks or self.seldom()):
            return {"done": {"hand_off": self.one(hand_offs)} | within}
        if not tasks:
            return None
        name = self.one(tasks)
        outcome = {"outcome": self.one(("good", "bad"))} if name == "check" and self.seldom() else {}
        return {"done": {"task": name} | within | outcome}

    def _leaf_open(self, _stage: str, _: str) -> Tree | None:
        tasks = sorted({name for names in self.sketch.tasks.values() for name in names})
        hand_offs = sorted({name for names in self.sketch.hand_offs.values() for name in names})
        named = (
            [{"task": name} for name in tasks]
            + [{"hand_off": name} for name in hand_offs]
            + [{"blockage": name} for name in self.sketch.blockages]
        )
        if not named:
            return None
        return {"open": self.one(named) | ({"for": self.one(SHORT)} if self.seldom() else {})}

    def _leaf_stage(self, stage: str, _: str) -> Tree | None:
        tracks = [name for name, stages in self.sketch.stages.items() if stage not in stages]
        if not tracks:
            return None
        track = self.one(tracks)
        named = self.some(self.sketch.stages[track], 1, 2)
        return {"stage": {"track": track, self.one(("is", "is_not")): named if len(named) > 1 else named[0]}}

    def _leaf_latest(self, _stage: str, _: str) -> Tree:
        return {
            "latest": self.one(
                (
                    {"event": "seen", "field": "kind", "is": "loud"},
                    {"event": "seen", "field": "times", "is": {"at_least": 2}},
                    {"event": "offered", "field": "taken", "is": True},
                    {"event": "offered", "field": "taken", "is": {"is_not": True}},
                )
            )
        }

    def _leaf_accepted(self, stage: str, purpose: str) -> Tree | None:
        every = sorted({name for names in self.sketch.hand_offs.values() for name in names})
        names = every if purpose in {"gate", "blockage"} else self.sketch.hand_offs[stage]
        return {"accepted": self.one(names)} if names else None

    def _leaf_approved(self, _stage: str, _: str) -> Tree:
        other = {"other_than": "proposer"} if self.often() else {}
        return {"approved": {"role": "chair", "valid_for": self.one(LONG)} | other}

    def _leaf_waited(self, _stage: str, _: str) -> Tree:
        return (
            {"waited": self.one(LONG)} if self.often() else {"waited": {"for": self.one(LONG), "at": self.one(TIMES)}}
        )

    def _task(self, name: str, stage: str) -> Tree:
        tree: Tree = {"owner": self.one(("owner", *OWNERS))}
        due = self.one((None, "same day", "same day", *SHORT, *LONG))
        if due is not None:
            tree["due"] = due
            if self.seldom():
                tree["at"] = self.one(TIMES)
            if self.often():
                tree["late"] = self._late_steps()
        if self.seldom():
            tree["required"] = True
        if self.seldom():
            tree["when"] = self._condition(stage, "task")
        if self.seldom():
            tree["done_by"] = self.one(MATCHES)
        if name == "check":
            tree["outcomes"] = ["good", "bad"]
        return tree

    def _late_steps(self) -> list[Tree]:
        afters = self.some(("1 hour", "5 hours", "1 day"), 0, 2) if self.often() else self.some(SHORT, 0, 1)
        return [
            self._step({"after": after}) for after in sorted(afters, key=("1 hour", "5 hours", "1 day", *SHORT).index)
        ]

    def _step(self, trigger: Tree) -> Tree:
        acts: list[Tree] = [{"remind": "owner"}, {"escalate": self.one(TOLD)}]
        if self.sketch.blockages:
            acts += [{"raise": self.one(self.sketch.blockages)}, {"remind": "owner", "raise": self.sketch.blockages[0]}]
        return trigger | self.one(acts)

    def _stay(self) -> Any:
        return self.one(LONG) if self.seldom() else {"after": self.one(LONG), "late": self._late_steps()}

    def _follow_up(self, track: str, stage: str) -> Tree:
        every = self.one(("1 day", "1 day", "7 hours", "2 days", "1 working day", "1 week", "5 working hours"))
        tree: Tree = {"every": every}
        if every in {"1 day", "2 days", "1 working day", "1 week"} and self.often():
            tree["at"] = self.one(TIMES)
        tree["to"] = self.one(("owner", "owner", *OWNERS))
        tree["answered_by"] = self.one(MATCHES) if self.often() else self.some(MATCHES, 1, 2)
        if self.seldom():
            tree["early"] = self.one(("0 hours", "3 hours", "5 hours"))
        tree["missed"] = self._late_steps()
        if self.often():
            tree["missed"].append(self._step({"in_a_row": self.one((1, 2, 3))}))
        if self.seldom():
            tree["until"] = self._condition(stage, "until")
        assert track
        return tree

    def _hand_off(self, stage_tree: Tree, stage: str) -> Tree:
        owner = stage_tree["owner"]
        others = [agency for agency in OWNERS if agency != owner]
        asked = self.some(others, 1, 3)
        tree: Tree = {"to": asked if len(asked) > 1 or self.seldom() else asked[0]}
        if self.draw(st.booleans()):
            tree["open_when"] = self._condition(stage, "hand_off")
        if self.often():
            tree["answer_within"] = self.one((*SHORT, "1 working day"))
        if self.often():
            asks = {"ask": self.one(("no_reason", "reason"))} if self.seldom() else {}
            tree["declined"] = {"then": self.one(("next", "next", "back"))} | asks
            tree["expired"] = {"remind": self.one((0, 1, 2)), "then": self.one(("next", "next", "back"))}
        nobody: Tree = {"escalate": self.one(TOLD)} if self.often() else {}
        if self.sketch.blockages and self.often():
            nobody["raise"] = self.one(self.sketch.blockages)
        if nobody:
            tree["nobody"] = nobody
        if self.seldom():
            tree["done_by"] = self.one(MATCHES)
        return tree

    def _blockage(self) -> Tree:
        any_stage = next(iter(self.sketch.tasks))
        tree: Tree = {
            "theme": self.one(("housing", "courts")),
            "attributable_to": self.one(("system", "person")),
            "owner": self.one(OWNERS),
        }
        # What is cleared while its cause remains opens again with whatever happens next: no history hangs on it.
        when = self._condition(any_stage, "blockage")
        fresh = any(word in {"event", "accepted"} for word, _ in leaves(when))
        if self.often() and not (fresh and "'none'" in str(when)):
            tree["when"] = when
        if self.often() and not (fresh and "when" in tree):
            clears = self._condition(any_stage, "blockage")
            tree["clears_when"] = {"all": [{"none": [tree["when"]]}, clears]} if "when" in tree else clears
        steps = self.some(("1 hour", "5 hours", "1 day"), 0, 2)
        if steps:
            order = sorted(steps, key=("1 hour", "5 hours", "1 day").index)
            tree["escalate"] = [{"after": after, "to": self.one(TOLD)} for after in order]
        return tree


@st.composite
def pathway_trees(draw: DrawFn) -> Tree:
    """Return the plain tree of a pathway file."""
    return Maker(draw).tree()
