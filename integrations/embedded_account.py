"""The system account that the embedded PostgreSQL runs under.

PostgreSQL refuses to run as root. An ordinary user runs it as themselves; for root a system
account without login is made once, and it is let through (never into) the folders above.
"""

from __future__ import annotations

import fcntl
import os
import pwd
import shutil
import stat
import subprocess
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from integrations.errors import DatabaseNotStarted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

ACCOUNTS = Path("/etc")
"""The folder of the system's accounts."""
FOR_ADMINISTRATORS = ("/usr/sbin", "/sbin")
"""Where useradd lies, which the PATH of cron, of a service or of a container need not name."""
ACCOUNT_FOR_ROOT = "handrail-postgres"
WAY_OUT = "Run as an ordinary user, or set HANDRAIL_DATABASE_URL to a PostgreSQL of your own."


@dataclass(frozen=True)
class Account:
    """A system account; ``switched`` says that we are root and it is not us."""

    name: str
    uid: int
    gid: int
    switched: bool

    def run(self, command: Sequence[str], folder: Path) -> subprocess.CompletedProcess[str]:
        """Run ``command`` as this account in ``folder`` and wait for its end.

        It gets a session of its own: a Ctrl-C at the terminal is for us, who then stop the server in order.
        """
        return subprocess.run(  # noqa: S603 - the programs of the wheel, with our own arguments
            command,
            cwd=folder,
            check=False,
            capture_output=True,
            text=True,
            errors="replace",
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            user=self.uid if self.switched else None,
            group=self.gid if self.switched else None,
            extra_groups=[] if self.switched else None,
        )

    def own(self, path: Path) -> None:
        """Make this account the owner of ``path``."""
        if self.switched:
            os.chown(path, self.uid, self.gid)


def server_account() -> Account:
    """Return the account to run PostgreSQL under, made now if we are root and it does not exist.

    Raises:
        DatabaseNotStarted: this process has no account of its own, or none can be made.
    """
    if os.geteuid() != 0:
        return _current_account()
    return _account_for_root()


def _current_account() -> Account:
    try:
        entry = pwd.getpwuid(os.geteuid())
    except KeyError as error:
        sentence = (
            f"User number {os.geteuid()} has no account on this machine; PostgreSQL needs one. "
            "Add the user to /etc/passwd, or set HANDRAIL_DATABASE_URL to a PostgreSQL of your own."
        )
        raise DatabaseNotStarted(sentence) from error
    return Account(entry.pw_name, entry.pw_uid, entry.pw_gid, switched=False)


def _account_for_root() -> Account:
    with _alone():
        try:
            entry = pwd.getpwnam(ACCOUNT_FOR_ROOT)
        except KeyError:
            _make_account()
            entry = pwd.getpwnam(ACCOUNT_FOR_ROOT)
    return Account(entry.pw_name, entry.pw_uid, entry.pw_gid, switched=True)


@contextmanager
def _alone() -> Iterator[None]:
    """Let no other start of ours make an account meanwhile.

    Two of useradd at once may both succeed, the later in place of the earlier: whoever began with the first account
    would then run under a number that nobody has.
    """
    folder = os.open(ACCOUNTS, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


def _make_account() -> None:
    folders = os.pathsep.join((os.environ.get("PATH", os.defpath), *FOR_ADMINISTRATORS))
    command = [shutil.which("useradd", path=folders) or "useradd", "--system", "--user-group", "--no-create-home"]
    command += ["--home-dir", "/nonexistent", "--shell", "/bin/false", ACCOUNT_FOR_ROOT]
    try:
        made = subprocess.run(command, check=False, capture_output=True, text=True)  # noqa: S603 - fixed words
    except OSError as error:
        sentence = f"PostgreSQL must not run as root, and the command useradd is missing. {WAY_OUT}"
        raise DatabaseNotStarted(sentence) from error
    if made.returncode != 0:
        reason = made.stderr.strip()
        sentence = f"PostgreSQL must not run as root, and no account could be made: {reason} {WAY_OUT}"
        raise DatabaseNotStarted(sentence)


def open_way_to(path: Path, progress: Callable[[str], None]) -> None:
    """Let other accounts pass through every folder above ``path``; what lies in them stays as closed as it was."""
    for folder in path.resolve().parents:
        mode = folder.stat().st_mode
        if not mode & stat.S_IXOTH:
            progress(f"Letting the account {ACCOUNT_FOR_ROOT} pass through {folder} (it still cannot list it).")
            folder.chmod(mode | stat.S_IXOTH)


def open_for_reading(tree: Path) -> None:
    """Let every account read and run what lies in ``tree``."""
    for path in (tree, *tree.rglob("*")):
        if path.is_symlink():
            continue
        mode = path.stat().st_mode
        wanted = stat.S_IROTH | (stat.S_IXOTH if path.is_dir() or mode & stat.S_IXUSR else 0)
        if mode & wanted != wanted:
            path.chmod(mode | wanted)
