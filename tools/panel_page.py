"""Writes docs/panel.md, every state of the panel with its pictures, from examples/gallery.

    python tools/panel_page.py            write it
    python tools/panel_page.py --check    fail when it, or a picture, is not what the gallery says

Titles and the moments when people see a state stand in the gallery, what can be done is
asked of the panel, and `make pictures` takes the pictures: nothing is told here a second
time, and so nothing can come to differ.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterator
from html import escape
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "panel.md"
PICTURES = ROOT / "docs" / "pictures"
sys.path.insert(0, str(ROOT / "examples" / "gallery"))

from fixed import Shown  # noqa: E402, the folder has just been put on the path
from states import groups  # noqa: E402

from stillroom.streamlit._view import Line  # noqa: E402

LOOKS = ("light", "dark", "phone")
DEMO = ("demo-light.png", "demo-dark.png")
"""The pictures of the example app, which the README shows."""

HEAD = """\
# The panel, state by state

Made by `make pictures` from [examples/gallery](../examples/gallery); don't edit it. What the panel does is told in [streamlit.md](streamlit.md#the-panel).

It is one line at the end of a page, with an arrow before it while all is well. When something needs a person it opens by itself, and a sign stands in the place of the arrow: an i in a circle for what they can do or should know, a triangle where the store failed as a whole. In the rows, what needs nobody stands back in grey.

The pictures are light or dark as your own screen is, and of the newest Streamlit with its own theme; in an app, the panel follows the app's. *Planned* is a state that nothing in this release brings about: its look and its words are settled already.
"""

_ROWS = 4
"""Of how many results the text for those who can't see a picture tells."""


def lines() -> list[str]:
    """The document, line by line."""
    found = groups()
    text = [HEAD]
    text += [f"- **{heading}**: {_titles(some)}" for heading, some in found.items()]
    for heading, some in found.items():
        text += ["", f"## {heading}"]
        for name, one in some.items():
            text += ["", *_section(name, one)]
    return "\n".join(text).splitlines()


def wanted() -> set[str]:
    """The names of all pictures that there should be."""
    names = (name for some in groups().values() for name in some)
    return {picture(name, look) for name in names for look in LOOKS} | set(DEMO)


def there() -> set[str]:
    """The names of all pictures that there are."""
    return {path.name for path in PICTURES.glob("*.png")}


def picture(name: str, look: str) -> str:
    """The file of a state's picture."""
    return f"{name}-{look}.png"


def _titles(some: dict[str, Shown]) -> str:
    return " · ".join(f"[{one.title}](#{_anchor(one.title)})" for one in some.values())


def _anchor(heading: str) -> str:
    return re.sub(r"[^a-z0-9 -]", "", heading.lower()).replace(" ", "-")


def _section(name: str, one: Shown) -> Iterator[str]:
    described = escape(_described(one))
    yield f"### {one.title}"
    yield ""
    yield one.when + (" *Planned.*" if one.is_planned else "")
    yield ""
    yield "<picture>"
    yield f'<source media="(prefers-color-scheme: dark)" srcset="pictures/{picture(name, "dark")}">'
    yield f'<img src="pictures/{picture(name, "light")}" width="728" alt="{described}">'
    yield "</picture>"
    yield ""
    if one.state is not None:
        yield from _offers(one.view.lines[0])
    yield "<details><summary>On a phone</summary>"
    yield ""
    yield f'<img src="pictures/{picture(name, "phone")}" width="390" alt="The same, 390 pixels wide">'
    yield ""
    yield "</details>"


def _offers(line: Line) -> Iterator[str]:
    """What is in the menu, which the picture doesn't show."""
    if line.menu:
        yield f"In its menu: {', '.join(f'*{action.label}*' for action in line.menu)}."
        yield ""


def _described(one: Shown) -> str:
    """What a picture says, for those who can't see it."""
    head, rows = one.view.summary, one.view.lines
    said = [head.label]
    if one.is_open:
        said += [head.notice, head.text, *(action.label for action in head.actions)]
        for row in rows[:_ROWS]:
            said += [f"{row.key}: {row.sentence}", row.button.label if row.button else ""]
        said.append("And more results" if len(rows) > _ROWS else "")
    ends = (part if part.endswith(".") else f"{part}." for part in said if part)
    return re.sub(r"\\(?=\W)", "", " ".join(ends))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--check", action="store_true", help="compare instead of writing")
    if not parser.parse_args().check:
        write()
        return 0
    is_current = PAGE.read_text().splitlines() == lines() and there() == wanted()
    if not is_current:
        print("docs/panel.md is not what the gallery says; run make pictures", file=sys.stderr)
    return not is_current


def write() -> None:
    """Write the document anew."""
    PAGE.write_text("\n".join(lines()) + "\n")


if __name__ == "__main__":
    sys.exit(main())
