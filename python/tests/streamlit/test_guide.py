"""The examples of docs/streamlit.md run as they stand there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from stillroom.streamlit import _identity

GUIDE = Path(__file__).parents[3] / "docs" / "streamlit.md"
EXAMPLES = re.findall(r"```python\n(.*?)```", GUIDE.read_text(), flags=re.DOTALL)
TRAIN = "def train():\n    return {('ridge', 1): 0.5}\n\n"


@pytest.mark.parametrize("example", EXAMPLES, ids=range(len(EXAMPLES)))
def test_example_runs_and_runs_again(new_tab, local_store, example):
    app = new_tab(TRAIN + example).run()
    assert not app.exception
    for button in app.button:
        button.click()

    assert not app.run().exception


def test_example_of_a_sign_in_waits_for_somebody(new_tab, signs_in):
    blocks = re.findall(r"```py\n(.*?)```", GUIDE.read_text(), flags=re.DOTALL)
    (example,) = [block for block in blocks if "st.login" in block]
    signs_in(None)
    app = new_tab(example).run()
    assert [button.label for button in app.button] == ["Sign in"]
    assert not app.expander

    signs_in({"is_logged_in": True, "iss": "https://id.example.org", "sub": "ana"})
    app.run()

    assert not app.exception
    assert not app.button
    assert app.expander


def test_guide_has_the_heading_that_the_log_points_to():
    name, anchor = _identity.GUIDE.split("#")

    assert GUIDE.as_posix().endswith(name)
    assert f"\n## {anchor.title()}\n" in GUIDE.read_text()


def test_app_test_of_a_user_keeps_results_in_memory(project):
    # As "Tests of your app" says; the fixture's visitor does not matter to single-user.
    script = "import stillroom.streamlit as sr\npage = sr.page('p')\npage['forecast'] = 1"
    app = AppTest.from_string(script, default_timeout=60)
    app.secrets = {"connections": {"results": {"url": "memory:", "identity": "single-user"}}}

    app.run()

    assert not app.exception
    assert not (project / ".stillroom").exists()
