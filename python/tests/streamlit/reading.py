"""What a person reads on an app's page: its words, the panel's line, its rows."""

import re

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
    for text in panel.markdown:
        name, is_row, sentence = text.value.partition("  \n")
        if is_row:
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


def _plain(text: str) -> str:
    # How large and how dark letters are, and where a line may break, is a matter of looks.
    shown = re.sub(r"^(?::gray\[:small\[(.*)\]\]|:small\[(.*)\])$", _inside, text, flags=re.M)
    return shown.replace("\u00a0", " ")


def _inside(found: re.Match[str]) -> str:
    return found[1] or found[2] or ""
