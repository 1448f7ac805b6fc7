"""The account of the embedded PostgreSQL, made on a machine without it: tried on a copy of the machine's accounts."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

STARTS = 6
"""At once; two are enough to be given two accounts, more make it all but certain."""
# In one piece, for all of them tell it to one pipe.
A_START = "from integrations.embedded_account import server_account; print(f'{server_account().uid} ', end='')"
# The mount is seen by this process and its children alone, and is gone with them. The path is what cron gives.
ON_A_COPY = """
mount --bind "$1" /etc || exit
sed -i '/^handrail-postgres:/d' /etc/passwd /etc/group /etc/shadow /etc/gshadow
for _ in $(seq "$2"); do
    PATH=/usr/bin:/bin "$3" -c "$4" &
done
wait
getent passwd handrail-postgres | cut -d: -f3
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="only for root is an account made")
def test_starts_at_once_on_a_new_machine_make_one_account(tmp_path: Path) -> None:
    copied = tmp_path / "accounts"
    shutil.copytree("/etc", copied, symlinks=True, copy_function=_copied)

    unshare = shutil.which("unshare") or "unshare"
    ran = subprocess.run(
        [unshare, "--mount", "bash", "-c", ON_A_COPY, "bash", copied, str(STARTS), sys.executable, A_START],
        check=False,
        capture_output=True,
        text=True,
    )

    if ran.returncode != 0:
        pytest.skip(f"this machine lets nobody mount: {ran.stderr}")
    numbers = ran.stdout.split()
    assert len(numbers) == STARTS + 1, ran.stderr
    assert len(set(numbers)) == 1


def _copied(source: str, target: str) -> str:
    """Copy one file with its mode, and pass over what is no file."""
    return shutil.copy2(source, target) if Path(source).is_file() else target
