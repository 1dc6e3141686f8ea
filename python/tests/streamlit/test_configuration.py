"""What the developer may configure, where, and what is refused by name."""

from __future__ import annotations

import pytest
from reading import label, words

import stillroom
from stillroom.streamlit import StillroomConnection, _settings

PAGE = """
import stillroom.streamlit as sr

page = sr.page("p")
page["forecast"] = 1
page.panel()
"""


def test_no_secrets_are_needed(new_tab, project):
    app = new_tab(PAGE).run()

    assert label(app) == "1 result saved"
    assert (project / ".stillroom").is_dir()


def test_address_is_taken_from_the_environment(new_tab, tmp_path, monkeypatch):
    monkeypatch.setenv("STILLROOM_URL", str(tmp_path / "elsewhere"))

    new_tab(PAGE).run()

    assert stillroom.open(tmp_path / "elsewhere").page("p")["forecast"] == 1


def test_secrets_go_before_the_environment(new_tab, tmp_path, monkeypatch, secrets):
    monkeypatch.setenv("STILLROOM_URL", str(tmp_path / "environment"))
    secrets(f'[connections.results]\nurl = "{tmp_path}/secrets"\nkeep_versions = 2')

    new_tab(PAGE).run()

    assert stillroom.open(tmp_path / "secrets").page("p")["forecast"] == 1
    assert not (tmp_path / "environment").exists()


def test_arguments_go_before_secrets(tmp_path, secrets):
    secrets(f'[connections.results]\nurl = "{tmp_path}/secrets"\nidentity = "single-user"')

    connection = StillroomConnection("results", url=f"{tmp_path}/argument")

    assert connection.location == f"{tmp_path}/argument"
    assert connection._chosen.identity == "single-user"


def test_versions_are_kept_as_configured(new_tab, secrets, local_store):
    secrets("[connections.results]\nkeep_versions = 2")
    page = PAGE.replace("= 1\n", "= st.session_state.pop('n')\n").replace(
        "import", "import streamlit as st\nimport", 1
    )

    app = new_tab(page)
    for number in range(4):
        app.session_state["n"] = number
        app.run()

    assert [record.version for record in local_store.history("p", "forecast")] == [4, 3]


def test_signing_key_of_the_secrets_opens_models(new_tab, secrets, local_store):
    from stillroom import _core

    secrets(f'[connections.results]\nsigning_key = "{_core.new_signing_key()}"')
    compute = """
from sklearn.linear_model import LinearRegression
page["model"] = LinearRegression().fit([[0.0], [1.0]], [0.0, 2.0])
"""
    new_tab(PAGE + compute).run()

    with pytest.raises(stillroom.DeniedError):
        local_store.load("p", "model")


REFUSED = {
    "a misspelt option": ('identiy = "local"', "no option `identiy`"),
    "an option of a later release": ('key = "sb_publishable_x"', "no option `key`"),
    "an unknown identity": (
        'identity = "everyone"',
        'is one of "local", "single-user", not `every',
    ),
    "a number for an address": ("url = 5", "url is not text"),
    "no versions": ("keep_versions = 0", "keep_versions is not 1 or more"),
    "a bad signing key": ('signing_key = "hunter2"', "not a signing key"),
}


@pytest.mark.parametrize(("line", "named"), REFUSED.values(), ids=REFUSED)
def test_wrong_configuration_is_refused_by_name(new_tab, secrets, line, named):
    secrets(f"[connections.results]\n{line}")

    app = new_tab(PAGE).run()

    assert named in app.exception[0].message
    assert "hunter2" not in app.exception[0].message


def test_table_of_connections_must_be_one(new_tab, secrets):
    secrets('[connections]\nresults = "file:x"')

    assert "is not a table" in new_tab(PAGE).run().exception[0].message


def test_settings_do_not_print_the_signing_key(secrets):
    secrets('[connections.results]\nsigning_key = "hunter2"')

    assert "hunter2" not in repr(_settings.read("results", {}))


def test_path_that_is_a_file_is_refused(new_tab, project):
    (project / ".stillroom").write_text("not a folder")

    app = new_tab(PAGE).run()

    assert ".stillroom" in app.exception[0].message
    assert (project / ".stillroom").read_text() == "not a folder"


def test_store_in_memory_has_no_local_owner(new_tab, secrets):
    secrets('[connections.results]\nurl = "memory:"')

    app = new_tab(PAGE).run()

    assert label(app) == "Choose whose results these are"
    assert "only a folder of this computer has a local owner" in words(app).replace("\\", "")


def test_store_in_memory_may_be_shared(new_tab, secrets):
    secrets('[connections.results]\nurl = "memory:"\nidentity = "single-user"')

    assert label(new_tab(PAGE).run()) == "1 result saved"


BAD_ARGUMENTS = {
    "keys as one text": ('sr.page("p", session_keys="forecast")', "session_keys takes a list"),
    "a name that is none": ("sr.page(5)", "page is not text"),
    "an instance as a type": ('sr.page("p", types=[5])', "types takes classes"),
    "an empty name": ('sr.page("", session_keys=["x"])', "page"),
}


@pytest.mark.parametrize(("call", "named"), BAD_ARGUMENTS.values(), ids=BAD_ARGUMENTS)
def test_wrong_argument_is_refused_by_name(new_tab, call, named):
    app = new_tab(f"import stillroom.streamlit as sr\n{call}").run()

    assert named in app.exception[0].message
