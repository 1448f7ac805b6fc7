"""What is looked at while the soak runs: speed, memory, connections, open files, notices that wait, and lag."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import psutil
from sqlalchemy import text

from handrail.marked_processes import find_marked
from handrail.prefect_server import SERVER_CHILD, WORKER_CHILD
from handrail.running import Installation

OURS = "recording"
DATABASE = "PostgreSQL"
RUNS = "flow runs"
RUN_ID = b"PREFECT__FLOW_RUN_ID="
LOOK = text(
    "SELECT (SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend'),"
    " (SELECT count(*) FROM handrail.notices WHERE state = 'waiting' AND send_at <= clock_timestamp()),"
    " (SELECT extract(epoch FROM clock_timestamp() - min(wake_at)) FROM handrail.cases"
    "  WHERE wake_at <= clock_timestamp())"
)


@dataclass(frozen=True)
class Sight:
    """One look. ``memory`` is in MB by kind of process; ``lag`` in seconds of the story."""

    at: float
    story: datetime
    events: int
    memory: dict[str, float]
    runs: int
    connections: int
    files: int
    waiting: int
    lag: float

    def line(self, before: Sight | None, rate: float) -> str:
        """Return the look as a line; ``rate`` is how many seconds of the story pass in one."""
        since, events = (before.at, before.events) if before is not None else (0.0, 0)
        speed = (self.events - events) / max(self.at - since, 0.001)
        memory = ", ".join(f"{name} {megabytes:.0f}" for name, megabytes in sorted(self.memory.items()))
        return (
            f"{self.at / 60:5.1f} min  {self.story:%Y-%m-%d}  {speed:6.1f} events/s  MB: {memory} ({self.runs} runs)"
            f"  {self.connections} connections  {self.files} files  {self.waiting} notices due"
            f"  lag {self.lag / rate:.2f} s"
        )


@dataclass
class Watch:
    """Looks at an installation, and keeps what it has seen."""

    installation: Installation
    seen: list[Sight] = field(default_factory=list)

    def look(self, at: float, story: datetime, events: int) -> Sight:
        """Look now; ``at`` is in seconds since the begin."""
        memory: dict[str, float] = defaultdict(float)
        files = runs = 0
        for kind, process in self._processes():
            try:
                memory[kind] += process.memory_info().rss / 1e6
                files += process.num_fds()
            except psutil.Error:  # it ended meanwhile
                continue
            runs += kind == RUNS
        memory[DATABASE] = sum(_own_memory(pid) for pid in self._servers())
        with self.installation.store.engine.connect() as connection:
            connections, waiting, lag = connection.execute(LOOK).one()
        sight = Sight(at, story, events, dict(memory), runs, connections, files, waiting, float(lag or 0))
        self.seen.append(sight)
        return sight

    def _processes(self) -> list[tuple[str, psutil.Process]]:
        found = [(OURS, psutil.Process())]
        for child in (SERVER_CHILD, WORKER_CHILD):
            marked = find_marked(f"{self.installation.supervisor.folder}:{child}")
            alive = [pid for pid in marked if psutil.pid_exists(pid)]
            found += [(RUNS if _is_run(pid) else child, psutil.Process(pid)) for pid in alive]
        return found

    def _servers(self) -> list[int]:
        """The processes of PostgreSQL; none if it is somebody else's."""
        postgres = self.installation.postgres
        if postgres is None or postgres.pid is None:
            return []
        try:
            return [postgres.pid, *(child.pid for child in psutil.Process(postgres.pid).children())]
        except psutil.NoSuchProcess:  # it is being started again
            return []


def _is_run(pid: int) -> bool:
    try:
        return RUN_ID in Path(f"/proc/{pid}/environ").read_bytes()
    except OSError:
        return False


def _own_memory(pid: int) -> float:
    """Return the MB that are this process's alone: PostgreSQL's share one block among all, which fills and stays."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines()
    except OSError:  # it ended meanwhile
        return 0.0
    return sum(int(line.split()[1]) / 1e3 for line in lines if line.startswith("RssAnon:"))
