"""How much memory a process takes for its work: a new process does it, and tells the most it ever had.

``python -m benchmarks.memory URL`` is that process.
"""

from __future__ import annotations

import resource
import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks.children import child, heard, tell
from benchmarks.servers import address, joined
from handrail.casework import Said, Speaker, record, timeline, verify, view, wake_due
from handrail.wiring import Store

STATUS = Path("/proc/self/status")
KILO, MEGA = 1024, 1024 * 1024


def peak_megabytes(
    store: Store, references: Sequence[str], said: Said, *, wakes: int = 0, verified: bool = False
) -> float:
    """Return the most memory, in MB, of a new process that records ``said`` of each case, shows it, and wakes.

    ``verified``: it also folds the whole store anew.
    """
    speaker = said.speaker
    work = {
        "references": list(references),
        "said": [said.kind, dict(said.fields), speaker.agency, speaker.officer],
        "wakes": wakes,
        "verified": verified,
    }
    with child("memory", address(store)) as process:
        process.say(work)
        found: float = process.answer()
    return found


def main() -> None:
    work = heard()
    kind, fields, agency, officer = work["said"]
    with joined(sys.argv[1]) as store:
        for reference in work["references"]:
            record(store, reference, Said(kind, fields, Speaker(agency, officer)))
            view(store, reference)
            timeline(store, reference)
        if work["wakes"]:
            wake_due(store, "follow_ups", work["wakes"])
        if work["verified"]:
            verify(store)
    tell(peak() / MEGA)


def peak() -> int:
    """Return this process's own peak in bytes.

    The figure of ``resource`` counts what the process was before it became ours, so Linux is asked by another way.
    """
    if STATUS.is_file():
        lines = dict(line.split(":", 1) for line in STATUS.read_text("ascii").splitlines())
        return int(lines["VmHWM"].split()[0]) * KILO
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if sys.platform == "darwin" else most * KILO


if __name__ == "__main__":
    main()
