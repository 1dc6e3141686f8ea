"""What a person reads on an app's page: its words, the panel's line, its rows."""

import re
from collections.abc import Iterator

from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Block


def words(app: AppTest) -> str:
    """What can be read on the page with the panel open, line by line."""
    opened(app)
    blocks = [block.label for block in app.expander]
    elements = [one.value for one in (*app.markdown, *app.caption, *app.warning, *app.toast)]
    return _plain("\n".join([*blocks, *elements]))


def label(app: AppTest) -> str:
    """The panel's one line."""
    return _panel(app).label


def rows(app: AppTest) -> dict[str, str]:
    """The sentence of each key in the open panel."""
    return sentences(opened(app))


def sentences(panel: Block) -> dict[str, str]:
    """The sentence of each key in that panel."""
    found = {}
    for box in _boxes(panel):
        texts = list(box.children.values())
        if [one.type for one in texts] in _ROWS:
            name, sentence = (one.value for one in texts)
            found[name.strip("*").replace("\\", "")] = _plain(sentence)
    return found


def opened(app: AppTest):
    """The panel, opened by a click if it isn't: while it is closed nothing is in it."""
    panel = _panel(app)
    if not panel.children:
        app.session_state[panel.key] = True
        app.run()
        panel = _panel(app)
    return panel


def _panel(app: AppTest):
    assert not app.exception, [error.message for error in app.exception]
    (panel,) = app.expander
    return panel


# A name and a sentence: in the small print, or standing out where something is to be done.
_ROWS = (["markdown", "caption"], ["markdown", "markdown"])


def _boxes(block: Block) -> Iterator[Block]:
    yield block
    for child in block.children.values():
        if isinstance(child, Block):
            yield from _boxes(child)


def _plain(text: str) -> str:
    # How large and how dark letters are, and where a line may break, is a matter of looks.
    shown = re.sub(r"^(?::gray\[:small\[(.*)\]\]|:small\[(.*)\])$", _inside, text, flags=re.M)
    return shown.replace("\u00a0", " ")


def _inside(found: re.Match[str]) -> str:
    return found[1] or found[2] or ""
