"""Parsed YAML as nodes with marks, composed by us so that every bound is kept while reading.

The composer takes ruamel's events, which know no types, and stops at the first one beyond a bound:
a hostile file costs no more than an honest one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from ruamel.yaml import YAML, events

from pathways.yaml_scalars import InexactNumberError, Scalar, plain_scalar

MOST_DEPTH = 40
MOST_ALIASES = 100
MOST_FAULTS = 200
MOST_NODES = 14_000
"""Values of a file, aliases written out: 1.5 times what the largest programme needs, and about a second to read."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A place in a text; both count from 1."""

    line: int
    column: int


@dataclass(frozen=True, slots=True)
class YamlFault:
    """What is wrong with a text before anybody asks what it means."""

    rule: str
    mark: Mark
    message: str
    found: str | None = None
    expected: str | None = None


class UnreadableError(Exception):
    """Reading had to stop here."""

    def __init__(self, fault: YamlFault) -> None:
        self.fault = fault
        super().__init__(fault.message)


@dataclass(frozen=True, slots=True)
class Pair:
    key: str
    mark: Mark
    node: Node


@dataclass(frozen=True, slots=True)
class Node:
    """A value and where it begins; an alias is the node it stands for, at its own mark."""

    mark: Mark
    value: Content


Content: TypeAlias = Scalar | list[Node] | list[Pair] | tuple[()]
"""A scalar, a list of nodes, a mapping as pairs; ``()`` is the empty mapping."""


@dataclass(slots=True)
class Composer:
    """Composes the one document of a text; ``faults`` are those that let reading go on."""

    events: Iterator[Any]
    faults: list[YamlFault] = field(default_factory=list)
    anchors: dict[str, Node | None] = field(default_factory=dict)
    """``None`` while the anchored value is still being read."""
    aliases: int = 0
    nodes: int = 0

    def document(self) -> Node | None:
        """Return the root, or ``None`` of an empty text.

        Raises:
            UnreadableError: a bound is passed, or what follows cannot be understood any more.
        """
        next(self.events)  # the start of the stream
        first = next(self.events)
        if isinstance(first, events.StreamEndEvent):
            return None
        if first.version or first.tags:
            raise _stop("yaml-directive", first, "A '%' directive is not read.")
        root = self._node(next(self.events), 1)
        next(self.events)  # the end of the document
        after = next(self.events)
        if not isinstance(after, events.StreamEndEvent):
            raise _stop("many-documents", after, "The file holds more than one document.")
        return root

    def _node(self, event: Any, depth: int) -> Node:
        self.nodes += 1
        if self.nodes > MOST_NODES:
            raise _too_many_nodes(mark_of(event))
        if isinstance(event, events.AliasEvent):
            return self._alias(event)
        if depth > MOST_DEPTH:
            raise _stop("too-deep", event, "The file is nested too deeply.", expected=f"at most {MOST_DEPTH} levels")
        if event.anchor:
            self.anchors[event.anchor] = None
        if event.tag is not None:
            self._fault("yaml-tag", event, f"The tag {_shown(event.tag)} is not read.")
        node = Node(mark_of(event), self._content(event, depth))
        if event.anchor:
            self.anchors[event.anchor] = node
        return node

    def _content(self, event: Any, depth: int) -> Content:
        if isinstance(event, events.ScalarEvent):
            return self._scalar(event)
        if isinstance(event, events.SequenceStartEvent):
            return self._items(depth)
        return self._pairs(depth) or ()

    def _scalar(self, event: Any) -> Scalar:
        text = str(event.value)
        if event.style:
            return text
        try:
            return plain_scalar(text)
        except InexactNumberError:
            self._fault("bad-number", event, "This number cannot be kept exactly.")
            return 0

    def _items(self, depth: int) -> list[Node]:
        items: list[Node] = []
        while not isinstance(event := next(self.events), events.SequenceEndEvent):
            items.append(self._node(event, depth + 1))
        return items

    def _pairs(self, depth: int) -> list[Pair]:
        pairs: dict[str, Pair] = {}
        while not isinstance(event := next(self.events), events.MappingEndEvent):
            key = self._key(event)
            node = self._node(next(self.events), depth + 1)
            if key == "<<":
                self._fault("merge-key", event, "The merge key '<<' is not read.")
            elif key in pairs:
                first = pairs[key].mark
                self._fault(
                    "duplicate-key",
                    event,
                    f"The key {key!r} is given twice; the first is on line {first.line}, column {first.column}.",
                )
            else:
                pairs[key] = Pair(key, mark_of(event), node)
        return list(pairs.values())

    def _key(self, event: Any) -> str:
        """Return a key as its text: ``no``, ``2024`` and ``true`` are names like any other."""
        if not isinstance(event, events.ScalarEvent) or (not event.value and not event.style):
            found = _KINDS.get(type(event), "nothing")
            raise _stop("key-not-text", event, "A key must be plain text.", found=found, expected="a name")
        self.nodes += 1
        if event.tag is not None:
            self._fault("yaml-tag", event, f"The tag {_shown(event.tag)} is not read.")
        key = str(event.value)
        if event.anchor:
            self.anchors[event.anchor] = Node(mark_of(event), key)
        return key

    def _alias(self, event: Any) -> Node:
        self.aliases += 1
        if self.aliases > MOST_ALIASES:
            raise _stop(
                "too-many-aliases", event, "The file uses too many aliases.", expected=f"at most {MOST_ALIASES}"
            )
        if event.anchor not in self.anchors:
            raise _stop("unknown-anchor", event, f"No anchor '&{event.anchor}' stands before '*{event.anchor}'.")
        node = self.anchors[event.anchor]
        if node is None:
            raise _stop("unknown-anchor", event, f"The value of '&{event.anchor}' contains itself.")
        return Node(mark_of(event), node.value)

    def _fault(self, rule: str, event: Any, message: str) -> None:
        if len(self.faults) < MOST_FAULTS:
            self.faults.append(YamlFault(rule, mark_of(event), message))


_KINDS = {events.AliasEvent: "an alias", events.SequenceStartEvent: "a list", events.MappingStartEvent: "a mapping"}
_STANDARD_TAG = "tag:yaml.org,2002:"


def compose(text: str) -> tuple[Node | None, list[YamlFault]]:
    """Return the root node and the faults that let reading go on.

    Raises:
        UnreadableError: a bound is passed, or a value cannot be understood.
        ruamel.yaml.error.YAMLError: the text is no YAML.
    """
    composer = Composer(iter(YAML(typ="safe", pure=True).parse(text)))
    return composer.document(), composer.faults


def mark_of(event: Any) -> Mark:
    return Mark(event.start_mark.line + 1, event.start_mark.column + 1)


def _shown(tag: str) -> str:
    return repr(tag.replace(_STANDARD_TAG, "!!"))


def _too_many_nodes(mark: Mark) -> UnreadableError:
    return UnreadableError(
        YamlFault("too-large", mark, "The file holds too many values.", expected=f"at most {MOST_NODES:,}")
    )


def _stop(  # the parts of a fault
    rule: str,
    event: Any,
    message: str,
    found: str | None = None,
    expected: str | None = None,
) -> UnreadableError:
    return UnreadableError(YamlFault(rule, mark_of(event), message, found, expected))
