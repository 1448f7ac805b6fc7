"""``handrail replay``."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

LOG = """\
case,event,occurred_at,response,nights
a,Referral,2026-03-27 09:00,,
a,Offer Made,2026-03-27 12:00,accepted,3
b,Referral,2026-03-27 10:00,,
b,Offer Made,2026-03-29 12:00,declined,
"""


def log_of(folder: Path, text: str = LOG, name: str = "log.csv") -> Path:
    path = folder / name
    path.write_text(text)
    return path


def test_json_tells_what_happened(handrail: Any, shelter: Path, tmp_path: Path) -> None:
    ran = handrail("replay", log_of(tmp_path), "--pathway", shelter, "--json")

    told = json.loads(ran.output)
    assert (ran.status, ran.errors) == (0, "")
    assert told["pathway"] == "shelter"
    assert told["version"] == 1
    assert (told["cases"], told["events"], told["refused"]) == (2, 4, 0)
    assert told["moves"] == {"support": {"waiting -> sheltered": 1}}
    assert told["stages"] == {"support": {"waiting": 1, "sheltered": 1}}
    assert told["tasks"] == {"opened": 2, "done": 2, "overdue": 1}
    assert {"follow_ups", "hand_offs", "blockages", "seconds", "events_per_second"} <= set(told)


def test_timers_fire_on_until_the_instant_that_was_asked(handrail: Any, shelter: Path, tmp_path: Path) -> None:
    log = log_of(tmp_path)

    before = handrail("replay", log, "--pathway", shelter, "--json", "--until", "2026-04-06 11:59:59")
    after = handrail("replay", log, "--pathway", shelter, "--json", "--until", "2026-04-06 12:00")

    assert json.loads(before.output)["stages"]["support"] == {"waiting": 1, "sheltered": 1}
    assert json.loads(after.output)["stages"]["support"] == {"waiting": 1, "settled": 1}


def test_events_recorded_after_until_do_not_happen(handrail: Any, shelter: Path, tmp_path: Path) -> None:
    ran = handrail("replay", log_of(tmp_path), "--pathway", shelter, "--json", "--until", "2026-03-27 11:00")

    told = json.loads(ran.output)
    assert (told["events"], told["later"]) == (2, 2)
    assert "2 events recorded after --until did not happen." in ran.errors


def test_changes_are_written_by_time_in_the_pathways_own_offset(handrail: Any, shelter: Path, tmp_path: Path) -> None:
    handrail(
        "replay", log_of(tmp_path), "--pathway", shelter, "--changes", "changes.jsonl", "--until", "2026-04-06 12:00"
    )

    changes = [json.loads(line) for line in (tmp_path / "changes.jsonl").read_text().splitlines()]
    moved = [change for change in changes if change["change"] == "moved"]
    assert [(one["case"], one["track"], one["from"], one["to"], one["at"]) for one in moved] == [
        ("a", "support", "waiting", "sheltered", "2026-03-27T12:00:00+00:00"),
        ("a", "support", "sheltered", "settled", "2026-04-06T12:00:00+01:00"),
    ]
    assert "10 days" in moved[1]["because"]
    assert [change["at"] for change in changes] == sorted(change["at"] for change in changes)
    assert {"task_opened", "task_overdue", "task_done"} <= {change["change"] for change in changes}


def test_a_wrong_line_is_refused_by_number_and_the_rest_goes_on(handrail: Any, shelter: Path, tmp_path: Path) -> None:
    wrong = LOG + "c,Refferal,2026-03-27 10:00,,\nd,Referral,soon,,\na,Offer Made,2026-03-28 10:00,perhaps,\n"

    ran = handrail("replay", log_of(tmp_path, wrong), "--pathway", shelter, "--json")

    told = json.loads(ran.output)
    assert ran.status == 1
    assert (told["events"], told["refused"]) == (4, 3)
    lines = [line.partition(": ")[0].removeprefix(str(tmp_path)) for line in ran.errors.splitlines()]
    assert lines == ["/log.csv:6", "/log.csv:7", "/log.csv:8"]
    assert "Did you mean 'Referral'?" in ran.errors
    assert "expected one of accepted, declined" in ran.errors


def test_what_the_engine_refuses_is_refused_by_number_too(handrail: Any, shelter: Path, tmp_path: Path) -> None:
    early = "case,event,occurred_at\na,Left,2026-03-26 09:00\na,Referral,2026-03-27 09:00\n"

    ran = handrail("replay", log_of(tmp_path, early), "--pathway", shelter, "--json")

    told = json.loads(ran.output)
    assert ran.status == 1
    assert (told["cases"], told["events"], told["refused"]) == (1, 1, 1)
    assert "log.csv:2: there is no case yet; it opens with Referral." in ran.errors


def test_unknown_events_may_be_passed_over(handrail: Any, shelter: Path, tmp_path: Path) -> None:
    log = log_of(tmp_path, LOG + "a,Moon Seen,2026-03-27 10:00,,\n")

    refused = handrail("replay", log, "--pathway", shelter, "--json")
    passed = handrail("replay", log, "--pathway", shelter, "--json", "--ignore-unknown")

    assert (refused.status, json.loads(refused.output)["refused"]) == (1, 1)
    told = json.loads(passed.output)
    assert (passed.status, told["refused"], told["ignored"], told["events"]) == (0, 0, 1, 4)


def test_a_column_that_an_event_does_not_declare_is_left_out_and_told_once(
    handrail: Any, shelter: Path, tmp_path: Path
) -> None:
    log = log_of(
        tmp_path, "case,event,occurred_at,colour\na,Referral,2026-03-27 09:00,red\nb,Referral,2026-03-27,blue\n"
    )

    ran = handrail("replay", log, "--pathway", shelter, "--json")

    assert (ran.status, json.loads(ran.output)["events"]) == (0, 2)
    assert ran.errors == "The field 'colour' is not declared for 'Referral': it was left out of 2 events.\n"


def test_the_same_external_id_counts_once_and_another_body_is_refused(
    handrail: Any, shelter: Path, tmp_path: Path
) -> None:
    lines = [
        {"case": "a", "event": "Referral", "occurred_at": "2026-03-27T09:00", "external_id": "1"},
        {"case": "a", "event": "Referral", "occurred_at": "2026-03-27T09:00", "external_id": "1"},
        {"case": "a", "event": "Left", "occurred_at": "2026-03-27T10:00", "external_id": "1"},
    ]
    log = log_of(tmp_path, "\n".join(map(json.dumps, lines)), "log.jsonl")

    ran = handrail("replay", log, "--pathway", shelter, "--json")

    told = json.loads(ran.output)
    assert (ran.status, told["events"], told["refused"]) == (1, 1, 1)
    assert "log.jsonl:3: The external id '1' brought another event in line 1." in ran.errors


def test_a_log_in_any_order_and_packed_ends_the_same(handrail: Any, shelter: Path, tmp_path: Path) -> None:
    head, *lines = LOG.splitlines()
    turned = tmp_path / "turned.csv.gz"
    turned.write_bytes(gzip.compress("\n".join([head, *reversed(lines)]).encode()))

    one = json.loads(handrail("replay", log_of(tmp_path), "--pathway", shelter, "--json").output)
    other = json.loads(handrail("replay", turned, "--pathway", shelter, "--json").output)

    for told in (one, other):
        del told["seconds"], told["events_per_second"]
    assert one == other


def test_a_late_entry_is_told_as_a_review(handrail: Any, shelter: Path, tmp_path: Path) -> None:
    late = (
        "case,event,occurred_at,recorded_at,response\n"
        "a,Referral,2026-03-01 09:00,,\n"
        "a,Offer Made,2026-03-01 10:00,,accepted\n"
        "a,Left,2026-03-05 10:00,2026-03-12 09:00,\n"
    )

    handrail("replay", log_of(tmp_path, late), "--pathway", shelter, "--changes", "changes.jsonl")

    changes = [json.loads(line)["change"] for line in (tmp_path / "changes.jsonl").read_text().splitlines()]
    assert "review_opened" in changes


def test_peep_runs_a_log_with_the_agencies_beside_it(handrail: Any, pathways: Path, tmp_path: Path) -> None:
    log = log_of(tmp_path, "case,event,occurred_at\nx,nothing.known,2026-03-27 09:00\n")

    ran = handrail("replay", log, "--pathway", pathways / "peep.yaml", "--ignore-unknown", "--json")

    assert (ran.status, json.loads(ran.output)["cases"]) == (0, 0)


def test_people_read_tables(handrail: Any, shelter: Path, tmp_path: Path) -> None:
    ran = handrail("replay", log_of(tmp_path), "--pathway", shelter)

    assert ran.output.startswith(
        "Shelter, version 1\n2 cases, 4 events, 0 refused; the clock ends at 2026-03-29T12:00:00+01:00.\n"
    )
    assert "support  waiting  sheltered      1" in ran.output


def test_a_broken_pathway_is_not_replayed(handrail: Any, shelter: Path, tmp_path: Path) -> None:
    shelter.write_text(shelter.read_text().replace("to: settled,", "to: setled,"))

    ran = handrail("replay", log_of(tmp_path), "--pathway", shelter)

    assert (ran.status, ran.output) == (1, "")
    assert "error[unknown-stage]" in ran.errors


def test_wrong_arguments_are_wrong_use(handrail: Any, shelter: Path, tmp_path: Path) -> None:
    log = log_of(tmp_path)

    assert handrail("replay", log).status == 2
    assert handrail("replay", log, "--pathway", shelter, "--until", "tomorrow").status == 2
    assert handrail("replay", log, "--pathway", shelter, "--changes", "no/such/folder/changes.jsonl").status == 2
    assert handrail("replay", "nowhere.csv", "--pathway", shelter).status == 2


def test_changes_are_never_written_over_what_was_read(handrail: Any, shelter: Path, tmp_path: Path) -> None:
    log = log_of(tmp_path)
    before = log.read_bytes()

    for target in (log, shelter, tmp_path):
        assert handrail("replay", log, "--pathway", shelter, "--changes", target).status == 2

    assert log.read_bytes() == before
    assert not list(tmp_path.parent.glob("*.part"))
