"""Every command line that is shown anywhere is one that the command takes."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

from handrail.cli.application import app

ROOT = Path(__file__).parents[2]
PAGES = sorted([ROOT / "README.md", ROOT / "CHANGELOG.md", *(ROOT / "docs").rglob("*.md")])
FENCE = re.compile(r"^```(?:console|sh)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)


def shown_commands() -> set[str]:
    """Return every command line of the documents and the README that begins with ``handrail``."""
    texts = [page.read_text(encoding="utf-8") for page in PAGES]
    inline = {found for text in texts for found in re.findall(r"`(handrail [^`\n]+)`", text)}
    lines = {line for text in texts for fence in FENCE.finditer(text) for line in fence["text"].splitlines()}
    bare = {line.removeprefix("$ ").removeprefix(".venv/bin/") for line in lines}
    return inline | {line for line in bare if line.startswith("handrail ")}


@pytest.mark.parametrize("line", sorted(shown_commands()))
def test_every_command_that_is_shown_exists_with_its_options(line: str) -> None:
    command: Any = get_command(app)
    words = shlex.split(line, comments=True)[1:]

    while words and hasattr(command, "commands"):
        assert words[0] in command.commands, f"{line}: there is no verb {words[0]!r}"
        command = command.commands[words.pop(0)]

    known = {name for parameter in command.params for name in (*parameter.opts, *parameter.secondary_opts)}
    used = {word.partition("=")[0] for word in words if word.startswith("--")} - {"--help"}
    assert used <= known, f"{line}: no such option"
