"""What all verbs have in common."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError
from typer.testing import CliRunner

from handrail.cli import faults
from handrail.cli.application import app
from handrail.cli.errors import WrongUse
from handrail.cli.output import table
from handrail.errors import NotFound
from handrail.settings import Settings

COMMAND = Path(sys.executable).with_name("handrail")
VERBS = sorted(command.name or "" for command in app.registered_commands)


@pytest.mark.parametrize("verb", [*VERBS, "db upgrade", "db status"])
def test_every_verb_has_json_and_help_with_one_example(verb: str) -> None:
    shown = CliRunner().invoke(app, [*verb.split(), "--help"])

    assert shown.exit_code == 0
    assert shown.output.count("Example: handrail") == 1
    assert f"handrail {verb}" in " ".join(shown.output.split())
    assert "--json" in shown.output


def test_help_comes_at_once() -> None:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run([COMMAND, "--help"], capture_output=True, text=True, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)

    assert "replay" in done.stdout
    took = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    assert took < 2, "half a second is promised, on a quiet machine; this much of a processor on any"


def test_help_imports_neither_the_store_nor_prefect_nor_the_engine() -> None:
    program = "import sys; from handrail.cli import main; print(*sorted(sys.modules))"

    loaded = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout.split()

    assert {"prefect", "sqlalchemy", "pydantic", "fastapi", "rich"}.isdisjoint(loaded)


def test_an_unknown_verb_is_wrong_use(handrail: Any) -> None:
    ran = handrail("chekc")

    assert (ran.status, ran.output) == (2, "")
    assert "chekc" in ran.errors
    assert "Traceback" not in ran.errors


@pytest.mark.parametrize(
    "line", ["case --limit many", "case --limti 3", "refer shelter", "chekc", "answer K4T no --by x"]
)
def test_words_that_cannot_be_read_are_told_as_json_too(handrail: Any, line: str) -> None:
    ran = handrail(*line.split(), "--json")

    told = json.loads(ran.output)["error"]
    assert (ran.status, told["kind"]) == (2, "WrongUse")
    assert told["message"] in ran.errors
    assert "Usage: handrail" in told["message"]


def test_words_too_many_are_not_repeated(handrail: Any) -> None:
    ran = handrail("refer", "shelter", "--by", "council", "--name", "Mary", "Example")

    assert (ran.status, ran.output) == (2, "")
    assert "Example" not in ran.errors
    assert "in quotes" in ran.errors


def test_an_error_of_ours_is_told_in_its_own_words() -> None:
    verdict = faults.judge(NotFound("No case has the reference ABC."))

    assert (verdict.status, verdict.sentence) == (1, "No case has the reference ABC.")
    assert faults.judge(WrongUse("Give a file.")).status == 2


def test_a_fault_of_the_program_is_told_by_class_and_number_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HANDRAIL_STATE", str(tmp_path))

    try:
        raise KeyError("Mary Example, born 1 May 1980")  # noqa: TRY301
    except KeyError as error:
        status = faults.report(error, as_json=True)

    told = capsys.readouterr()
    [kept] = (tmp_path / "faults").iterdir()
    assert status == 1
    assert "Mary" not in told.out + told.err
    assert f"(KeyError, fault {kept.stem})" in told.err
    assert json.loads(told.out)["error"]["kind"] == "KeyError"
    assert "Mary Example" in kept.read_text()
    assert kept.stat().st_mode & 0o777 == 0o600


def test_a_fault_whose_details_cannot_be_kept_is_still_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    monkeypatch.setenv("HANDRAIL_STATE", str(blocked))

    verdict = faults.judge(RuntimeError("secret"))

    assert "could not be kept" in verdict.sentence
    assert "secret" not in verdict.sentence


def test_a_wrong_setting_is_named_without_its_value(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HANDRAIL_CONNECTIONS", "very secret")

    with pytest.raises(ValidationError) as caught:
        Settings()
    verdict = faults.judge(caught.value)

    assert verdict.status == 2
    assert "HANDRAIL_CONNECTIONS" in verdict.sentence
    assert "very secret" not in verdict.sentence


def test_a_reader_that_has_read_enough_is_no_error(pathways: Path) -> None:
    piped = f"{COMMAND} show {pathways / 'peep.yaml'} | head -1; echo status ${{PIPESTATUS[0]}}"

    done = subprocess.run(["/bin/bash", "-c", piped], capture_output=True, text=True, check=True)

    assert done.stderr == ""
    assert done.stdout.splitlines()[-1] in {"status 0", "status 1"}


@pytest.mark.parametrize(
    "line",
    [
        "case NOPE --json | true",
        "case --json >/dev/full",
        "show {peep} >/dev/full",
        "--version >/dev/full",
        "show {peep} >&-",
        "case NOPE >&- 2>&-",
    ],
    ids=[
        "nobody reads the error",
        "no room",
        "no room for text",
        "no room for a word",
        "no output",
        "no stream at all",
    ],
)
def test_whatever_became_of_the_output_nobody_sees_a_traceback(line: str, pathways: Path, database_url: str) -> None:
    ran = f"{COMMAND} {line.format(peep=pathways / 'peep.yaml')}; echo status ${{PIPESTATUS[0]}}"
    held_back = {"PYTHONUNBUFFERED": ""}  # as anywhere but in most containers: output leaves late, and fails late
    environment = {**os.environ, **held_back, "HANDRAIL_DATABASE_URL": database_url}

    done = subprocess.run(["/bin/bash", "-c", ran], capture_output=True, text=True, check=True, env=environment)

    assert "Traceback" not in done.stderr
    assert "ignored" not in done.stderr
    assert "unexpected" not in done.stderr
    assert done.stdout.splitlines()[-1] in {"status 0", "status 1"}


def test_tables_align_words_left_and_numbers_right() -> None:
    text = table(("stage", "people"), [("waiting", 5), ("in", 12)])

    assert text.splitlines() == ["stage    people", "-------  ------", "waiting       5", "in           12"]
