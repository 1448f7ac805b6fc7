"""SpiffWorkflow: errands as a BPMN process, in memory.

Stages are waits for messages and moves are flows; what was seen is counted by scripts. It knows nothing of owners and
reasons, and its clocks are not used here. What it was told stays in the tree of its tasks, which grows with each.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

from SpiffWorkflow.bpmn import BpmnEvent, BpmnWorkflow
from SpiffWorkflow.bpmn.specs.event_definitions.message import MessageEventDefinition

from benchmarks.bare_machine import Move
from benchmarks.peers.bpmn_charts import ERRANDS, process
from pathways.case import Event

STAGE_OF = {
    "doing": "doing",
    "waiting_begun": "waiting",
    "doing_rested": "doing",
    "doing_seen": "doing",
    "resting_begun": "resting",
}


def run(journal: Sequence[Event]) -> list[Move]:
    """Return the moves of one case."""
    case, moves = BpmnWorkflow(_errands()), []
    case.do_engine_steps()
    stage = _stage(case)
    for event in journal:
        message = BpmnEvent(MessageEventDefinition(event.kind), dict(event.fields))
        if not case.event_manager.catch(message, internal=False):
            continue  # nobody waits for it here; ``send_event`` would make it an error
        case.do_engine_steps()
        now = _stage(case)
        if now != stage:
            moves.append((event.recorded_at, stage, now))
            stage = now
    return moves


@cache
def _errands() -> Any:
    return process(ERRANDS, "errands")


def _stage(case: Any) -> str:
    return next(STAGE_OF[task.task_spec.name] for task in case.event_manager.tasks.values())
