"""Random and nearly right requests to every verb, on a real store: always a status and a sentence, never a traceback.

The verbs and their options are read from the command itself, so that a new verb is tried without being named here.
``HANDRAIL_LONG=1`` tries others, and fifty times as many. A failure names the request and the seed that led to it.
"""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import pytest
import typer

from handrail.cli.application import app
from handrail.references import LETTERS, SIGNS

COMMAND = Path(sys.executable).with_name("handrail")
LONGER = 50 if os.environ.get("HANDRAIL_LONG") else 1
STATUSES = {0, 1, 2}
PLANTED = ("Marigold", "Canaryface", "1971-11-23", "Quay Street 7")
"""Who the person on file is, and what was written about them."""
NOWHERE = ["--state", "/dev/null/state"]
"""Behind what would start a whole installation: it cannot begin, and says so."""
ENDLESS = {"up", "demo"}
SELDOM = ENDLESS | {"deploy"}
"""Verbs that take seconds, and are asked once."""

LOG = """\
case,event,occurred_at,agency,external_id,response,nights
a,Referral,2026-03-27 09:00,council,1,,
a,Offer Made,2026-03-27 12:00,mission,2,accepted,3
b,Referral,2026-03-27 10:00,,,,
b,Offer Made,2026-03-29 01:30,council,3,perhaps,x
"""
XES = (
    '<log xmlns="http://www.xes-standard.org/"><trace><string key="concept:name" value="c"/><event>'
    '<string key="concept:name" value="Referral"/><date key="time:timestamp" value="2026-03-27T09:00:00Z"/>'
    "</event></trace></log>"
)
BOMB = '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><log>&b;</log>'
TEXTS = (
    "", " ", "x", "council", "mission", "shelter", "Referral", "Offer Made", "Left", "bed", "visit", "waiting",
    "settled", "support.sheltered", "support.nowhere", "1", "0", "-1", "2147483648", "9" * 30, "1e5", "NaN", "true",
    "null", "{}", '{"a": [1', "2026-03-27", "2026-03-27 09:00", "2026-03-29 01:30", "2026-02-30", "0001-01-01",
    "9999-12-31T23:59:59+14:00", "soon", "response=accepted", "response=perhaps", "nights=3", "nights=" + "9" * 40,
    "nights=\u0663", "=x", "x=", "response", "open", "closed", "'; DROP TABLE handrail.cases; --", "%s", "{0}",
    "../../etc/passwd", "\u0660\u0661", "\u200b", "\u202e", "\U0001f6cf", "e\u0301", "a\tb", "a\nb", "\x1b[31m",
    "\x7f", "\udcff\udcfe", "x" * 5_000, "-", "---", "=", "\u00b2", "\u0967", "K4T-W9M-P2R", "json", "text",
)  # fmt: skip


@dataclass(frozen=True)
class Verb:
    words: tuple[str, ...]
    arguments: tuple[Any, ...]
    options: tuple[Any, ...]


def verbs() -> Iterator[Verb]:
    def below(command: Any, words: tuple[str, ...]) -> Iterator[Verb]:
        if hasattr(command, "commands"):
            for name, inner in sorted(command.commands.items()):
                yield from below(inner, (*words, name))
            return
        arguments = tuple(one for one in command.params if one.param_type_name == "argument")
        yield Verb(words, arguments, tuple(one for one in command.params if one.param_type_name == "option"))

    return below(typer.main.get_command(app), ())


VERBS = tuple(verbs())


@dataclass
class Requests:
    """Makes requests out of what there is in the store and in the folder."""

    chance: Random
    references: tuple[str, ...]

    def arguments_of(self, verb: Verb) -> list[str]:
        """Return a request: most of what the verb needs, some of what it may have, sometimes what nobody has."""
        given = [value for one in verb.arguments for value in self._argument(one)]
        for option in verb.options:
            likely = 0.95 if option.required else OFTEN.get(option.name, 0.15)
            while self.chance.random() < likely:
                given += self._option(option)
                likely = 0.3 if option.multiple else 0.03
        if self.chance.random() < 0.05:
            given.insert(self.chance.randint(0, len(given)), self.chance.choice(["--", "--jsn", "-h", "--by", *TEXTS]))
        return [*verb.words, *given, *(NOWHERE if verb.words[0] in ENDLESS else [])]

    def _argument(self, one: Any) -> list[str]:
        if self.chance.random() < (0.03 if one.required else 0.3):
            return []
        return [self._value(one.name) for _ in range(self.chance.choice([1, 2]) if one.nargs == -1 else 1)]

    def _option(self, one: Any) -> list[str]:
        name = self.chance.choice([*one.opts, *one.secondary_opts])
        return [name] if one.is_flag else [name, self._value(one.name)]

    def _value(self, name: str) -> str:
        pick = self.chance.random()
        if pick < 0.15:
            return self.chance.choice(TEXTS)
        known = KNOWN.get(name.rstrip("_"))
        if name in {"reference", "after"}:
            return self._reference()
        if name in {"log", "file", "files", "agencies", "diagram", "changes"} or (name == "pathway" and pick < 0.5):
            return self.chance.choice(FILES)
        return self.chance.choice(known if known is not None else TEXTS)

    def _reference(self) -> str:
        """Return a reference that is right, typed otherwise, or has one wrong sign or two in the wrong order."""
        right = self.chance.choice(self.references)
        at = self.chance.choice([place for place, sign in enumerate(right[:-1]) if sign != "-"])
        wrong = right[:at] + self.chance.choice(SIGNS) + right[at + 1 :]
        other = "".join(self.chance.choice(LETTERS) for _ in range(9))
        forms = [right] * 5 + [
            right.lower(),
            right.replace("-", ""),
            f" {right} ",
            wrong,
            right[::-1],
            right[:-1],
            other,
        ]
        return self.chance.choice([*forms, "shelter"])


