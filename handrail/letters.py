"""Notices put together to messages, and put into words: one by one if urgent, else as one list an agency.

No part of a message holds anything personal: a case is named by its reference only, a blockage by its number.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from handrail.rules import Rules
from integrations.messages import KINDS, Address, DigestItem, Facts, Message, Templates
from models.notices import Waiting
from pathways.declaration import Stage


@dataclass(frozen=True, slots=True)
class Letter:
    """The notices that go to one agency as one message, under one key that stays the same for every try."""

    key: str
    agency: str
    notices: tuple[Waiting, ...]

    @property
    def tries(self) -> int:
        return max(notice.tries for notice in self.notices)

    @property
    def keys(self) -> list[str]:
        return [notice.key for notice in self.notices]


def put_together(notices: Sequence[Waiting]) -> list[Letter]:
    """Return the letters that carry ``notices``, each agency's in order of age.

    What was in a letter before stays in it, so that another try is the same message. What is new goes alone if
    it is urgent, or alone of its kind; the rest of an agency becomes one list.
    """
    letters = []
    for agency, group in groupby(sorted(notices, key=lambda each: each.agency), key=lambda each: each.agency):
        waiting = list(group)
        tried: dict[str, list[Waiting]] = {}
        for each in waiting:
            if each.message is not None:
                tried.setdefault(each.message, []).append(each)
        letters += [Letter(key, agency, tuple(parts)) for key, parts in tried.items()]
        new = [each for each in waiting if each.message is None]
        calm = [each for each in new if not each.urgent]
        alone = [each for each in new if each.urgent] + (calm if len(calm) == 1 else [])
        letters += [Letter(each.key, agency, (each,)) for each in alone]
        if len(calm) > 1:
            letters.append(Letter(f"digest/{agency}/{calm[0].key}/{len(calm)}", agency, tuple(calm)))
    return letters


@dataclass(frozen=True)
class Writer:
    """What puts letters into words.

    ``rules`` are the newest of each pathway. ``base_url`` fronts each link; where it is empty a command stands instead.
    """

    templates: Templates
    rules: Mapping[str, Rules]
    base_url: str

    def message(self, letter: Letter, address: Address) -> Message:
        """Return the letter as a message to ``address``.

        Raises:
            TemplateBroken: its template cannot be read or filled in.
        """
        first = letter.notices[0]
        kind = "digest" if len(letter.notices) > 1 else first.kind
        text = self.templates.render(kind if kind in KINDS else "generic", self._facts(letter))
        single = first if len(letter.notices) == 1 else None
        return Message(
            key=letter.key,
            agency=letter.agency,
            to=address,
            subject=text.subject,
            body=text.body,
            kind=kind,
            case=single.reference if single is not None and single.blockage is None else None,
            sent_for=max(notice.at for notice in letter.notices),
            urgent=any(notice.urgent for notice in letter.notices),
            data=_codes(single) if single is not None else {"notices": str(len(letter.notices))},
        )

    def _facts(self, letter: Letter) -> Facts:
        first, title = letter.notices[0], self._title(letter)
        if len(letter.notices) == 1:
            return Facts(
                agency_title=title,
                what=self._what(first),
                answer_at=self._link(first),
                reference=first.reference,
                by_when=self._local(first, first.due_at),
                because=None,  # a reason may be health or hold an agency's own words: it is read behind the link
            )
        items = [
            DigestItem(self._what(each), each.reference, self._local(each, each.due_at), self._link(each))
            for each in letter.notices
        ]
        what = f"{len(items)} things to know and to do"
        return Facts(agency_title=title, what=what, answer_at=self._list_of(letter.agency), items=items)

    def _title(self, letter: Letter) -> str:
        return self.rules[letter.notices[0].pathway].pathway.agency_title(letter.agency)

    def _link(self, notice: Waiting) -> str:
        if notice.blockage is not None:
            return f"handrail blockage show {notice.blockage}"
        if not self.base_url:
            return f"handrail case {notice.reference}"
        return f"{self.base_url}/cases/{notice.reference}"

    def _list_of(self, agency: str) -> str:
        if not self.base_url:
            return f"handrail report tasking --agency {agency}"
        return f"{self.base_url}/agencies/{agency}"

    def _local(self, notice: Waiting, instant: datetime | None) -> str | None:
        if instant is None:
            return None
        local = self.rules[notice.pathway].pathway.calendar.local(instant)
        return f"{local:%A} {local.day} {local:%B %Y, %H:%M}"

    def _what(self, notice: Waiting) -> str:
        """Return in words what the notice is about: the title that the rules give it, or its name."""
        subject = notice.subject or "this case"
        declared = self.rules[notice.pathway].pathway.declaration
        blockage = declared.blockages.get(subject)
        if blockage is not None and blockage.title:
            return blockage.title
        track = declared.tracks.get(notice.track or "")
        for stage in track.stages.values() if track is not None else ():
            if title := _title_in(stage, subject):
                return title
        if track is not None and subject in track.stages:
            return track.stages[subject].title or _words(subject)
        return _words(subject)


def _title_in(stage: Stage, name: str) -> str | None:
    for declared in (stage.tasks, stage.follow_ups, stage.hand_offs):
        if name in declared:
            return declared[name].title
    return None


def _words(name: str) -> str:
    return name.replace("_", " ")


def _codes(notice: Waiting) -> dict[str, str]:
    codes = {"pathway": notice.pathway, "track": notice.track, "subject": notice.subject}
    if notice.blockage is not None:
        codes["blockage"] = notice.reference
    due = notice.due_at.isoformat() if notice.due_at is not None else None
    return {name: value for name, value in {**codes, "due_at": due}.items() if value is not None}
