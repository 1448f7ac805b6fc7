"""What a field of a kind can hold: a scenario that gives it something else is told so."""

from __future__ import annotations

from pathlib import Path

import pytest

from pathways.loading import load_pathway

EVERY_KEY = Path(__file__).with_name("every_key.yaml").read_text("utf-8")
SCENARIO = """
  - name: another
    given:
      - {{event: referral.made, at: "2026-03-01 09:00", by: outreach}}
      - {{event: {event}, at: "2026-03-01 10:00", by: {by}, fields: {{{field}: {value}}}}}
    at: "2026-03-21 09:00"
    expect: {{support: identified}}
"""


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        ("date", "'2026-03-21'", None),
        ("date", "'2026-02-30'", "a date such as '2026-03-21'"),
        ("date", "20260321", "a date such as '2026-03-21'"),
        ("instant", "'2026-03-21 09:00'", None),
        ("instant", "'2026-03-21 25:00'", "an instant such as '2026-03-21 09:00'"),
        ("instant", "true", "an instant such as '2026-03-21 09:00'"),
        ("number", "1.5", None),
        ("number", "'1.5'", "a number"),
        ("number", "true", "a number"),
        ("integer", "2", None),
        ("integer", "1.5", "a whole number"),
        ("months", "2", None),
        ("months", "'two'", "a whole number"),
        ("boolean", "false", None),
        ("boolean", "0", "true or false"),
        ("text", "anything", None),
        ("text", "1", "text"),
        ("area", "1", "text"),
    ],
)
def test_a_value_that_a_field_cannot_hold_is_told_with_what_it_holds(
    kind: str, value: str, expected: str | None
) -> None:
    text = EVERY_KEY.replace("since: date", f"since: {kind}")
    text += SCENARIO.format(event="script.changed", by="treatment", field="since", value=value)

    problems = [one for one in load_pathway(text, "every_key.yaml").problems if one.rule == "unknown-value"]

    assert [one.expected for one in problems] == ([] if expected is None else [expected])


def test_a_field_that_an_event_has_not_is_told_once_though_a_condition_names_it_twice() -> None:
    latest = '{latest: {event: script.changed, field: status, is: "on"}}'
    text = EVERY_KEY.replace(latest, latest.replace("field: status", "field: statis"))

    found = [one.rule for one in load_pathway(text, "every_key.yaml").problems]

    assert found.count("unknown-field") == 1
