"""A value of 1 GiB: saved beside the page, never copied, listed in a new tab, mapped by a click.

In a process of its own, since what is measured is the memory of a whole process.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

SCRIPT = r"""
import json, re, sys
sys.path[:0] = sys.argv[2:]
import older_apptest
older_apptest.mend()
import numpy as np
import pytest, streamlit, stillroom.streamlit
from reading import label, rows, words
from saves import held_up, memory
from streamlit.testing.v1 import AppTest

PAGE = '''
import streamlit as st
import stillroom.streamlit as sr

page = sr.page("p", session_keys=["forecast"])
st.session_state.update(st.session_state.pop("computed", {}))
page.panel()
'''
LOAD = "stillroom-p-row-forecast-do"
report = {"MiB": {}}

def new_tab(**session):
    app = AppTest.from_string(PAGE, default_timeout=600)
    app.secrets = {"connections": {"results": {"url": sys.argv[1], "identity": "single-user"}}}
    for key, value in session.items():
        app.session_state[key] = value
    return app

def measure(moment):
    # Without what is mapped from files, which the system takes back when it needs the room.
    status = open("/proc/self/status").read()
    found = {name: re.search(name + r":\s+(\d+)", status)[1] for name in ("RssAnon", "VmHWM")}
    report["MiB"][moment] = {name: int(kib) // 1024 for name, kib in found.items()}

new_tab().run()
value = np.arange(2**27, dtype="int64")
measure("computed")

with held_up(pytest.MonkeyPatch()) as gate:
    app = new_tab(computed={"forecast": value}).run()
    gate.wait_for_a_save()
    report["while it is saved"] = [words(app.run()).split("\n")[0], app.get("progress")[0].proto.text]
    app.run()
    report["saves begun"] = len(gate.begun)
    gate.open()
app.run().run()
report["after"] = label(app)
report["saves in all"] = len(gate.begun)
measure("saved")

app = new_tab().run()
report["new tab"] = [label(app), rows(app)["forecast"], "forecast" in app.session_state]
measure("listed")
app.button(key=LOAD).click().run()
loaded = app.session_state["forecast"]
report["loaded"] = [label(app), loaded.dtype.str, loaded.shape, loaded.flags.owndata]
parts = [slice(at, at + 2**20) for at in range(0, 2**27, 2**20)]
report["is equal"] = all(np.array_equal(loaded[part], value[part]) for part in parts)
measure("loaded")
print(json.dumps(report))
"""

HERE = Path(__file__).parent
A_LITTLE = 200
"""Mebibytes: what the machinery may take, and a fifth of the value."""


@pytest.fixture
def report(run_python, tmp_path):
    """What the process tells; its store is gone afterwards, as it is large."""
    store = tmp_path / "store"
    try:
        told = run_python(SCRIPT, str(store), str(HERE), str(HERE.parent))
        yield json.loads(told.splitlines()[-1])
    finally:
        shutil.rmtree(store, ignore_errors=True)


def test_value_of_a_gibibyte_is_saved_beside_the_page_and_mapped_by_a_click(report):
    line, progress = report["while it is saved"]
    assert line == "Saving 1 result"
    assert "1.1 GB" in progress.replace("\u00a0", " ")
    assert report["after"] == "1 result saved"
    assert (report["saves begun"], report["saves in all"]) == (1, 1)
    line, row, is_in_session = report["new tab"]
    assert line == "1 result saved"
    assert row.startswith("1.1 GB, saved ")
    assert row.endswith(". Not loaded")
    assert not is_in_session
    assert report["loaded"] == ["1 result saved", "<i8", [2**27], False]
    assert report["is equal"]

    measured = report["MiB"]
    begun = measured["computed"]
    assert begun["RssAnon"] >= 1024
    assert measured["saved"]["VmHWM"] - begun["VmHWM"] < A_LITTLE
    assert measured["listed"]["VmHWM"] - begun["VmHWM"] < A_LITTLE
    assert measured["loaded"]["RssAnon"] - begun["RssAnon"] < A_LITTLE
