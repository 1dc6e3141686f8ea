"""docs/streamlit.md: each example runs as it stands there, and does what the text says.

An example that begins with the name of a file is written to it; every other one is a page
of an app. `train` stands in a file of the project, as the guide has it, and counts.
"""

from __future__ import annotations

import importlib
import re
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import streamlit as st
from reading import label, opened, rows, words
from streamlit.testing.v1 import AppTest

import stillroom
from stillroom.streamlit import _identity, _owner, _settings
from stillroom.streamlit._identity import Visit

GUIDE = Path(__file__).parents[3] / "docs" / "streamlit.md"
FULL_APP = GUIDE.parents[1] / "examples" / "ed_arrivals"
HEADING = re.compile(r"^#{2,3} (.+)\n", re.MULTILINE)
BLOCK = re.compile(r"```(\w+)\n(.*?)```", re.DOTALL)
OF_A_PROJECT = """
[connections.results]
url = "https://abcdefghijklmnopqrst.supabase.co"
key = "sb_publishable_abcdefghijklmnopqrst_12345678"
"""
TRAINING = """
runs = []

def train():
    runs.append(len(runs))
    return {("ridge", 1): 0.5, "run": len(runs)}
"""


def sections() -> dict[str, str]:
    """The text under each heading."""
    parts = HEADING.split(GUIDE.read_text())
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def blocks(heading: str, language: str = "python") -> list[str]:
    """The examples under a heading."""
    return [code for kind, code in BLOCK.findall(sections()[heading]) if kind == language]


def file_of(code: str) -> str | None:
    """The file that an example is, where it names one."""
    named = re.match(r"# (\S+\.py)\n", code)
    return named[1] if named else None


PAGES = {
    f"{heading} {number}": code
    for heading in sections()
    for number, code in enumerate(blocks(heading))
    if file_of(code) is None
}

SHOWN: set[str] = set()


def shows(heading: str) -> Callable:
    """Marks a test as the one of the examples under a heading."""
    SHOWN.add(heading)
    return lambda test: test


