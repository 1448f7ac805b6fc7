"""Children are started, watched and ended; nothing stays behind, whatever is killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import time
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from handrail.child_logs import LARGEST, shorten_log, tail_of_log
from handrail.marked_processes import find_marked
from handrail.processes import AlreadySupervised, Child, ChildFailed, Supervisor
from handrail.stop_signals import StopSignals

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SOON = timedelta(seconds=15)

# A child that starts a grandchild in a session of its own; both ignore the polite signal when told to.
STUBBORN = """
    import os, signal, subprocess, sys, time
    if sys.argv[2] == "stubborn":
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    nap = "import signal, sys, time\\n"
    nap += "if sys.argv[1] == 'stubborn': signal.signal(signal.SIGTERM, signal.SIG_IGN)\\n"
    nap += "print('napping', flush=True); time.sleep(600)"
    below = subprocess.Popen([sys.executable, "-c", nap, sys.argv[2]], start_new_session=True, stdout=subprocess.PIPE)
    below.stdout.readline()
    with open(sys.argv[1] + ".new", "w") as file:
        file.write(f"{os.getpid()} {below.pid}")
    os.rename(sys.argv[1] + ".new", sys.argv[1])
    time.sleep(600)
"""


def python(name: str, code: str, *arguments: str) -> Child:
    command = (sys.executable, "-c", textwrap.dedent(code), *arguments)
    return Child(name, command, dict(os.environ))


def family(tmp_path: Path, manner: str) -> Child:
    told = tmp_path / "pids"
    command = (sys.executable, "-c", textwrap.dedent(STUBBORN), str(told), manner)
    return Child("a family", command, dict(os.environ), told.exists, SOON)


def pids_of(tmp_path: Path) -> list[int]:
    return [int(pid) for pid in (tmp_path / "pids").read_text().split()]


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def wait_for(fact: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not fact():
        assert time.monotonic() < deadline, "it did not come true in 20 seconds"
        time.sleep(0.02)


@pytest.fixture
def told() -> list[str]:
    return []


@pytest.fixture
def supervisor(tmp_path: Path, told: list[str]) -> Iterator[Supervisor]:
    grace = timedelta(seconds=1)
    with Supervisor(tmp_path / "state", StopSignals(), told.append, grace) as supervisor:
        yield supervisor


@pytest.mark.parametrize("manner", ["polite", "stubborn"])
def test_stopping_ends_a_child_and_the_grandchild_in_another_session(
    supervisor: Supervisor, tmp_path: Path, manner: str
) -> None:
    supervisor.start(family(tmp_path, manner))
    pids = pids_of(tmp_path)
    assert all(is_alive(pid) for pid in pids)

    supervisor.stop()

    assert not any(is_alive(pid) for pid in pids)


def test_a_grandchild_whose_parent_was_killed_is_ended_too(supervisor: Supervisor, tmp_path: Path) -> None:
    supervisor.start(family(tmp_path, "polite"))
    child, grandchild = pids_of(tmp_path)
    os.kill(child, signal.SIGKILL)
    assert is_alive(grandchild)

    supervisor.stop()

    assert not is_alive(grandchild)


def test_a_child_that_ends_before_it_is_ready_is_told_with_the_end_of_its_log(
    supervisor: Supervisor,
) -> None:
    child = python("a server", "print('the port is taken'); raise SystemExit(3)")
    never = Child(child.name, child.command, child.environment, lambda: False, SOON)

    with pytest.raises(ChildFailed) as failed:
        supervisor.start(never)

    assert "a server ended with status 3" in str(failed.value)
    assert "the port is taken" in str(failed.value)


def test_a_child_that_is_never_ready_is_given_up(supervisor: Supervisor) -> None:
    child = python("a server", "import time; time.sleep(600)")
    never = Child(
        child.name,
        child.command,
        child.environment,
        lambda: False,
        timedelta(seconds=1),
    )

    with pytest.raises(ChildFailed, match="was not ready after 1 seconds"):
        supervisor.start(never)


def test_a_command_that_fails_is_told_with_the_end_of_its_log(
    supervisor: Supervisor,
) -> None:
    with pytest.raises(ChildFailed, match=r"deploy ended with status 2[\s\S]*no pool"):
        supervisor.run(python("deploy", "print('no pool'); raise SystemExit(2)"))


def test_a_command_that_hangs_is_ended(supervisor: Supervisor, tmp_path: Path) -> None:
    hangs = family(tmp_path, "polite")
    hangs = Child(hangs.name, hangs.command, hangs.environment, ready_within=timedelta(seconds=3))

    with pytest.raises(ChildFailed, match="was not done after 3 seconds"):
        supervisor.run(hangs)

    assert not any(is_alive(pid) for pid in pids_of(tmp_path))


def test_a_child_that_dies_is_reported_and_started_again_each_time_later(
    supervisor: Supervisor, tmp_path: Path, told: list[str]
) -> None:
    starts = tmp_path / "starts"
    dies = f"""
        open({str(starts)!r}, "a").write("x")
        print("out of luck", flush=True)
        raise SystemExit(1)
    """
    supervisor.start(python("a worker", dies))

    supervisor.watch(for_at_most=timedelta(seconds=5))

    assert 2 <= len(starts.read_text()) <= 4
    assert told[0].startswith("a worker ended with status 1; starting it again in 0 s.")
    assert "again in 1 s" in told[1]
    assert "out of luck" in told[0]


def test_work_that_outlives_its_worker_goes_on_when_the_worker_dies_and_ends_with_us(
    supervisor: Supervisor, tmp_path: Path
) -> None:
    pids = tmp_path / "pids"
    worker = family(tmp_path, "polite")
    supervisor.start(
        Child(
            worker.name,
            worker.command,
            worker.environment,
            pids.exists,
            SOON,
            work_outlives_it=True,
        )
    )
    child, grandchild = pids_of(tmp_path)
    pids.unlink()
    os.kill(child, signal.SIGKILL)

    supervisor.watch(for_at_most=timedelta(seconds=2))

    wait_for(pids.exists)
    successors = pids_of(tmp_path)
    assert child not in successors
    assert is_alive(grandchild)
    supervisor.stop()
    assert not any(is_alive(pid) for pid in [grandchild, *successors])


def test_two_supervisors_never_share_a_folder(supervisor: Supervisor, tmp_path: Path) -> None:
    second = Supervisor(tmp_path / "state", StopSignals(), lambda _: None)

    with pytest.raises(AlreadySupervised, match="already runs in"):
        second.__enter__()

    assert not supervisor.signals.is_asked


PARENT = """
    import os, sys
    from contextlib import suppress
    from datetime import timedelta
    from pathlib import Path
    from handrail.processes import Child, Supervisor
    from handrail.stop_signals import StopSignals

    child = Child("a family", tuple(sys.argv[3:]), dict(os.environ), Path(sys.argv[2]).exists)
    grace = timedelta(seconds=float(os.environ["GRACE"]))
    with suppress(KeyboardInterrupt), StopSignals() as signals:
        with Supervisor(Path(sys.argv[1]), signals, print, grace) as supervisor:
            supervisor.start(child)
            print("watching", flush=True)
            supervisor.watch()
    print("all ended", flush=True)
