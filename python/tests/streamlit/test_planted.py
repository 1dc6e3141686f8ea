"""What somebody planted in the store changes no session, and is never acted upon.

Anybody can write any bytes into their own rows, and the app reads them in its server.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from stillroom.streamlit import _link
from stillroom.streamlit._session import Dialog

PAGE = """
import streamlit as st
import stillroom.streamlit as sr

page = sr.page("p", session_keys=["forecast", *st.session_state.get("more", [])])
st.slider("Weight", 0, 9, key="weight")
page.panel()
sr.page("q", session_keys=["plan"]).panel()
"""

RECIPE = """
import streamlit as st
from stillroom.compat import auto_load_if_available, render_results_storage_panel

keys = ["forecast", *st.session_state.get("more", [])]
auto_load_if_available("p", keys)
st.slider("Weight", 0, 9, key="weight")
render_results_storage_panel("p", "p", keys)
auto_load_if_available("q", ["plan"])
render_results_storage_panel("q", "q", ["plan"])
"""

UNDECLARED = {
    "a name of the app's own": "role",
    "the flag of the recipe": "__p_loaded_from_db",
    "the flag of the recipe on another page": "__q_loaded_from_db",
    "a session key of another page": "plan",
    "the key of a widget": "weight",
}
RESERVED = {
    "ours": "_stillroom",
    "one of our elements": "stillroom-p-open",
    "what somebody looks for in our panel": "stillroom-p-find",
    "one of our buttons": "stillroom-p-save",
    "one of Streamlit's": "$$ID-1234-None",
    "one of Streamlit's widgets": "$$WIDGET_ID-1234-weight",
    "a form's": "FormSubmitter:f-Send",
    "the key of a widget": "weight",
    "nothing": "",
}
PLANTED = {name: (key, []) for name, key in UNDECLARED.items()}
PLANTED |= {f"{name}, declared": (key, [key]) for name, key in RESERVED.items()}
PLANTED |= {f"{name}, undeclared": (key, []) for name, key in RESERVED.items() if key}


@pytest.mark.parametrize("script", [PAGE, RECIPE], ids=["page", "recipe"])
@pytest.mark.parametrize(("key", "more"), PLANTED.values(), ids=PLANTED)
def test_row_planted_under_an_undeclared_or_reserved_session_key_changes_nothing_in_the_session(
    new_tab, local_store, script, key, more
):
    local_store.save("p", "forecast", 1)
    usual = new_tab(script, more=more).run().run()
    assert usual.session_state["forecast"] == 1
    if key:
        local_store.save("p", key, "planted")

    app = new_tab(script, more=more).run().run()

    assert not app.exception
    assert in_session(app) == in_session(usual)
    assert "planted" not in str(app.session_state.to_dict())


@pytest.mark.parametrize(
    "key", dict.fromkeys([*UNDECLARED.values(), *filter(None, RESERVED.values())])
)
def test_planted_row_that_somebody_loads_or_links_to_changes_nothing_in_the_session(
    new_tab, local_store, key
):
    # By a click or a link its value is the page's own, which is what was asked for.
    local_store.save("p", "forecast", 1)
    usual = new_tab(PAGE).run()
    local_store.save("p", key, "planted")
    (record,) = local_store.history("p", key)

    app = new_tab(PAGE).run()
    app.session_state["_stillroom"]["results"].pages["p"].dialog = Dialog("versions", key)
    app.run()
    app.button(key="stillroom-p-dialog-1-load").click().run()
    linked = new_tab(PAGE)
    linked.query_params[_link.PARAMETER] = _link.link_to(local_store.owner, record).text()
    linked.run()

    for one in (app, linked):
        assert not one.exception
        assert one.session_state["_stillroom"]["results"].pages["p"].values == {key: "planted"}
        assert of_the_app(one) == of_the_app(usual)


def in_session(app) -> dict[str, object]:
    """The session by name, without what is ours and is another object in each tab."""
    values = app.session_state.to_dict()
    return {key: value for key, value in values.items() if key != "_stillroom"}


def of_the_app(app) -> dict[str, object]:
    """The same without the panel's elements, which tell what somebody has clicked."""
    return {key: one for key, one in in_session(app).items() if not key.startswith("stillroom-")}


# Values that name something: a file, an address, a class of a module that nobody imported.

