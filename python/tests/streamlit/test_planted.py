"""What somebody planted in the store changes no session, and is never acted upon.

Anybody can write any bytes into their own rows, and the app reads them in its server.
"""

from __future__ import annotations

import json

import pytest

PAGE = """
import streamlit as st
import stillroom.streamlit as sr

page = sr.page("p", session_keys=["forecast", *st.session_state.get("more", [])])
page.panel()
"""

PLANTED = {
    "a name of the app's own": ("role", []),
    "a flag of the recipe": ("__p_loaded_from_db", []),
    "ours": ("_stillroom", ["_stillroom"]),
    "one of our elements": ("stillroom-p-open", ["stillroom-p-open"]),
    "one of Streamlit's": ("$$ID-1234-None", ["$$ID-1234-None"]),
    "a form's": ("FormSubmitter:f-Send", ["FormSubmitter:f-Send"]),
    "nothing": ("", [""]),
}


@pytest.mark.parametrize(("key", "more"), PLANTED.values(), ids=PLANTED)
def test_row_planted_under_an_undeclared_or_reserved_session_key_changes_nothing_in_the_session(
    new_tab, local_store, key, more
):
    local_store.save("p", "forecast", 1)
    usual = new_tab(PAGE, more=more).run()
    assert usual.session_state["forecast"] == 1
    if key:
        local_store.save("p", key, "planted")

    app = new_tab(PAGE, more=more).run()

    assert not app.exception
    assert in_session(app) == in_session(usual)
    assert "planted" not in str(app.session_state.to_dict())


def in_session(app) -> dict[str, object]:
    """The session by name, without what is ours and is another object in each tab."""
    values = app.session_state.to_dict()
    return {key: value for key, value in values.items() if key != "_stillroom"}


# Values that name something: a file, an address, a class of a module that nobody imported.

WRITE = """
import dataclasses, enum, pathlib, sys
import stillroom

sys.path.insert(0, sys.argv[1])
import planted_module

trap = pathlib.Path(sys.argv[1]) / "trap.json"
address = "http://planted.example.org/trap.json"
store = stillroom.open(sys.argv[2])
store.save_page("p", {
    "path": trap,
    "paths": [str(trap), {"__type__": "dataframe", "data": str(trap)}],
    "url": address,
    "urls": {address: f"file://{trap}", "module": "planted_module:Config"},
    "config": planted_module.Config(24),
    "colour": planted_module.Colour.RED,
    "point": planted_module.Point(1, 2),
})
"""

MODULE = """
from collections import namedtuple
from dataclasses import dataclass
from enum import Enum

Colour = Enum("Colour", "RED GREEN")
Point = namedtuple("Point", "x y")

@dataclass
class Config:
    trees: int
"""

RESTORE = """
import json, sys
import streamlit, stillroom.streamlit
from streamlit.testing.v1 import AppTest

sys.path.insert(0, sys.argv[1])
PAGE = '''
import sys
import streamlit as st
import stillroom, stillroom.streamlit as sr

page = sr.page("p", session_keys=sys.argv[3].split())
page.panel()
for key in st.session_state.get("read", []):
    try:
        page[key]
    except stillroom.InvalidError:
        pass
'''
OPEN_PANEL = "stillroom-p-open"

def run(**session):
    app = AppTest.from_string(PAGE, default_timeout=60)
    app.secrets = {"connections": {"results": {"url": sys.argv[2], "identity": "single-user"}}}
    for key, value in session.items():
        app.session_state[key] = value
    app.session_state[OPEN_PANEL] = True
    app.run()
    assert not app.exception, app.exception
    return app

# Once without listening: what Streamlit itself imports late is imported by now.
run()
seen = []
NOTED = ("open", "import", "exec", "compile", "os.", "subprocess.", "socket.", "urllib.", "http.")
sys.addaudithook(
    lambda event, args: seen.append([event, *map(str, args)]) if event.startswith(NOTED) else None
)
app = run(read=["config", "path"])
restored = [key for key in sys.argv[3].split() if key in app.session_state]
print(json.dumps({"restored": restored, "seen": seen, "modules": list(sys.modules)}))
"""

NAMED = ("trap.json", "planted.example.org", "planted_module")
REACHED = ("socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "subprocess", "os.exec")
KEYS = "path paths url urls config colour point"


def test_stored_path_url_or_class_name_is_never_opened_fetched_or_imported(run_python, tmp_path):
    (tmp_path / "trap.json").write_text('{"a": [1]}')
    (tmp_path / "planted_module.py").write_text(MODULE)
    places = (str(tmp_path), str(tmp_path / ".stillroom"), KEYS)
    run_python(WRITE, *places)

    report = json.loads(run_python(RESTORE, *places).splitlines()[-1])

    # What needs no class of the app came back, and the listener heard of files at all.
    assert report["restored"] == ["path", "paths", "url", "urls"]
    assert any(event == "open" for event, *_ in report["seen"])
    assert [seen for seen in report["seen"] if any(name in str(seen) for name in NAMED)] == []
    assert [event for event, *_ in report["seen"] if event.startswith(REACHED)] == []
    assert "planted_module" not in report["modules"]
