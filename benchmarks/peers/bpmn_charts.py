"""The small pathways as BPMN processes: a stage is a wait for messages, a move a flow to the next."""

from __future__ import annotations

from typing import Any

from SpiffWorkflow.bpmn.parser import BpmnParser

_HEAD = '<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" targetNamespace="charts" id="charts">'
ROUNDS = f"""{_HEAD}
  <message id="in" name="moved.in"/>
  <message id="out" name="moved.out"/>
  <process id="rounds" isExecutable="true">
    <startEvent id="begin"/>
    <exclusiveGateway id="back"/>
    <intermediateCatchEvent id="street"><messageEventDefinition messageRef="in"/></intermediateCatchEvent>
    <intermediateCatchEvent id="house"><messageEventDefinition messageRef="out"/></intermediateCatchEvent>
    <sequenceFlow id="f1" sourceRef="begin" targetRef="back"/>
    <sequenceFlow id="f2" sourceRef="back" targetRef="street"/>
    <sequenceFlow id="f3" sourceRef="street" targetRef="house"/>
    <sequenceFlow id="f4" sourceRef="house" targetRef="back"/>
  </process>
</definitions>
"""


def process(text: str, name: str) -> Any:
    """Return the process ``name`` that ``text`` declares, ready to run."""
    parser = BpmnParser()
    parser.add_bpmn_str(text.encode())
    return parser.get_spec(name)
