"""How wide a text is in a common sans-serif letter, and how it is broken or cut to fit.

The widths are those of Helvetica and its metric twins (Arial, Liberation Sans), in thousandths of the
letter's size. What is not in the table counts as a wide letter, so that a text is never wider than told.
"""

from __future__ import annotations

from collections.abc import Mapping

WIDTHS: Mapping[int, str] = {
    191: "'",
    222: "ijl\u2018\u2019",
    278: " !,./:;I[]\\ft·",
    333: "()-`r“”",
    355: '"',
    500: "Jckszvxy",
    556: "0123456789abdeghnopqu?_#$L",
    584: "+<=>~\u00d7≥≤",
    611: "FTZ",
    667: "&ABEKPSVXY",
    722: "CDHNRUw",
    778: "GOQ",
    833: "Mm",
    889: "%",
    944: "W",
    1000: "—…",
}
BOLD = 1.11
"""How much wider a bold letter is, at most on average over a word."""
WIDTH_OF = {letter: width for width, letters in WIDTHS.items() for letter in letters}


def width_of(text: str, size: float, *, bold: bool = False) -> float:
    """Return the width of a line of text in the unit of ``size``, never too small."""
    thousandths = sum(WIDTH_OF.get(letter, 1000) for letter in text)
    return thousandths * size / 1000 * (BOLD if bold else 1)


def cut(text: str, size: float, room: float, *, bold: bool = False) -> str:
    """Return the text, or as much of its beginning as fits ``room`` with an ellipsis."""
    if width_of(text, size, bold=bold) <= room:
        return text
    short = text
    while short and width_of(f"{short.rstrip()}…", size, bold=bold) > room:
        short = short[:-1]
    return f"{short.rstrip()}…"


def broken(text: str, size: float, room: float, lines: int, *, bold: bool = False) -> tuple[str, ...]:
    """Return the text as at most ``lines`` lines that fit ``room``; what does not fit is cut."""
    words = text.split()
    done: list[str] = []
    while words and len(done) < lines - 1:
        line = words.pop(0)
        while words and width_of(f"{line} {words[0]}", size, bold=bold) <= room:
            line = f"{line} {words.pop(0)}"
        done.append(cut(line, size, room, bold=bold))
    if words:
        done.append(cut(" ".join(words), size, room, bold=bold))
    return tuple(done)
