"""Names of files: of any page and key, and fit for every system."""

from __future__ import annotations

import pytest

from stillroom.streamlit import _download

NAMES = {
    "plain": (("train_models", "forecast"), "train_models-forecast"),
    "a page": (("train_models",), "train_models"),
    "blanks": (("Train models", "cv [3]"), "Train-models-cv-3"),
    "a way up": (("..", "../../etc/passwd"), "etc-passwd"),
    "a root": (("/", "C:\\Windows"), "C-Windows"),
    "a hidden file": ((".bashrc",), "bashrc"),
    "an option": (("-rf", "--help"), "rf-help"),
    "marks of a shell": (("a;b", "$(c) `d` 'e'"), "a-b-c-d-e"),
    "a line end": (("a\r\nb", "c\0d"), "a-b-c-d"),
    "text that turns": (("a\u202egpj", "b"), "a-gpj-b"),
    "letters of the world": (("תחזית", "prévision"), "תחזית-prévision"),
    "letters in parts": (("pre\u0301vision",), "prévision"),
    "nothing that is left": (("..", "???"), "results"),
    "a device": (("con",), "results-con"),
    "a device with an ending": (("NUL.txt",), "results-NUL.txt"),
    "a device and more": (("aux", "forecast"), "aux-forecast"),
    "a port": (("com1",), "results-com1"),
    "a word that begins like one": (("console",), "console"),
    "a dot at the end": (("a.", "b."), "a-b"),
}


@pytest.mark.parametrize(("names", "file"), NAMES.values(), ids=NAMES)
def test_a_name_is_one_on_every_system(names, file):
    assert _download.file_name(*names) == file


@pytest.mark.parametrize("letter", ["a", "ü", "漢", "🙂"])
def test_a_long_name_has_room_on_every_disk(letter):
    name = _download.file_name(letter * 500, letter * 500)

    assert 190 < len(name.encode()) <= 200
    assert set(name) <= {letter, "-"}