OFTEN = {"as_json": 0.5, "name": 0.7, "born": 0.7}
KNOWN = {
    "by": ("council", "mission", "mission", "outreach", "COUNCIL"),
    "event": ("Referral", "Offer Made", "Left", "offer made", "task.completed", "hand_off.accepted", "case.closed",
        "event.voided"),
    "what": ("accept", "decline", "done", "complete", "move", "close", "reopen", "clear", "void", "propose",
        "approve", "ask-back", "outcomes", "stages", "tasking", "blockages", "reviews", "incidents"),
    "subject": ("bed", "visit", "support.sheltered", "support.waiting", "waiting", "1", "2", "3", "no_bed"),
    "field": ("response=accepted", "response=declined", "nights=3", "nights=-1", "note=Quay Street 7",
        "reason=full"),
    "name": ("Marigold Canaryface", "Canaryface", "Marigold", "Marigold\tCanaryface", "Zed Canaryface"),
    "born": ("1971-11-23", "1971-11-23x", "born 1971-11-23"),
    "person": ("1", "2", "0", "-1", "99999999999999999999"),
    "pathway": ("shelter", "peep", "shelter"),
    "stage": ("waiting", "sheltered", "settled"),
    "source": ("old-system", "old-system", "new"),
    "id": ("1", "2"),
    "at": ("2026-03-27 09:00", "2026-03-29 01:30", "2026-10-25 01:30", "2150-01-01", "1900-01-01 00:00",
        "2026-03-27T09:00+05:30"),
    "until": ("2026-03-27 09:00", "2026-06-01", "2199-12-31", "1901-01-01"),
    "as_at": ("2026-03-27", "2018-06-30", "2199-12-31"),
    "first": ("2026-03-01", "2026-04-01"),
    "last": ("2026-03-31", "2026-02-01"),
    "officer": ("A. Worker", "B. Chair"),
    "referred_by": ("professional", "self", "public"),
    "limit": ("1", "100", "10001"),
    "seen_by": ("council", "mission", "police"),
    "width": ("40", "80", "100000"),
    "place": ("house/01", "house/01", "house/02", "house/99", "nowhere/01", "house", "/", "a/b/c"),
    "project": ("house", "nowhere"),
    "kind": ("room", "castle"),
    "provider": ("mission", "circus"),
    "reason": ("void_repair", "moved to Quay Street 7", "full"),
    "day": ("2026-12-01", "2199-12-31", "1901-01-01"),
    "because": ("It freezes",),
    "port": ("0", "4200", "65536", "-1"),
    "form": ("text", "json", "github"),
    "status": ("open", "closed"),
}  # fmt: skip
FILES = (
    "shelter.yaml", "shelter.yaml", "shelter.yaml", "agencies.yaml", "log.csv", "log.csv", "log.jsonl", "log.xes",
    "bomb.xes", "bytes.csv", "bytes.jsonl", "bytes.xes", "log.csv.gz", "broken.csv.gz", "empty", "empty.csv",
    "folder", "absent", "absent/file", "loop", "deep.yaml", "deep.jsonl", "folder/out.svg", "out.svg", "/dev/null",
    "/dev/full", "\udcff.yaml", "x" * 300, "latin.yaml", "nul.csv", "wide.csv",
)  # fmt: skip


def lay_out(folder: Path, shelter: str) -> None:
    """Have every file in the folder as it was, whatever the last request did to it."""
    (folder / "folder").mkdir(exist_ok=True)
    texts = {
        "shelter.yaml": shelter,
        "agencies.yaml": "agencies:\n  council: {title: Council}\n  mission: {title: City Mission}\n",
        "log.csv": LOG,
        "log.jsonl": '{"case": "d", "event": "Referral", "occurred_at": "2026-03-27T09:00:00Z"}\n{"case": 1}\n[]\n{\n',
        "log.xes": XES,
        "bomb.xes": BOMB,
        "deep.yaml": "[" * 10_000,
        "deep.jsonl": '{"fields": ' * 100_000,
        "wide.csv": "case,event,occurred_at," + ",".join(f"c{n}" for n in range(3_000)) + "\n" + "a," * 2_000,
        "empty": "",
        "empty.csv": "",
    }
    noise = Random(7).randbytes(4_000)  # noqa: S311 - no secret
    contents = {name: text.encode() for name, text in texts.items()} | {
        "bytes.csv": LOG[:40].encode() + noise,
        "bytes.jsonl": noise,
        "bytes.xes": XES[:80].encode() + noise,
        "latin.yaml": shelter.replace("Shelter", "Sh\u00e9lter").encode("latin-1"),
        "nul.csv": LOG.encode().replace(b"council", b"coun\x00cil"),
        "log.csv.gz": gzip.compress(LOG.encode()),
        "broken.csv.gz": gzip.compress(LOG.encode() * 50)[:60],
    }
    for name, content in contents.items():
        if not (folder / name).is_file() or (folder / name).read_bytes() != content:
            (folder / name).write_bytes(content)
    if not (folder / "loop").is_symlink():
        (folder / "loop").symlink_to("loop")


