"""One point after the other: the stage is set, the blow falls, and what is left is held against what must be."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field

from kill_points.acts import ACTS, BYSTANDER, Act
from kill_points.endings import Ending, differences, endings, loose_ends, scalar
from kill_points.ground import Ground
from kill_points.orders import Answer, Order, carry_out
from kill_points.points import Known, Point
from kill_points.relay import Aim
from kill_points.victims import KILLED, Life

from handrail import casework
from handrail.errors import CaseworkError

BY_NAME = {act.name: act for act in (*ACTS, BYSTANDER)}
ROUND = 15
"""How many trials stand open until all their work is finished and what they came to is looked at."""
ENOUGH = 20
"""After so many failures nothing new is learnt."""


@dataclass
class Tally:
    """What came of all points."""

    points: list[Point] = field(default_factory=list)
    missed: list[Point] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True)
class _Open:
    """A trial whose end is still to be looked at."""

    what: str
    act: Act
    source: str


class Trials:
    """Trials on one ground. First ``rehearse``; then ``run`` as many points as you like."""

    def __init__(self, ground: Ground) -> None:
        self.tally = Tally()
        self._ground = ground
        self.expected: dict[str, list[Ending]] = {}
        self._open: list[_Open] = []
        self._loose: set[str] = set()
        self._number = 0

    def rehearse(self) -> dict[str, Known]:
        """Carry out every act with nobody killed; return what is known of each."""
        known = {act.name: self._rehearsed(act) for act in (*ACTS, BYSTANDER)}
        del known[BYSTANDER.name]
        return known

    def run(self, points: Sequence[Point], progress: Callable[[int], None] = lambda _: None) -> None:
        """Go through ``points``, and look at the whole store in the end."""
        for done, point in enumerate(points):
            if len(self.tally.failures) >= ENOUGH:
                break
            progress(done)
            if len(self._open) >= ROUND or BY_NAME[point.act].alone:
                self._close_round()
            self._try(point)
        self._close_round()
        self._verify()

    def _rehearsed(self, act: Act) -> Known:
        source = self._next_source()
        orders = act.prepare(self._ground.store, source)
        self._ground.relay.arm(None)
        self._ground.receiver.arm()
        life = self._ground.nursery.start(orders)
        self._ground.live_on(life)
        assert (life.status, life.broke, life.delays) == (0, None, [])
        labels, messages = list(self._ground.relay.seen), self._ground.receiver.seen
        self._ground.finish()
        self.expected[act.name] = endings(self._ground.store, source)
        return Known(labels, messages)

    def _next_source(self) -> str:
        self._number += 1
        return f"trial-{self._number:05}"

    def _try(self, point: Point) -> None:
        try:
            if point.victim == "postgresql":
                self._crash(point)
            else:
                self._kill(point)
        except Exception as error:  # noqa: BLE001 - what breaks at a point is what is looked for
            self._blame(point, [f"afterwards nothing goes on: {type(error).__name__}: {error}"])
            self._ground.server.ensure_running()

    def _kill(self, point: Point) -> None:
        act, source = BY_NAME[point.act], self._next_source()
        orders = act.prepare(self._ground.store, source)
        lives: list[Life] = []
        self._arm(point, lambda: self._ground.kill(lives[0]))
        lives.append(self._ground.nursery.start(orders))
        self._ground.live_on(*lives)
        self._disarm()
        self._open.append(_Open(str(point), act, source))
        if lives[0].status == KILLED:
            self.tally.points.append(point)
        else:
            self.tally.missed.append(point)
            self._blame(point, [] if lives[0].status == 0 else [f"it broke: {lives[0].broke}"])
        self._look(point, source, orders, lives[0])

    def _crash(self, point: Point) -> None:
        act, source, other = BY_NAME[point.act], self._next_source(), self._next_source()
        orders = act.prepare(self._ground.store, source)
        others = BYSTANDER.prepare(self._ground.store, other)
        repairs: list[Future[None]] = []
        self._arm(point, lambda: repairs.append(self._ground.crash()))
        bystander = self._ground.aside.start(others)
        life = self._ground.nursery.start(orders)
        self._ground.live_on(life, bystander)
        self._disarm()
        for repair in repairs:
            repair.result()
        self._open += [_Open(str(point), act, source), _Open(f"{point} (the bystander)", BYSTANDER, other)]
        (self.tally.points if repairs else self.tally.missed).append(point)
        self.tally.counts["told to repeat it"] += len(life.delays) + len(bystander.delays)
        for each in (life, bystander):
            self._blame(point, [] if each.status == 0 else [f"a process that was not killed broke: {each.broke}"])
        self._look(point, source, orders, life)
        self._look(point, other, others, bystander)

    def _arm(self, point: Point, strike: Callable[[], object]) -> None:
        if point.position == "taken":
            self._ground.relay.arm(None)
            self._ground.receiver.arm(point.index, lambda: void(strike()))
        else:
            self._ground.receiver.arm()
            aim = Aim(point.index, point.position, point.wait)
            self._ground.relay.arm(aim, lambda _: void(strike()))

    def _disarm(self) -> None:
        self._ground.relay.arm(None)
        self._ground.receiver.arm()

    def _look(self, point: Point, source: str, orders: Sequence[Order], life: Life) -> None:
        """Hold what was acknowledged against the store, and repeat every order that has a name of its own."""
        counts, store = self.tally.counts, self._ground.store
        counts["acknowledged"] += len(life.all_answers)
        woken = [reference for answer in life.all_answers for reference in answer.get("woken", ())]
        statement = "SELECT count(*) FROM handrail.cases WHERE reference = ANY(%(woken)s) AND version > 1"
        if woken and scalar(store, statement, {"woken": woken}) != len(woken):
            self._blame(point, ["lost: a case that was woken is not"])
        statement = (
            "SELECT count(DISTINCT n.message) FROM handrail.notices AS n WHERE state = 'sent' AND EXISTS"
            " (SELECT FROM handrail.events AS e WHERE e.case_id = n.case_id AND e.source = %(source)s)"
        )
        sent = sum(answer.get("sent", 0) for answer in life.all_answers)
        if sent and scalar(store, statement, {"source": source}) < sent:
            self._blame(point, ["lost: a message that was settled is not"])
        for number, order in enumerate(orders):
            if order["do"] not in {"wake", "deliver"}:
                self._blame(point, self._repeated(order, life.answers.get(number)))

    def _repeated(self, order: Order, acknowledged: Answer | None) -> list[str]:
        try:
            first, again = (carry_out(self._ground.store, order) for _ in range(2))
        except CaseworkError as error:
            what = "acknowledged" if acknowledged else "interrupted"
            return [f"refused: {order} was {what} and is now answered: {type(error).__name__}: {error}"]
        counts = self.tally.counts
        counts["repeated"] += 2
        if acknowledged is not None:
            if not first["repeated"]:
                return [f"lost: {order} was acknowledged and is not there"]
            if _facts(first) != _facts(acknowledged):
                return [f"answered otherwise: {order} was answered {acknowledged} and is now {first}"]
        elif first["repeated"]:
            counts["committed, never heard of"] += 1
        if not again["repeated"] or _facts(again) != _facts(first):
            return [f"answered otherwise: {order} was answered {first} and then {again}"]
        return []

    def _close_round(self) -> None:
        if not self._open:
            return
        self._ground.finish()
        for each in self._open:
            found = differences(endings(self._ground.store, each.source), self.expected[each.act.name])
            self.tally.failures += [f"{each.what}: {what}" for what in found]
        news = [what for what in loose_ends(self._ground) if what not in self._loose]
        over = "; ".join(each.what for each in self._open)
        self.tally.failures += [f"{what} (after: {over})" for what in news]
        self._loose.update(news)
        self._open = []

    def _verify(self) -> None:
        proof = casework.verify(self._ground.store)
        self.tally.counts["cases verified"] = proof.cases
        self.tally.counts["events verified"] = proof.events
        came = Counter((agency, key) for agency, key, _ in self._ground.receiver.taken)
        self.tally.counts["messages posted"] = len(came)
        self.tally.counts["messages posted again"] = sum(came.values()) - len(came)
        self.tally.failures += [f"verify: {each.reference}: {each.what}" for each in proof.mismatches]

    def _blame(self, point: Point, what: Sequence[str]) -> None:
        self.tally.failures += [f"{point}: {each}" for each in what]


def void(_: object) -> None:
    """Give nothing back."""


def _facts(answer: Answer) -> Answer:
    return {name: value for name, value in answer.items() if name != "repeated"}