@pytest.fixture(autouse=True)
def training(project: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """The runs of `train` so far; the project's own modules are forgotten afterwards."""
    (project / "training.py").write_text(TRAINING)
    (project / "app_pages").mkdir()
    for heading in sections():
        for code in blocks(heading):
            if name := file_of(code):
                (project / name).write_text(page(code))
    for one in (*project.rglob("*.py"), *FULL_APP.glob("*.py")):
        monkeypatch.delitem(sys.modules, one.stem, raising=False)
    monkeypatch.syspath_prepend(project)
    before = dict(sys.modules)
    yield importlib.import_module("training").runs
    for name in sys.modules.keys() - before.keys():
        if getattr(sys.modules[name], "__file__", None) in map(str, project.rglob("*.py")):
            del sys.modules[name]


def page(code: str) -> str:
    """An example with what it takes from the project."""
    return f"from training import train\n{code}" if "train()" in code else code


@pytest.fixture
def tab(new_tab) -> Callable[..., AppTest]:
    """`tab(heading, number=0)`: an example in a new browser tab, run once."""
    return lambda heading, number=0: new_tab(page(blocks(heading)[number])).run()


def says(heading: str, *texts: str) -> None:
    """Whether the guide says so too, as words on the screen stand in it."""
    for text in texts:
        assert f"*{text}*" in sections()[heading].replace("\n", " ")


def click(app: AppTest, button: str) -> AppTest:
    (found,) = [one for one in app.button if one.label == button]
    return found.click().run()


@pytest.mark.parametrize("code", PAGES.values(), ids=PAGES)
def test_example_runs_and_runs_again(new_tab, local_store, signs_in, secrets, code):
    if "sr.sign_in" in code:
        secrets(OF_A_PROJECT)
    if "st.login" in code:
        signs_in({"is_logged_in": True, "iss": "https://id.example.org", "sub": "ana"})
    app = new_tab(page(code)).run()
    assert not app.exception
    for button in app.button:
        button.click()

    assert not app.run().exception


def test_every_example_is_held_to_what_the_text_says():
    assert {heading for heading, text in sections().items() if "```" in text} == SHOWN


def test_guide_has_the_heading_that_the_log_points_to():
    name, anchor = _identity.GUIDE.split("#")

    assert GUIDE.as_posix().endswith(name)
    assert anchor.title() in sections()


def test_links_of_the_guide_lead_somewhere():
    anchors = {heading.lower().replace(" ", "-").replace(",", "") for heading in sections()}
    for target in re.findall(r"\]\(([^)]+)\)", GUIDE.read_text()):
        name, _, anchor = target.partition("#")
        assert not name or (GUIDE.parent / name).exists(), target
        assert not anchor or anchor in anchors, target


@shows("Three lines")
def test_three_lines_train_once_and_find_the_result_in_a_new_tab_and_after_a_restart(
    tab, training, restarted
):
    labels = [label(tab("Three lines"))]
    labels.append(label(tab("Three lines").run()))
    restarted()
    labels.append(label(tab("Three lines")))

    assert labels == ["1 result saved"] * 3
    assert training == [0]
    says("Three lines", "1 result saved")


@shows("Several results at once")
def test_several_results_are_one_set_and_back_in_a_new_tab(tab, local_store, training):
    app = click(tab("Several results at once"), "Train")
    assert label(app) == "All 3 results saved"
    says("Several results at once", "All 3 results saved")

    again = tab("Several results at once")
    assert [metric.value for metric in again.metric] == ["1.21"]
    assert training == [0]

    click(again, "Train")
    versions = {record.key: record.version for record in local_store.results()}
    assert versions == {"forecast": 2, "rmse": 1, "horizons": 1}


@shows("An app that lives on `st.session_state`")
def test_two_lines_keep_what_a_page_has_in_the_session(tab, training):
    heading = "An app that lives on `st.session_state`"
    first = click(tab(heading), "Train")
    assert label(first) == "1 result saved"

    app = tab(heading)

    assert app.session_state["ml_mh_results"] == {("ridge", 1): 0.5, "run": 1}
    assert app.toast[0].value.startswith("Restored 1 result saved ")
    assert training == [0]


@shows("One page of results on several screens")
def test_screens_share_one_page_of_results(new_tab, project, local_store):
    shown = (project / "app_pages" / "results.py").read_text()
    assert "Nothing is trained yet." in words(new_tab(shown).run())
    computes = page("import kept\npage = kept.results()\npage['forecast'] = train()\npage.panel()")
    switch = f"import streamlit as st\nif st.session_state.get('results'):\n{indented(shown)}\n"
    app = new_tab(f"{switch}else:\n{indented(computes)}").run()
    local_store.delete("train_models", "forecast")

    app.session_state["results"] = True
    app.run()

    # Without asking the store, where by now it isn't.
    assert app.json[0].value
    assert label(app) == "1 result saved"


def indented(code: str) -> str:
    return "".join(f"    {line}\n" for line in code.splitlines())


@shows("Saved by a person")
def test_nothing_is_saved_until_somebody_presses_the_button(tab, local_store):
    app = click(tab("Saved by a person"), "Plan")
    assert label(app) == "1 result not saved"
    assert local_store.results() == []

    click(app, "Save 1 result")

    assert local_store.load("scenarios", "plan") == app.session_state["plan"]
    says("Saved by a person", "1 result not saved", "Save 1 result")


@shows("Large results")
def test_large_result_is_listed_and_loaded_by_a_click(tab):
    click(tab("Large results"), "Simulate")

    app = tab("Large results")
    sentence = rows(app)["paths"]
    assert not app.metric
    app.button(key="stillroom-simulate-row-paths-do").click().run()

    assert app.metric[0].value == "1,000,000"
    says("Large results", re.sub(r"\d\d:\d\d", "14:02", sentence))


@shows("Classes of your own")
def test_class_comes_back_where_it_is_handed_over_and_is_named_where_it_is_not(tab, new_tab):
    tab("Classes of your own")

    again = tab("Classes of your own")
    without = 'page = sr.page("train_models", session_keys=["config"])\npage.panel()'
    other = new_tab(f"import stillroom.streamlit as sr\n{without}").run()

    assert not again.exception
    assert [one.value for one in again.markdown] == ["`240` `2.0`"]
    assert label(again) == "All 2 results saved"
    says("Classes of your own", rows(other)["config"])


@shows("Models")
def test_model_is_opened_by_the_store_s_key_and_by_no_other(tab, new_tab, secrets):
    tab("Models")
    again = tab("Models")
    assert label(again) == "1 result saved"
    assert not again.exception

    secrets(f'[connections.results]\nsigning_key = "{stillroom._core.new_signing_key()}"')
    without = 'page = sr.page("train_models", session_keys=["model"])\npage.panel()'
    other = new_tab(f"import stillroom.streamlit as sr\n{without}").run()

    says("Models", rows(other)["model"])


@shows("Configuration")
def test_settings_of_the_guide_are_taken(secrets):
    (toml,) = blocks("Configuration", "toml")
    secrets(toml)

    found = _settings.read("results", {})

    assert (found.url, found.identity) == ("file:/srv/results", "single-user")
    assert (found.signing_key, found.keep_versions) == (["…"], 20)


@shows("Configuration")
def test_another_store_is_a_connection_of_its_own(tab, project, local_store):
    app = tab("Configuration")

    assert label(app) == "1 result saved"
    assert local_store.results() == []
    with stillroom.open(project / "archive") as archive:
        assert [record.key for record in archive.results()] == ["forecast"]


@shows("Identity")
def test_line_of_the_log_is_the_one_in_the_guide():
    visit = Visit({"host": "app.example.org"}, peer="10.0.0.7")

    assert blocks("Identity", "text") == [_identity.decide(visit, None).refusal + "\n"]


@pytest.mark.parametrize("identity", [*_settings.IDENTITIES, "header:<name>"])
def test_guide_has_each_identity(identity):
    assert f"| `{identity}` |" in sections()["Identity"]


@shows("A sign-in")
def test_sign_in_waits_for_somebody_and_then_keeps_for_them(tab, signs_in, secrets, local_store):
    (toml,) = blocks("A sign-in", "toml")
    secrets(toml)
    signs_in(None)
    app = tab("A sign-in")
    assert [button.label for button in app.button] == ["Sign in"]
    assert not app.expander

    ana = {"is_logged_in": True, "iss": "https://id.example.org", "sub": "ana"}
    signs_in(ana)
    app.run()

    assert label(app) == "1 result saved"
    assert not app.button
    assert len(local_store.as_owner(_owner.of_sign_in(ana)).results()) == 1


@shows("A Supabase project")
def test_form_waits_for_somebody_who_has_an_account(tab, secrets):
    secrets(OF_A_PROJECT)

    app = tab("A Supabase project")

    assert [one.label for one in app.text_input] == ["E-mail", "Password", "E-mail"]
    assert [button.label for button in app.button] == ["Sign in", "Send a code"]


@shows("A proxy")
def test_proxy_names_whose_results_these_are(tab, secrets, visitor, local_store):
    (toml,) = blocks("A proxy", "toml")
    secrets(toml)
    visitor({"Host": "app.example.org", "X-Forwarded-User": "ana"}, "10.0.0.7")

    assert label(tab("Three lines")) == "1 result saved"
    ana = _owner.of_header("x-forwarded-user", "ana")
    assert len(local_store.as_owner(ana).results()) == 1
    assert local_store.results() == []


@shows("The connection, threads and notebooks")
def test_connection_and_thread_save_for_whoever_looks_at_the_page(tab, local_store, training):
    heading = "The connection, threads and notebooks"
    app = tab(heading, 0)
    assert "first try" in app.json[0].value

    tab(heading, 1)

    kept = dict(local_store.load_page("train_models"))
    assert kept == {"rmse": 1.21, "forecast": {("ridge", 1): 0.5, "run": 1}}


@shows("The connection, threads and notebooks")
def test_what_a_notebook_saves_is_on_the_page(tab, training):
    importlib.import_module("notebook")

    app = tab("Three lines")

    assert label(app) == "1 result saved"
    assert training == [0]


@shows("Tests of your app")
def test_test_of_the_guide_passes_and_keeps_nothing_on_this_computer(project, training):
    (project / "app.py").write_text(page(blocks("Three lines")[0]))
    theirs = importlib.import_module("test_app")

    theirs.test_only_the_first_tab_trains()

    assert training == []
    assert not (project / ".stillroom").exists()
    # As the guide says, the store goes with the cache, and then the first tab trains again.
    st.cache_resource.clear()
    theirs.test_only_the_first_tab_trains()


@pytest.fixture
def full_app(project: Path) -> Path:
    """A copy of the full app, in the place of the project."""
    without = shutil.ignore_patterns(".*", "tests")
    shutil.copytree(FULL_APP, project, dirs_exist_ok=True, ignore=without)
    sys.modules.pop("training")
    return project


def test_full_app_has_what_the_guide_points_at(full_app):
    files = re.findall(r"\| `([\w/]+\.py)` \|", sections()["The full app"])

    assert len(files) == 7
    assert all((full_app / name).is_file() for name in files)
    assert "import streamlit" not in (full_app / "training.py").read_text()


def test_full_app_runs_and_shows_what_its_notebook_saved(full_app):
    # The browser tests train it whole, kill its server and look again.
    app = AppTest.from_file(str(full_app / "app.py"), default_timeout=120).run()
    for name in ("train_models", "results", "plan_staffing"):
        app.switch_page(f"app_pages/{name}.py").run()
        assert label(app) == "Saved results"

    importlib.import_module("notebook")
    again = AppTest.from_file(str(full_app / "app.py"), default_timeout=120).run()
    again.switch_page("app_pages/results.py").run()

    assert label(again) == "1 result saved"
    assert "forecast" in rows(again)


@shows("An app built after the recipe")
def test_app_after_the_recipe_saves_by_the_button_and_is_back_in_a_new_tab(tab, training):
    heading = "An app built after the recipe"
    app = click(tab(heading), "Train")
    assert label(app) == "1 result not saved"
    click(app, "Save 1 result")

    again = tab(heading)

    assert again.session_state["ml_mh_results"] == app.session_state["ml_mh_results"]
    assert training == [0]


def test_menu_of_the_guide_is_the_one_of_the_panel(new_tab, local_store):
    app = new_tab(
        "import streamlit as st\n"
        "import stillroom.streamlit as sr\n"
        'page = sr.page("p", session_keys=["saved", "changed"], autosave=False)\n'
        "page.panel()"
    )
    local_store.save_page("p", {"saved": 1, "changed": 1})
    app.run()
    app.session_state["changed"] = 2
    app.run()

    labels = {option for menu in opened(app).get("menu_button") for option in menu.options}
    told = re.findall(r"^\| ([^|]+) \|", sections()["The panel"], flags=re.MULTILINE)

    named = {re.sub(r"\d+", "3", name) for name in labels}
    assert named == {name for line in told[1:] for name in line.split(", ")}
