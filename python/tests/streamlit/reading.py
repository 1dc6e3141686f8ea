"""What a person reads on an app's page: its words, the panel's line, its rows."""

from streamlit.testing.v1 import AppTest


def words(app: AppTest) -> str:
    """What can be read on the page with the panel open, line by line."""
    opened(app)
    blocks = [block.label for block in app.expander]
    elements = [one.value for one in (*app.markdown, *app.caption, *app.warning, *app.toast)]
    return "\n".join([*blocks, *elements])


def label(app: AppTest) -> str:
    """The panel's one line."""
    return _panel(app).label


def rows(app: AppTest) -> dict[str, str]:
    """The sentence of each key in the open panel."""
    found = {}
    for box in opened(app).children.values():
        texts = [one.value for one in getattr(box, "markdown", [])]
        if texts:
            found[texts[0].strip("*").replace("\\", "")] = box.caption[0].value
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
