"""Tables as text: rows of cells, read as a stream, each with the number of its line."""

import csv
import io
from collections import deque
from collections.abc import Collection, Iterator
from pathlib import Path

from integrations.event_lines import LINE_LIMIT, BadLine, LogUnreadable, numbered_lines

_DELIMITERS = (",", ";", "\t")
# The csv module refuses longer cells; a longer line takes its way so that both ways refuse the same.
_PLAIN_LIMIT = csv.field_size_limit()

Record = tuple[int, list[str]]


class Records:
    """Rows of cells with the number of the line where each begins.

    Most lines hold no quote and are simply split. A row whose quotes do not end well is refused by its
    first line alone, and reading goes on with the next line, so that one stray quote costs one row.
    ``known`` are the columns by which the delimiter is told; set ``width`` once the header is read.
    """

    def __init__(self, stream: io.BufferedIOBase, known: Collection[str]) -> None:
        self._known = frozenset(known)
        self.delimiter = ","
        self.width = 0
        self._source = numbered_lines(stream)
        self._returned: deque[tuple[int, str] | BadLine] = deque()

    def first(self, path: Path) -> list[str] | None:
        """Return the cells of the header, or ``None`` of an empty table; the delimiter is chosen by it.

        Raises:
            LogUnreadable: the header cannot be read.
        """
        self.choose_delimiter()
        for record in self:
            if isinstance(record, BadLine):
                message = f"The header of {path} (line {record.number}) cannot be read. {record.message}"
                raise LogUnreadable(message)
            return record[1]
        return None

    def choose_delimiter(self) -> None:
        """Take the delimiter that parts the first line into the most known columns, a comma if none does."""
        line = self._next_line()
        if line is None:
            return
        self._returned.append(line)
        if not isinstance(line, BadLine):
            self.delimiter = max(_DELIMITERS, key=lambda mark: self._count_of_known(line[1], mark))

    def __iter__(self) -> Iterator[Record | BadLine]:
        while (line := self._next_line()) is not None:
            if isinstance(line, BadLine):
                yield line
                continue
            number, text = line
            bare = text.rstrip("\r\n")
            if '"' in bare or "\r" in bare or len(bare) > _PLAIN_LIMIT:
                yield self._quoted(number, text)
            elif bare:
                yield self._of_right_width(number, bare.split(self.delimiter))

    def _next_line(self) -> tuple[int, str] | BadLine | None:
        return self._returned.popleft() if self._returned else next(self._source, None)

    def _quoted(self, number: int, text: str) -> Record | BadLine:
        taken: list[tuple[int, str] | BadLine] = []
        try:
            cells = next(
                csv.reader(
                    self._with_following(text, taken),
                    delimiter=self.delimiter,
                    strict=True,
                )
            )
        except csv.Error as error:
            self._returned.extendleft(reversed(taken))
            return BadLine(number, f"The row cannot be read as CSV: {error}. {_QUOTING}")
        record = self._of_right_width(number, cells)
        if isinstance(record, BadLine):
            self._returned.extendleft(reversed(taken))
        return record

    def _with_following(self, text: str, taken: list[tuple[int, str] | BadLine]) -> Iterator[str]:
        yield text
        size = len(text)
        while size < LINE_LIMIT and (line := self._next_line()) is not None:
            taken.append(line)
            if isinstance(line, BadLine):
                return
            size += len(line[1])
            yield line[1]

    def _count_of_known(self, header: str, delimiter: str) -> int:
        return len({name.strip(' "\r\n') for name in header.split(delimiter)} & self._known)

    def _of_right_width(self, number: int, cells: list[str]) -> Record | BadLine:
        if self.width in (0, len(cells)):
            return number, cells
        found = f"Found {len(cells)} cells, expected {self.width} as in the header."
        return BadLine(number, f"{found} Quote a cell that holds the delimiter {self.delimiter!r}.")


_QUOTING = 'Expected "…" around a cell, and "" for a quote inside it.'
