"""A worker that stays for months gives back what each flow run leaves behind."""

from __future__ import annotations

import subprocess
import sys

LEFT_BEHIND = """
import gc, weakref
from handrail.prefect_worker import collect_often


class Client:
    def __init__(self):
        self.itself = self


imported_code = [[] for _ in range(200_000)]
{prepared}
old = [Client() for _ in range(50)]
for _ in range(3):
    gc.collect(1)  # they have lived for a while when their run ends
known = [weakref.ref(one) for one in old]
del old
of_the_next_run = [[] for _ in range(10_000)]
print(sum(one() is not None for one in known))
"""


def left_behind(prepared: str) -> int:
    told = subprocess.check_output([sys.executable, "-c", LEFT_BEHIND.format(prepared=prepared)], text=True)
    return int(told)


def test_dead_clients_are_found_while_the_next_run_is_under_way() -> None:
    assert left_behind("collect_often()") == 0


def test_without_that_they_stay() -> None:
    assert left_behind("gc.collect()") == 50


def test_it_is_the_command_of_prefect() -> None:
    order = [sys.executable, "-P", "-m", "handrail.prefect_worker"]

    told = subprocess.check_output([*order, "worker", "start", "--help"], text=True)

    assert "--pool" in told
    assert "--limit" in told