"""


def start_parent(tmp_path: Path, grace: float) -> subprocess.Popen[str]:
    child = family(tmp_path, "stubborn")
    parent = subprocess.Popen(
        [
            sys.executable,
            "-c",
            textwrap.dedent(PARENT),
            str(tmp_path / "state"),
            str(tmp_path / "pids"),
            *child.command,
        ],
        env={**os.environ, "GRACE": str(grace)},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert parent.stdout is not None
    assert parent.stdout.readline() == "watching\n"
    return parent


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_any_way_of_asking_to_stop_leaves_nothing(tmp_path: Path, number: signal.Signals) -> None:
    parent = start_parent(tmp_path, grace=0.2)

    parent.send_signal(number)
    output, _ = parent.communicate(timeout=20)

    assert output == "all ended\n"
    assert parent.returncode == 0
    assert not any(is_alive(pid) for pid in pids_of(tmp_path))


def test_a_second_ctrl_c_hurries_and_still_leaves_nothing(tmp_path: Path) -> None:
    parent = start_parent(tmp_path, grace=300)
    parent.send_signal(signal.SIGINT)
    time.sleep(0.3)  # the two must arrive one after the other, as from a keyboard
    assert parent.poll() is None

    parent.send_signal(signal.SIGINT)
    output, _ = parent.communicate(timeout=20)

    assert output == "all ended\n"
    assert not any(is_alive(pid) for pid in pids_of(tmp_path))


def test_what_a_killed_command_left_behind_is_ended_by_the_next(tmp_path: Path) -> None:
    parent = start_parent(tmp_path, grace=300)
    parent.kill()
    parent.wait()
    left = pids_of(tmp_path)
    assert all(is_alive(pid) for pid in left)
    told: list[str] = []

    with Supervisor(tmp_path / "state", StopSignals(), told.append, timedelta(seconds=0.2)):
        pass

    assert told == ["Ending 2 processes that an earlier run left behind."]
    assert not any(is_alive(pid) for pid in left)


def test_only_the_very_folder_is_meant_not_one_whose_name_begins_alike(
    tmp_path: Path,
) -> None:
    with Supervisor(tmp_path / "state-2", StopSignals(), lambda _: None) as other:
        other.start(python("a nap", "import time; time.sleep(600)"))

        assert find_marked(str(tmp_path / "state")) == []
        assert len(find_marked(str(tmp_path / "state-2"))) == 1


def test_a_log_is_its_owners_alone_and_does_not_grow_for_ever(
    supervisor: Supervisor,
) -> None:
    supervisor.run(python("chatty", f"print('x' * {LARGEST}); print('the end')"))
    log = supervisor.log_of("chatty")
    assert log.stat().st_mode & 0o077 == 0
    assert tail_of_log(log).endswith("the end")

    shorten_log(log)

    assert log.stat().st_size == 0
    assert log.with_suffix(".1").stat().st_size > LARGEST
