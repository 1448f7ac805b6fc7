"""Notices as files."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from integrations.errors import Refused
from integrations.file_channel import FileChannel, file_name
from integrations.messages import Message


def test_a_notice_becomes_one_whole_file_that_names_its_key(tmp_path: Path, message: Message) -> None:
    receipt = FileChannel(tmp_path / "out" / "box").send(message)

    written = tmp_path / "out" / "box" / receipt.reference
    head, _, body = written.read_text(encoding="utf-8").partition("\n\n")
    assert f"Key: {message.key}" in head
    assert f"Subject: {message.subject}" in head
    assert body == message.body


def test_the_same_key_twice_is_one_file(tmp_path: Path, message: Message) -> None:
    channel = FileChannel(tmp_path)

    first = channel.send(message)
    second = channel.send(message)
    channel.send(replace(message, key="another"))

    assert first == second
    assert len(list(tmp_path.iterdir())) == 2


@pytest.mark.parametrize("key", ["../../stray", "/stray", "", ".", "a/b", "a\x00b", "é" * 300, "k" * 5000])
def test_no_key_leads_out_of_the_folder(tmp_path: Path, message: Message, key: str) -> None:
    FileChannel(tmp_path / "box").send(replace(message, key=key))

    assert [path.name for path in tmp_path.iterdir()] == ["box"]
    assert [path.name for path in (tmp_path / "box").iterdir()] == [file_name(key)]


def test_keys_that_differ_only_in_strange_letters_get_two_files() -> None:
    assert len({file_name(key) for key in ("a/b", "a b", "a-b", "a.b")}) == 4


def test_a_folder_that_is_a_file_is_refused(
    tmp_path: Path, message: Message, tells_nothing: Callable[[BaseException], bool]
) -> None:
    (tmp_path / "box").write_text("not a folder")

    with pytest.raises(Refused, match="Expected was a folder") as caught:
        FileChannel(tmp_path / "box").send(message)

    assert tells_nothing(caught.value)
