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
ERRANDS = f"""{_HEAD}
  <message id="begun" name="begun"/>
  <message id="rested" name="rested"/>
  <message id="seen" name="seen"/>
  <process id="errands" isExecutable="true">
    <startEvent id="begin"/>
    <exclusiveGateway id="to_waiting"/>
    <intermediateCatchEvent id="waiting_begun"><messageEventDefinition messageRef="begun"/></intermediateCatchEvent>
    <exclusiveGateway id="to_doing"/>
    <scriptTask id="forget"><script>parks = 0</script></scriptTask>
    <exclusiveGateway id="still_doing"/>
    <eventBasedGateway id="doing"/>
    <intermediateCatchEvent id="doing_rested"><messageEventDefinition messageRef="rested"/></intermediateCatchEvent>
    <intermediateCatchEvent id="doing_seen"><messageEventDefinition messageRef="seen"/></intermediateCatchEvent>
    <intermediateCatchEvent id="resting_begun"><messageEventDefinition messageRef="begun"/></intermediateCatchEvent>
    <scriptTask id="count"><script>parks = parks + (place == "park")</script></scriptTask>
    <exclusiveGateway id="enough" default="f12"/>
    <sequenceFlow id="f1" sourceRef="begin" targetRef="to_waiting"/>
    <sequenceFlow id="f2" sourceRef="to_waiting" targetRef="waiting_begun"/>
    <sequenceFlow id="f3" sourceRef="waiting_begun" targetRef="to_doing"/>
    <sequenceFlow id="f4" sourceRef="to_doing" targetRef="forget"/>
    <sequenceFlow id="f5" sourceRef="forget" targetRef="still_doing"/>
    <sequenceFlow id="f6" sourceRef="still_doing" targetRef="doing"/>
    <sequenceFlow id="f7" sourceRef="doing" targetRef="doing_rested"/>
    <sequenceFlow id="f8" sourceRef="doing" targetRef="doing_seen"/>
    <sequenceFlow id="f9" sourceRef="doing_rested" targetRef="resting_begun"/>
    <sequenceFlow id="f10" sourceRef="resting_begun" targetRef="to_doing"/>
    <sequenceFlow id="f11" sourceRef="doing_seen" targetRef="count"/>
    <sequenceFlow id="f13" sourceRef="count" targetRef="enough"/>
    <sequenceFlow id="f12" sourceRef="enough" targetRef="still_doing"/>
    <sequenceFlow id="f14" sourceRef="enough" targetRef="to_waiting">
      <conditionExpression>parks &gt;= 4</conditionExpression>
    </sequenceFlow>
  </process>
</definitions>
"""


def process(text: str, name: str) -> Any:
    """Return the process ``name`` that ``text`` declares, ready to run."""
    parser = BpmnParser()
    parser.add_bpmn_str(text.encode())
    return parser.get_spec(name)