WRITE = """
import sys
import altair
import stillroom

sys.path.insert(0, sys.argv[1])
import planted_module

trap = planted_module.pathlib.Path(sys.argv[1]) / "trap.json"
address = "http://planted.example.org/trap.json"
store = stillroom.open(sys.argv[2])
for trees in (24, 240):
    store.save_page("p", {
        "path": trap / f"{trees}" / "..",
        "paths": [str(trap), {"__type__": "dataframe", "data": str(trap)}, trees],
        "url": f"{address}?{trees}",
        "urls": {address: f"file://{trap}", "module": "planted_module:Config", "trees": trees},
        "figure": altair.Chart({"url": address}, title=f"{trees}").mark_image(url=str(trap)),
        "config": planted_module.Config(trees),
        "colour": planted_module.Colour(1 + trees // 240),
        "point": planted_module.Point(1, trees),
        "object": planted_module.Anything(trees),
    })
"""

MODULE = """
import pathlib
from collections import namedtuple
from dataclasses import dataclass
from enum import Enum

Colour = Enum("Colour", "RED GREEN")
Point = namedtuple("Point", "x y")

@dataclass
class Config:
    trees: int

class Anything:
    def __init__(self, trees):
        self.trees = trees
"""

RESTORE = """
import json, sys
sys.path[:0] = [sys.argv[1], *sys.argv[4:]]
import older_apptest
older_apptest.mend()
import altair, streamlit
import stillroom, stillroom._core, stillroom.streamlit
from streamlit.testing.v1 import AppTest

PAGE = '''
import sys
import streamlit as st
import stillroom, stillroom.streamlit as sr
from stillroom.streamlit import _dialogs
from stillroom.streamlit._session import Dialog

keys = sys.argv[3].split()
page = sr.page("p", session_keys=keys)
page.panel()
for key in keys:
    try:
        page[key]
    except (stillroom.InvalidError, stillroom.DeniedError):
        pass
for key in keys:
    versions = (None, 1, 2)
    shown = [Dialog(kind, key, one) for kind in ("preview", "download") for one in versions]
    shown += [Dialog("versions", key), Dialog("compare", key, 1), Dialog("compare", key, 1, 2)]
    for number, dialog in enumerate(shown):
        # What is in a dialog; only one of them can be open at a time.
        page._tab.memory.dialog = dialog
        _dialogs._body(page._tab, f"{key}-{number}")
'''
KEYS = sys.argv[3].split()
OPEN_PANEL = "stillroom-p-open"
# An app with a key of its own: what another one signed is not for it to open.
SETTINGS = {"url": sys.argv[2], "identity": "single-user"}
SETTINGS["signing_key"] = stillroom._core.new_signing_key()
made = []

def offered(label, *, data, **_):
    # Each file that is offered is made, as a click on it would.
    try:
        made.append(len(data()))
    except RuntimeError:
        pass

streamlit.download_button = offered

def everything():
    app = AppTest.from_string(PAGE, default_timeout=60)
    app.secrets = {"connections": {"results": SETTINGS}}
    app.session_state[OPEN_PANEL] = True
    app.run()
    assert not app.exception, app.exception
    return [key for key in KEYS if key in app.session_state]

# Once without listening: what Streamlit itself imports late is imported by now.
everything()
seen = []
NOTED = ("open", "import", "exec", "compile", "os.", "pickle.", "subprocess.", "socket.", "urllib.")
NOTED += ("http.", "shutil.", "webbrowser.")
sys.addaudithook(
    lambda event, args: seen.append([event, *map(str, args)]) if event.startswith(NOTED) else None
)
restored = everything()
told = {"restored": restored, "made": len(made), "seen": seen, "modules": list(sys.modules)}
print(json.dumps(told))
"""

HERE = Path(__file__).parent
NAMED = ("trap.json", "planted.example.org", "planted_module")
REACHED = ("socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "subprocess", "os.exec")
REACHED += ("os.system", "os.posix_spawn", "webbrowser", "pickle.find_class")
OPENED = ["path", "paths", "url", "urls", "figure"]
CLOSED = ["config", "colour", "point", "object"]


def test_stored_path_url_or_class_name_is_never_opened_fetched_or_imported(run_python, tmp_path):
    # Restored, read, previewed, compared and downloaded, each in every version there is.
    (tmp_path / "trap.json").write_text('{"a": [1]}')
    (tmp_path / "planted_module.py").write_text(MODULE)
    places = (str(tmp_path), str(tmp_path / ".stillroom"))
    run_python(WRITE, *places)

    told = run_python(RESTORE, *places, " ".join(OPENED + CLOSED), str(HERE), str(HERE.parent))
    report = json.loads(told.splitlines()[-1])

    # What needs no class of the app came back, and the listener heard of files at all.
    assert report["restored"] == OPENED
    assert report["made"] >= len(OPENED + CLOSED)
    assert any(event == "open" for event, *_ in report["seen"])
    assert [seen for seen in report["seen"] if any(name in str(seen) for name in NAMED)] == []
    assert [event for event, *_ in report["seen"] if event.startswith(REACHED)] == []
    assert "planted_module" not in report["modules"]
