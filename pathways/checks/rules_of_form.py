"""Rules about the text of a file and the form of its parts: what each says, and how to mend what breaks it."""

from __future__ import annotations

RULES_OF_FORM: dict[str, tuple[str, str]] = {
    "empty-file": ("A file holds something.", "write the pathway, or restore the file"),
    "not-utf-8": ("A file is UTF-8 text.", "save it as UTF-8"),
    "control-character": ("Every character of a file can be seen.", "remove it"),
    "too-large": ("A file, its lines and the number of its values are bounded.", "split it or shorten it"),
    "too-deep": ("A file is nested at most 40 levels deep.", "nest less deeply"),
    "too-many-aliases": ("A file uses at most 100 aliases.", "write the values out"),
    "bad-yaml": ("A file is YAML 1.2.", "check the indent, quotes and brackets"),
    "yaml-directive": ("A file has no '%' directive.", "remove the line"),
    "yaml-tag": ("A value has no '!' tag.", "remove the tag"),
    "merge-key": ("Mappings are not merged with '<<'.", "write the keys out"),
    "many-documents": ("A file is one document.", "remove '---' and what follows"),
    "unknown-anchor": ("An alias follows its anchor, and is not inside it.", "put the anchor first"),
    "key-not-text": ("Every key is plain text.", "write a name before the colon"),
    "duplicate-key": ("A key is given once in a mapping.", "keep one of them"),
    "bad-number": ("A number can be kept exactly.", "write it in quotes"),
    "unknown-key": ("Every key is one of the language.", "remove it or rename it"),
    "missing-key": ("Every key that a part needs is given.", "add it"),
    "wrong-type": ("Every value is of the right kind.", "write the kind of value that is expected"),
    "wrong-value": ("A value of a closed list is one of that list.", "choose one that is expected"),
    "bad-name": ("A name is written as names of its kind are.", "rename it"),
    "bad-duration": ("A duration is a number and a unit.", "write it like '28 days'"),
    "bad-time": ("A time of day is written as hours and minutes.", 'write it like "16:00"'),
    "bad-instant": ("A date and time exist in the calendar.", "write it like 2026-03-21 09:00"),
    "bad-form": ("The keys of a part agree with each other.", "give the keys that are needed together"),
    "empty": ("What must hold something is not empty.", "add an item or remove the key"),
    "out-of-range": ("A number or a text is within its bounds.", "choose one within the bounds"),
}
