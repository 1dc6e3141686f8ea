"""Opens a dialog of the panel, clicks in it, reads what it says and takes its files."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from reading import opened
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Block, Element

import stillroom

TEXTS = ("markdown", "caption", "warning", "code")
HELD = "[\u00a0\u2060\u2068\u2069]"

PREVIEWED = """
import stillroom.streamlit as sr

sr.page("p", max_auto_mb=1).panel()
"""
"""A page whose figures above 1 MiB aren't loaded to be looked at."""


def open_dialog(app: AppTest, key: str, item: str) -> Block:
    """Open the panel and choose from the menu of a result."""
    opened(app)
    choose(app, f"Actions for {key}", item)
    return dialog(app)


def choose(app: AppTest, label: str, item: str) -> None:
    """Choose from a menu, in the dialog or the panel."""
    menu = one(app.get("menu_button"), label)
    assert item in menu.options, list(menu.options)
    menu.set_value(item).run()
    assert not app.exception, [error.message for error in app.exception]


def press(app: AppTest, label: str) -> None:
    """Press a button, in the dialog or the panel."""
    one(app.button, label).click().run()
    assert not app.exception, [error.message for error in app.exception]


def one(elements, label: str) -> Element:
    """The one of them with that label."""
    found = [element for element in elements if unmarked(element.label) == label]
    assert len(found) == 1, f"{label}: {[unmarked(element.label) for element in elements]}"
    return found[0]


def is_open(app: AppTest) -> bool:
    return bool(_dialogs(app))


def dialog(app: AppTest) -> Block:
    """The open dialog."""
    (found,) = _dialogs(app)
    return found


def title(app: AppTest) -> str:
    return unmarked(dialog(app).proto.dialog.title)


def said(app: AppTest) -> str:
    """What can be read in the dialog, line by line."""
    lines = [one.value for one in inside(dialog(app)) if one.type in TEXTS]
    return unmarked("\n".join(lines))


def offered(app: AppTest, label: str) -> list[str]:
    """What a menu offers; nothing where there is no such menu."""
    return [
        item
        for menu in app.get("menu_button")
        if unmarked(menu.label) == label
        for item in menu.options
    ]


def labels(app: AppTest, kind: str = "button") -> list[str]:
    """What the buttons of the dialog are called, or other elements of it with a label."""
    found = [element for element in inside(dialog(app)) if element.type == kind]
    return [unmarked(getattr(element, "label", element.proto.label)) for element in found]


def toasts(app: AppTest) -> list[str]:
    return [unmarked(toast.value) for toast in app.toast]


def imported(data: bytes, folder: Path, **options) -> stillroom.Store:
    """Another store, with everything of that file in it."""
    (folder / "taken.stillroom").write_bytes(data)
    store = stillroom.open(folder / "another", **options)
    store.import_from(folder / "taken.stillroom")
    return store


def inside(block: Block) -> Iterator[Element]:
    """Everything in a block that is no block itself."""
    for child in block.children.values():
        if isinstance(child, Block):
            yield from inside(child)
        else:
            yield child


def unmarked(text: str) -> str:
    """A text as it is seen: without escapes, and with blanks where lines may not break."""
    seen = re.sub(HELD, lambda held: " " if held[0] == "\u00a0" else "", text)
    return re.sub(r"\\([^\w\s])", r"\1", seen)


def _dialogs(app: AppTest) -> list[Block]:
    assert not app.exception, [error.message for error in app.exception]
    return [block for block in _blocks(app._tree) if block.type == "dialog"]


def _blocks(block: Block) -> Iterator[Block]:
    for child in block.children.values():
        if isinstance(child, Block):
            yield child
            yield from _blocks(child)
