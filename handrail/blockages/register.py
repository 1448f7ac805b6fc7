"""The register: what was found opens once, ages, escalates on its ladder, and clears when its cause has been gone."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from handrail.blockages.costs import cost_of
from handrail.blockages.findings import Finding, Look, Subject
from handrail.blockages.telling import tell
from handrail.blockages.watching import shared
from handrail.sweeps import Act
from models import shared_blockages as register
from models.database import RawConnection
from models.shared_blockages import LastOf, NewBlockage, SharedAct, SharedBlockage

CALM_BEFORE_ANEW = "its cause was found again soon after it had cleared"


@dataclass(frozen=True)
class Known:
    """What the register knows of a pathway as a look begins; its open blockages are held."""

    blockages: Mapping[int, SharedBlockage]
    """Those open, and those merged into them, by number."""
    last: Mapping[Subject, LastOf]

    def root(self, subject: Subject) -> LastOf | None:
        """Return the latest blockage of the subject, or what it was merged into in the end."""
        by_id = {each.id: each for each in self.last.values()}
        found = self.last.get(subject)
        while found is not None and found.merged_into is not None:
            found = by_id.get(found.merged_into)
        return found

    @property
    def open_(self) -> frozenset[Subject]:
        return frozenset(each for each in self.last if (root := self.root(each)) and root.closed_at is None)

    @property
    def closed(self) -> dict[Subject, datetime]:
        roots = {each: self.root(each) for each in self.last}
        return {
            each: root.closed_at
            for each, root in roots.items()
            if root is not None and root.closed_as == "closed" and root.closed_at is not None
        }

    def names_in(self, number: int) -> set[str]:
        """Return the names of what the blockage stands for, with what was merged into it."""
        return {each[0] for each in self.last if (root := self.root(each)) and root.id == number}


def know(connection: RawConnection, pathway: str) -> Known:
    """Return what the register knows of the pathway, its open blockages held until the transaction ends."""
    register.hold_open(connection, pathway)
    last = {(each.name, each.subject): each for each in register.list_last(connection, pathway)}
    open_ = {each.id: each for each in register.list_shared(connection, pathway)}
    return Known(open_, last)


def bring_up_to_date(look: Look, known: Known, findings: Sequence[Finding], judged: Collection[str]) -> list[Act]:
    """Have the register tell what was found; ``judged`` names the blockages that were looked for at all."""
    acts: list[Act] = []
    found: set[int] = set()
    for finding in findings:
        number, act = _take_in(look, known, finding)
        found.add(number)
        acts += act
    for number in sorted(known.blockages.keys() | found):
        blockage = register.find_shared(look.connection, number)
        if blockage is None:
            continue
        if number not in found and known.names_in(number) <= set(judged) | _undeclared(look, known, number):
            acts += _calm_down(look, blockage)
        acts += _age(look, known, number)
    return acts


def note(look: Look, blockage: SharedBlockage, act: str, because: str, agency: str | None = None) -> Act:
    """Keep what the system itself did about the blockage, and return it as operators see it."""
    to = agency or blockage.owner
    register.record_act(look.connection, blockage.id, SharedAct(look.now, act, to, None, because))
    return Act(blockage.reference, to, f"blockage_{act}", blockage.name)


def _take_in(look: Look, known: Known, finding: Finding) -> tuple[int, list[Act]]:
    """Have the finding be told by a blockage: one that is open, one that had just cleared, or a new one."""
    chart, subject = finding.chart, (finding.chart.name, finding.subject)
    root, acts = known.root(subject), list[Act]()
    if root is not None and root.closed_as == "cleared" and root.closed_at is not None:
        soon = not look.has_lasted(chart, root.closed_at, chart.clears_after)
        if soon:
            register.reopen_shared(look.connection, root.id)
            acts = [_opened(look, root.id, "reopened", CALM_BEFORE_ANEW)]
        root = root if soon else None
    elif root is not None and root.closed_at is not None:
        root = None
    number = root.id if root is not None else None
    if number is None:
        number = register.open_shared(look.connection, _new(look, finding), look.now)
        if number is None:
            raise AssertionError(subject)  # nobody else looks while we do
        acts = [_opened(look, number, "opened", finding.because)]
    if root is None or (root.name, root.subject) == subject:
        register.note_found(look.connection, number, look.now, finding.because, finding.evidence, finding.reason)
    else:
        register.note_still(look.connection, number, look.now)
    register.link_cases(look.connection, number, finding.cases)
    return number, acts


def _new(look: Look, finding: Finding) -> NewBlockage:
    chart, pathway = finding.chart, look.pathway
    owner = pathway.serving(chart.owner, look.now)
    due = pathway.due(owner, look.now, chart.rule.act_within, ()) if chart.rule is not None else None
    return NewBlockage(
        pathway.key,
        chart.name,
        chart.kind,
        finding.subject,
        chart.theme,
        finding.attributable_to,
        finding.reason,
        owner,
        finding.since,
        finding.because,
        finding.evidence,
        pathway.calendar.local(due).date() if due is not None else None,
    )


def _opened(look: Look, number: int, act: str, because: str) -> Act:
    blockage = register.find_shared(look.connection, number)
    if blockage is None:
        raise AssertionError(number)
    tell(look.connection, look.rules, look.now, blockage, "blockage")
    return note(look, blockage, act, because)


def _calm_down(look: Look, blockage: SharedBlockage) -> list[Act]:
    """Note that the cause is gone; once it has been for long enough, clear the blockage and say so."""
    chart = shared(look.pathway, blockage.name)
    since = blockage.calm_since
    if since is None:
        since = look.now
        register.note_calm(look.connection, blockage.id, since)
    if chart is not None and not look.has_lasted(chart, since, chart.clears_after):
        return []
    because = "its cause is gone" if chart is not None else "the pathway declares it no more"
    register.close_shared(look.connection, blockage.id, (look.now, "cleared", because))
    tell(look.connection, look.rules, look.now, blockage, "blockage_cleared")
    return [note(look, blockage, "cleared", because)]


def _age(look: Look, known: Known, number: int) -> list[Act]:
    """Bring the person-days up to date, and take the steps of the ladder that are due."""
    blockage = register.find_shared(look.connection, number)
    if blockage is None:
        return []
    until = blockage.calm_since or look.now
    merged = [each.id for each in known.last.values() if each.id != number and _ends_in(known, each, number)]
    for each in (number, *merged):
        part = register.find_shared(look.connection, each)
        chart = shared(look.pathway, part.name) if part is not None else None
        if part is not None and chart is not None:
            register.note_cost(look.connection, each, cost_of(look, chart, part, until))
    return _escalate(look, blockage)


def _ends_in(known: Known, last: LastOf, number: int) -> bool:
    root = known.root((last.name, last.subject))
    return root is not None and root.id == number


def _escalate(look: Look, blockage: SharedBlockage) -> list[Act]:
    """Take the steps that are due; while somebody disputes the blockage, or it is calm, none is."""
    chart = shared(look.pathway, blockage.name)
    if chart is None or blockage.closed_at is not None or blockage.disputed or blockage.calm_since is not None:
        return []
    acts = []
    for level, (after, to) in enumerate(chart.escalate[blockage.level :], blockage.level + 1):
        if not look.has_lasted(chart, blockage.opened_at, after):
            break
        register.note_level(look.connection, blockage.id, level)
        agency = look.pathway.serving(to, look.now)
        tell(look.connection, look.rules, look.now, blockage, "escalation", agency)
        acts.append(note(look, blockage, "escalated", f"it has lasted {after}", agency))
    return acts


def _undeclared(look: Look, known: Known, number: int) -> set[str]:
    return {each for each in known.names_in(number) if shared(look.pathway, each) is None}
