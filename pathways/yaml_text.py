"""Strict YAML 1.2: a bounded text becomes plain values, and every value keeps its place.

Text stays text (``no``, ``on``, ``10:00`` and dates), a duplicate key is a fault, there are no tags,
no merge keys and no second document. No bytes lead to anything but values or faults.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from ruamel.yaml.error import MarkedYAMLError, YAMLError

from pathways.yaml_nodes import MOST_NODES, Mark, Node, Pair, UnreadableError, YamlFault, compose
from pathways.yaml_scalars import Scalar

Path: TypeAlias = tuple[str | int, ...]
Plain: TypeAlias = "Scalar | list[Plain] | dict[str, Plain]"

MOST_BYTES = 512 * 1024
MOST_LINES = 20_000
LONGEST_LINE = 4_000
"""Characters. The reader's time grows with the length of a line, so this bounds it."""

_TOP = Mark(1, 1)
_LINE_END = re.compile(r"\r\n|\r|\n")
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff]")


@dataclass(frozen=True, slots=True)
class YamlText:
    """Plain values with the mark of every key and value by its path."""

    value: Plain
    keys: Mapping[Path, Mark]
    values: Mapping[Path, Mark]

    def mark(self, path: Path, *, key: bool = False) -> Mark:
        """Return where ``path`` stands, or the nearest thing around it that is written down."""
        marks = self.keys if key else self.values
        while path:
            if path in marks:
                return marks[path]
            if path in self.values:
                return self.values[path]
            path = path[:-1]
        return _TOP


def read_yaml(text: str | bytes) -> tuple[YamlText | None, tuple[YamlFault, ...]]:
    """Return the values of ``text`` (``None`` when it cannot be read) and all that is wrong with it."""
    try:
        decoded = _decode(text)
        _bound(decoded)
        root, faults = compose(decoded)
        if root is None:
            return None, (YamlFault("empty-file", _TOP, "The file is empty."),)
        return _flatten(root), tuple(faults)
    except UnreadableError as stop:
        return None, (stop.fault,)
    except YAMLError as error:
        return None, (_syntax_fault(error),)


def _decode(text: str | bytes) -> str:
    size = len(text)
    if size > MOST_BYTES:
        raise UnreadableError(
            YamlFault("too-large", _TOP, "The file is too large.", f"{size:,} bytes", f"at most {MOST_BYTES:,}")
        )
    return (_utf_8(text) if isinstance(text, bytes) else text).removeprefix("\ufeff")


def _utf_8(content: bytes) -> str:
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        fault = YamlFault(
            "not-utf-8",
            _mark_after(content[: error.start].decode()),
            "The file is not UTF-8 text.",
            f"the byte 0x{content[error.start]:02x}",
        )
        raise UnreadableError(fault) from None


def _bound(text: str) -> None:
    """Refuse what would make reading slow, and characters that nobody can see."""
    if control := _CONTROL.search(text):
        raise UnreadableError(
            YamlFault(
                "control-character",
                _mark_after(text[: control.start()]),
                "The file holds a character that nobody can see.",
                f"U+{ord(control[0]):04X}",
            )
        )
    lines = _LINE_END.split(text)
    if len(lines) > MOST_LINES:
        mark = Mark(MOST_LINES + 1, 1)
        raise UnreadableError(
            YamlFault("too-large", mark, "The file has too many lines.", None, f"at most {MOST_LINES:,}")
        )
    for number, line in enumerate(lines, 1):
        if len(line) > LONGEST_LINE:
            mark = Mark(number, LONGEST_LINE + 1)
            raise UnreadableError(
                YamlFault("too-large", mark, "The line is too long.", None, f"at most {LONGEST_LINE:,} characters")
            )


def _mark_after(before: str) -> Mark:
    lines = _LINE_END.split(before)
    return Mark(len(lines), len(lines[-1]) + 1)


def _syntax_fault(error: YAMLError) -> YamlFault:
    if not isinstance(error, MarkedYAMLError):
        return YamlFault("bad-yaml", _TOP, "The file is not YAML.")
    place = error.problem_mark or error.context_mark
    mark = Mark(place.line + 1, place.column + 1) if place else _TOP
    context = error.context
    if context and error.context_mark and error.context_mark.line + 1 != mark.line:
        context += f" that begins on line {error.context_mark.line + 1}"
    told = ", ".join(part for part in (context, error.problem) if part)
    return YamlFault("bad-yaml", mark, f"The file is not YAML: {told}.")


@dataclass(slots=True)
class _Flattening:
    keys: dict[Path, Mark] = field(default_factory=dict)
    values: dict[Path, Mark] = field(default_factory=dict)
    nodes: int = 0

    def plain(self, node: Node, path: Path) -> Plain:
        self.nodes += 1
        if self.nodes > MOST_NODES:
            fault = YamlFault(
                "too-large",
                node.mark,
                "With its aliases written out the file is too large.",
                None,
                f"at most {MOST_NODES:,} values",
            )
            raise UnreadableError(fault)
        self.values[path] = node.mark
        match node.value:
            case tuple():
                return {}
            case [Pair(), *_]:
                return self._mapping(node.value, path)
            case list():
                return self._list(node.value, path)
            case _:
                return node.value

    def _mapping(self, pairs: list[Any], path: Path) -> Plain:
        mapping: dict[str, Plain] = {}
        for pair in pairs:
            here = (*path, pair.key)
            self.keys[here] = pair.mark
            mapping[pair.key] = self.plain(pair.node, here)
        return mapping

    def _list(self, nodes: list[Any], path: Path) -> Plain:
        return [self.plain(node, (*path, index)) for index, node in enumerate(nodes)]


def _flatten(root: Node) -> YamlText:
    flattening = _Flattening()
    value = flattening.plain(root, ())
    return YamlText(value, flattening.keys, flattening.values)
