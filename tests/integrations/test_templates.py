"""The words of notices."""

from __future__ import annotations

from pathlib import Path

import pytest

from integrations.errors import TemplateBroken
from integrations.messages import DEFAULT_TEMPLATES, KINDS, DigestItem, Facts, Templates

LINK = "https://handrail.example/answers/abc"
ITEMS = (
    DigestItem("Offer a bed", "DRB-7K2", "Friday 20 March 2026, 16:00", LINK),
    DigestItem("Clear the waiting list"),
)
FULL = Facts(
    agency_title="Riverside",
    what="Accept a bed",
    answer_at=LINK,
    reference="DRB-7K2",
    by_when="Friday 20 March 2026, 16:00",
    because="An offer was accepted",
    items=ITEMS,
)
SPARSE = Facts(agency_title="Riverside", what="Accept a bed", answer_at=LINK)


def own(tmp_path: Path, text: str, name: str = "task_opened.j2") -> Templates:
    (tmp_path / name).write_text(text, encoding="utf-8")
    return Templates(tmp_path)


@pytest.mark.parametrize("kind", KINDS)
def test_every_notice_says_what_by_when_and_where_to_answer(kind: str) -> None:
    text = Templates().render(kind, FULL)

    assert FULL.what in text.subject
    assert "\n" not in text.subject
    assert FULL.what in text.body
    assert FULL.by_when is not None
    assert FULL.by_when in text.body
    assert f"\n{LINK}\n" in text.body
    assert FULL.reference is not None
    assert FULL.reference in text.subject + text.body


@pytest.mark.parametrize("kind", KINDS)
def test_a_notice_with_neither_case_nor_deadline_reads_well(kind: str) -> None:
    text = Templates().render(kind, SPARSE)

    assert "None" not in text.subject + text.body
    assert "\n\n\n" not in text.body
    assert text.body.endswith(".\n")


def test_a_digest_lists_every_item() -> None:
    body = Templates().render("digest", FULL).body

    assert "- DRB-7K2: Offer a bed, by Friday 20 March 2026, 16:00\n  https://" in body
    assert "- Clear the waiting list\n" in body


def test_the_templates_we_bring_are_all_there_and_none_too_many() -> None:
    names = {path.stem for path in DEFAULT_TEMPLATES.glob("*.j2") if path.stem[0] != "_"}

    assert names == set(KINDS)
    assert Templates().check(FULL) == []


def test_a_coordinators_own_template_comes_first_and_the_others_stay(tmp_path: Path) -> None:
    templates = own(tmp_path, "Subject: Ours {{ reference }}\n\nFor {{ agency_title }}.\n")

    assert templates.render("task_opened", FULL).subject == "Ours DRB-7K2"
    assert templates.render("generic", FULL) == Templates().render("generic", FULL)


def test_a_coordinator_may_change_the_foot_of_all_notices(tmp_path: Path) -> None:
    templates = own(tmp_path, "\nDerby City Council\n", "_foot.j2")

    assert templates.render("review", FULL).body.endswith("\nDerby City Council\n")


def test_a_line_break_in_a_value_cannot_become_a_second_header() -> None:
    facts = Facts("Riverside", "Accept\n\nBcc: everybody@agency.example", LINK, items=ITEMS)

    text = Templates().render("task_opened", facts)

    assert text.subject == "Accept Bcc: everybody@agency.example"


def test_plain_text_is_not_escaped() -> None:
    assert "R&B's <bed>" in Templates().render("generic", Facts("R&B's", "R&B's <bed>", LINK)).subject


@pytest.mark.parametrize(
    ("text", "line", "found"),
    [
        ("Subject: {{ whta }}\n\nText\n", 1, "'whta' is undefined"),
        ("Subject: a\n\nText\n{{ reference.person.name }}\n", 4, "has no attribute 'person'"),
        ("Subject: a\n\nText\n\n{% if reference %}\n", 5, "if"),
        ("Subject: a\n\n{{ what | shout }}\n", 3, "shout"),
        ("Subject: a\n\n{{ what.__class__.__mro__ }}\n", 3, "unsafe"),
        ("Subject: a\n\n{{ what + 1 }}\n", 3, "TypeError"),
        ("Subject: a\n\n{{ 1 // 0 }}\n", 3, "ZeroDivisionError"),
        ("Subject: a\n\n{% include 'missing.j2' %}\n", 3, "missing.j2"),
        ("Hello\n\nText\n", 1, "must begin with a line"),
        ("Subject:   \n\nText\n", 1, "must begin with a line"),
        ("Subject: a\nText\n", 2, "blank line"),
        ("Subject: a\n\n \n", 3, "nothing after it"),
        ("", 1, "must begin with a line"),
    ],
)
def test_a_broken_template_names_its_file_and_line(tmp_path: Path, text: str, line: int, found: str) -> None:
    templates = own(tmp_path, text)

    with pytest.raises(TemplateBroken, match=found) as caught:
        templates.render("task_opened", FULL)

    assert str(caught.value).startswith(f"{tmp_path / 'task_opened.j2'}:{line}: ")


def test_a_value_that_this_notice_lacks_is_an_error_and_not_the_word_none(tmp_path: Path) -> None:
    templates = own(tmp_path, "Subject: a\n\nBy {{ by_when }}\n")

    with pytest.raises(TemplateBroken, match="does not have") as caught:
        templates.render("task_opened", SPARSE)

    assert caught.value.line == 3


def test_a_template_that_is_not_utf_8_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "review.j2").write_bytes(b"Subject: a\n\n\xe9\n")

    with pytest.raises(TemplateBroken, match=r"review\.j2"):
        Templates(tmp_path).render("review", FULL)


def test_an_error_repeats_no_value(tmp_path: Path) -> None:
    templates = own(tmp_path, "Subject: a\n\n{{ what | int(base=99) }}{{ 'x' * what }}\n")

    with pytest.raises(TemplateBroken) as caught:
        templates.render("task_opened", Facts("Riverside", "Jane Sorrow", LINK))

    assert "Jane" not in str(caught.value)


def test_a_misspelt_file_name_is_told_with_the_name_that_was_meant(tmp_path: Path) -> None:
    with pytest.raises(TemplateBroken, match=r"Did you mean hand_off_offered\.j2\?"):
        own(tmp_path, "Subject: a\n\nText\n", "handoff_offered.j2")


def test_a_folder_of_templates_that_is_missing_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(TemplateBroken, match="no such folder"):
        Templates(tmp_path / "gone")


def test_an_unknown_kind_of_notice_is_an_error() -> None:
    with pytest.raises(TemplateBroken, match="Known kinds"):
        Templates().render("../secret", FULL)


def test_a_check_tells_all_broken_templates_at_once(tmp_path: Path) -> None:
    own(tmp_path, "Hello\n")
    templates = own(tmp_path, "Subject: {{ nobody }}\n\nText\n", "review.j2")

    assert [Path(error.file).stem for error in templates.check(FULL)] == ["task_opened", "review"]
