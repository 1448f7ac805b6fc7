"""The victims as who kills them sees them: what they were told, what they acknowledged, how they ended."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from kill_points.orders import Answer, Order
from kill_points.relay import Relay

FOLDER = Path(__file__).parent.parent
KILLED = -signal.SIGKILL


@dataclass
class Life:
    """What one victim has said. ``answers`` holds, for each order by number, what was acknowledged last."""

    process: int | None = None
    answers: dict[int, Answer] = field(default_factory=dict)
    all_answers: list[Answer] = field(default_factory=list)
    delays: list[str] = field(default_factory=list)
    broke: str | None = None
    status: int | None = None

    def hear(self, news: Mapping[str, object]) -> None:
        """Keep a line of the nursery."""
        match news:
            case {"started": int(process)}:
                self.process = process
            case {"done": int(number), "answer": dict(answer)}:
                self.answers[number] = answer
                self.all_answers.append(answer)
            case {"delayed": int(), "sentence": str(sentence)}:
                self.delays.append(sentence)
            case {"broke": int(number), "error": str(error)}:
                self.broke = f"order {number}: {error}"
            case {"ended": int(status)}:
                self.status = status
            case _:
                raise AssertionError(news)


class Nursery:
    """The process that the victims are forked from; ``environment`` tells it where its store is."""

    def __init__(self, relay: Relay, environment: Mapping[str, str]) -> None:
        self._relay = relay
        self._life = Life()
        self._ready = False
        self._heard = bytearray()
        path = os.pathsep.join([str(FOLDER), *filter(None, [os.environ.get("PYTHONPATH")])])
        self._process = subprocess.Popen(
            [sys.executable, "-m", "kill_points.nursery"],
            env={**os.environ, "PYTHONPATH": path, **environment},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        assert self._process.stdout is not None
        os.set_blocking(self._process.stdout.fileno(), False)
        relay.watch(self._process.stdout, self._listen)

    def warm(self, orders: list[Order]) -> None:
        """Have everything loaded, by carrying out ``orders`` once."""
        self._give(["warm", *orders])
        self._relay.serve(lambda: self._ready)

    def start(self, orders: list[Order]) -> Life:
        """Give birth to a victim that carries out ``orders``; while the relay serves, its life goes on."""
        self._life = Life()
        self._give(orders)
        return self._life

    def close(self) -> None:
        """Be gone, with whoever still lives."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        if self._life.process is not None and self._life.status is None:
            with suppress(ProcessLookupError):
                os.kill(self._life.process, signal.SIGKILL)
        self._relay.unwatch(self._process.stdout)
        self._process.stdin.close()
        self._process.wait(30)
        self._process.stdout.close()

    def _give(self, orders: Sequence[object]) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(orders).encode() + b"\n")
        self._process.stdin.flush()

    def _listen(self) -> None:
        assert self._process.stdout is not None
        news = self._process.stdout.read()
        if not news:
            if news is not None:
                raise RuntimeError("The nursery is gone. What it said stands above.")
            return
        self._heard += news
        while b"\n" in self._heard:
            line, _, rest = bytes(self._heard).partition(b"\n")
            self._heard = bytearray(rest)
            told = json.loads(line)
            if "ready" in told:
                self._ready = True
            else:
                self._life.hear(told)
