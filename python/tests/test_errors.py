"""Each kind of error: its class, what Python takes it for, and its page in the docs."""

from __future__ import annotations

import os
import pickle
import re
from pathlib import Path

import pytest
from objects import Model

import stillroom
from stillroom import StillroomError, _core
from stillroom._errors import BY_KIND

DOCUMENT = Path(__file__).parents[2] / "docs" / "errors.md"

# kind, class, the exception of Python's own that an `except` may name instead, exit code
TABLE = [
    ("not-found", "NotFoundError", KeyError, 3),
    ("conflict", "ConflictError", None, 4),
    ("unauthenticated", "UnauthenticatedError", None, 5),
    ("denied", "DeniedError", PermissionError, 5),
    ("unsupported", "UnsupportedError", TypeError, 6),
    ("invalid", "InvalidError", ValueError, 2),
    ("too-large", "TooLargeError", ValueError, 9),
    ("unavailable", "UnavailableError", ConnectionError, 7),
    ("corrupt", "CorruptError", None, 8),
    ("internal", "InternalError", None, 1),
]
KINDS = [kind for kind, *_ in TABLE]
MESSAGE = 'can\'t keep a lambda; store its parameters; at results["cv"][3].scorer'


def be_late(store: stillroom.Store) -> None:
    for number in range(2):
        store.save("train_models", "forecast", number)
    store.save("train_models", "forecast", "mine", if_version=1)


def open_with_another_key(store: stillroom.Store) -> None:
    store.save("train_models", "trend", Model(0.5))
    key = _core.new_signing_key()
    with stillroom.open(store.location, signing_key=key) as other:
        other.load("train_models", "trend")


def read_a_damaged_pack(store: stillroom.Store) -> None:
    for number in range(5):
        store.save("train_models", "forecast", os.urandom(100_000 + number))
    store.close()
    for pack in Path(store.location, "packs").iterdir():
        pack.write_bytes(bytes(pack.stat().st_size))
    with stillroom.open(store.location) as opened:
        opened.load("train_models", "forecast")


def lambda_inside(store: stillroom.Store) -> None:
    store.save("train_models", "results", {"cv": [0, 1, 2, {"scorer": lambda model: 0}]})


# The kinds that a test can bring about on one computer, and how.
EXAMPLES = {
    "not-found": lambda store: store.load("train_models", "forecast"),
    "conflict": be_late,
    "denied": open_with_another_key,
    "unsupported": lambda_inside,
    "invalid": lambda store: store.save("train_models", "", 1),
    "too-large": lambda store: store.save("page", "key", 1, metadata=bytes(70_000)),
    "corrupt": read_a_damaged_pack,
}


def sections() -> dict[str, str]:
    """The text under each second-level heading of the document, by heading."""
    parts = re.split(r"^## (.+)$", DOCUMENT.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def test_core_classes_and_document_name_the_same_kinds_in_the_same_order():
    assert list(_core.ERROR_KINDS) == KINDS
    assert list(BY_KIND) == KINDS
    assert list(sections()) == KINDS


@pytest.mark.parametrize(("kind", "name", "builtin", "exit_code"), TABLE)
def test_each_kind_has_its_class(kind: str, name: str, builtin: type | None, exit_code: int):
    error = getattr(stillroom, name)

    assert BY_KIND[kind] is error
    assert (error.kind, error.exit_code) == (kind, exit_code)
    assert issubclass(error, StillroomError)
    assert builtin is None or issubclass(error, builtin)


@pytest.mark.parametrize(("kind", "name", "builtin", "exit_code"), TABLE)
def test_each_kind_is_documented(kind: str, name: str, builtin: type | None, exit_code: int):
    text = sections()[kind]

    for field in ("Cause", "What to do"):
        assert re.search(rf"^- \*\*{field}:\*\* \S.{{10,}}$", text, re.MULTILINE), field
    also = f", also a `{builtin.__name__}`" if builtin else ""
    assert f"\n- **Python:** `stillroom.{name}`{also}\n" in text
    assert f"\n- **Exit code:** {exit_code}\n" in text


def example(kind: str) -> str:
    found = re.search(r"^- \*\*Example:\*\* `` (.+) ``$", sections()[kind], re.MULTILINE)
    assert found
    return found[1]


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_has_an_example(kind: str):
    assert example(kind)


@pytest.mark.parametrize("kind", EXAMPLES)
def test_the_example_is_what_is_raised(kind: str, signed_store: stillroom.Store):
    with pytest.raises(BY_KIND[kind]) as raised:
        EXAMPLES[kind](signed_store)

    assert str(raised.value).replace("objects.Model", "forecasting.Trend") == example(kind)


@pytest.mark.parametrize("kind", KINDS)
def test_each_class_says_in_one_line_what_to_do(kind: str):
    text = BY_KIND[kind].__doc__

    assert re.fullmatch(r"[A-Z][^:]+: [a-z].+\.", text), text


@pytest.mark.parametrize("kind", KINDS)
def test_the_message_is_shown_as_it_is(kind: str):
    assert str(BY_KIND[kind](MESSAGE)) == MESSAGE


@pytest.mark.parametrize("kind", KINDS)
def test_the_path_is_kept_beside_the_message(kind: str):
    assert BY_KIND[kind](MESSAGE).path is None
    assert BY_KIND[kind](MESSAGE, path='results["cv"]').path == 'results["cv"]'


@pytest.mark.parametrize("kind", KINDS)
def test_errors_survive_pickle(kind: str):
    error = BY_KIND[kind](MESSAGE, path='results["cv"]')

    copy = pickle.loads(pickle.dumps(error))

    assert type(copy) is type(error)
    assert (str(copy), copy.path, copy.args) == (MESSAGE, error.path, error.args)