@pytest.fixture
def ask(
    handrail: Any, database_url: str, shelter: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[[Random, Verb], None]:
    """Make one random request of a verb, and see that its answer is one that a person can use."""
    monkeypatch.setenv("HANDRAIL_DATABASE_URL", database_url)
    monkeypatch.setenv("PREFECT_API_URL", "http://127.0.0.1:9/api")
    text = shelter.read_text().replace("nights: integer", "nights: integer, note: text")
    lay_out(tmp_path, text)
    (tmp_path / "agencies.yaml").unlink()

    def done(*arguments: str) -> dict[str, Any]:
        ran = handrail(*arguments, "--json")
        assert ran.status == 0, ran.errors
        told: dict[str, Any] = json.loads(ran.output)
        return told

    done("publish", "shelter.yaml")
    who = ("--name", "Marigold Canaryface", "--born", "1971-11-23", "--source", "old-system", "--id", "1")
    referred = done("refer", "shelter", *who, "--by", "council")
    first, person = str(referred["reference"]), str(referred["person"])
    said = ("--field", "response=declined", "--field", "note=Quay Street 7")
    done("record", first, "Offer Made", "--by", "mission", *said)
    done("answer", first, "close", "--by", "council", "--reason", "moved to Quay Street 7")
    second = str(done("refer", "shelter", "--person", person, "--by", "council")["reference"])

    def one(chance: Random, verb: Verb) -> None:
        lay_out(tmp_path, text)
        arguments = Requests(chance, (first, second)).arguments_of(verb)
        judge(arguments, handrail(*arguments))

    return one


def judge(arguments: list[str], ran: Any) -> None:
    """See that the status is a known one, that JSON is JSON, and that no error tells who somebody is."""
    told = f"handrail {arguments!r}\nstatus {ran.status}\n{ran.output[:500]}\n{ran.errors[:2_000]}"
    assert ran.status in STATUSES, told
    assert "Traceback" not in ran.errors + ran.output, told
    assert "unexpected happened" not in ran.errors, told
    assert not [secret for secret in PLANTED if secret in ran.errors], told
    assert ran.status == 0 or ran.errors.strip() or ran.output.strip(), told
    if "--json" in arguments and not {"--", "-h", "--help"}.intersection(arguments):
        found = json.loads(ran.output)
        assert isinstance(found, dict), told
        if "error" in found:
            assert ran.status != 0, told
            assert not [secret for secret in PLANTED if secret in ran.output], told


def test_any_request_is_answered_so_that_a_person_can_go_on(
    ask: Callable[[Random, Verb], None], handrail: Any, beginning: int
) -> None:
    often = [verb for verb in VERBS if verb.words[0] not in SELDOM]
    for seed in range(beginning, beginning + 8 * LONGER):
        for verb in [*often, *(VERBS if seed == beginning else ())]:
            try:
                ask(Random(seed), verb)  # noqa: S311 - no secret
            except BaseException as error:
                raise AssertionError(f"seed {seed} of {verb.words}") from error

    proved = handrail("verify", "--json")
    assert json.loads(proved.output)["wrong"] == 0


@pytest.mark.parametrize("streams", ["<&- >&-", "2>&-", "</dev/full >/dev/full 2>/dev/full"])
def test_no_stream_that_is_missing_or_full_keeps_the_command_from_a_status(
    streams: str, database_url: str, tmp_path: Path, beginning: int
) -> None:
    chance = Random(f"{beginning} {streams}")  # noqa: S311 - no secret
    verb = chance.choice([one for one in VERBS if one.words[0] not in SELDOM])
    arguments = Requests(chance, ("K4T-W9M-P2R",)).arguments_of(verb)
    known = {"HANDRAIL_DATABASE_URL": database_url, "HANDRAIL_STATE": str(tmp_path / "state"), "PYTHONUNBUFFERED": ""}
    environment = {**os.environ, **known}

    order = ["/bin/sh", "-c", f'"$0" "$@" {streams}', str(COMMAND), *arguments]
    done = subprocess.run(order, capture_output=True, check=False, env=environment, cwd=tmp_path)

    assert done.returncode in STATUSES, arguments
    assert b"Traceback" not in done.stderr + done.stdout, (arguments, done.stderr)
    assert not (tmp_path / "state" / "faults").exists(), arguments
