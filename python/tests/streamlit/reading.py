"""What a person reads on an app's page: its words, the panel's line, its rows."""

from streamlit.testing.v1 import AppTest


def words(app: AppTest) -> str:
    """What can be read on the page, line by line; fails if the app stopped with an error."""
    assert not app.exception, [error.message for error in app.exception]
    blocks = [block.label for block in app.expander]
    elements = [one.value for one in (*app.markdown, *app.caption, *app.warning, *app.toast)]
    return "\n".join([*blocks, *elements])


def label(app: AppTest) -> str:
    """The panel's one line."""
    assert not app.exception, [error.message for error in app.exception]
    (panel,) = app.expander
    return panel.label


def rows(app: AppTest) -> dict[str, str]:
    """The sentence of each key in the panel."""
    assert not app.exception, [error.message for error in app.exception]
    (panel,) = app.expander
    found = {}
    for box in panel.children.values():
        texts = [one.value for one in getattr(box, "markdown", [])]
        if texts:
            found[texts[0].strip("*").replace("\\", "")] = box.caption[0].value
    return found
