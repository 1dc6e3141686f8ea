"""The recipe's app in `examples/from_the_recipe`, by the rules that `stillroom.compat` keeps.

The pages are run as they stand there; where a rule needs another call than they make,
that one line is edited in a copy. `test_compat.py` holds the same names apart from any app.

| rule | held by |
|---|---|
| the names and signatures of the recipe | `test_app_finds_the_recipe_s_names_where_it_had_them` |
| everything is stored under `page_title`, `page_type` only names widgets | `test_everything_lies_under_the_page_s_title`, `test_page_type_names_widgets_and_nothing_else` |
| auto-load takes `keys` | `test_auto_load_brings_back_the_keys_it_is_given` |
| else those that the page's panel declared in this process | `test_auto_load_brings_back_what_the_panel_declared` |
| on the first run after a start it waits for the panel and runs again, once | `test_first_run_after_a_start_is_done_twice_and_no_other` |
| auto-load never stops the page | `test_auto_load_never_stops_the_page` |
| its flag is set once something could be loaded, and means "load again" when it is gone or False | `test_flag_says_that_it_was_loaded`, `test_flag_taken_away_means_load_again` |
| rows outside the declared keys stay in the store, and the panel says how many | `test_rows_outside_the_declared_keys_stay_and_are_counted` |
| a different text given to auto-load is pointed out | `test_different_text_is_pointed_out` |
| the button saves, all keys as one set, and nothing is saved without it | `test_button_saves_all_keys_as_one_set`, `test_nothing_is_saved_without_the_button` |
| None means "not computed", and is neither saved nor loaded over | `test_none_is_not_saved`, `test_none_is_not_loaded_over` |
| `saved_at` and `data_type` are written as before | `test_metadata_is_written_as_before` |
| `load_results` is None for absent and signed out | `test_report_is_empty_when_nothing_is_kept_or_nobody_is_signed_in` |
| damaged, denied and unreachable raise | `test_report_does_not_take_trouble_for_absence` |
| `default=` tells a stored None from absence | `test_default_tells_a_stored_none_from_absence` |
| `save_results` signed out raises with the recipe's text, and else gives the receipt | `test_saving_signed_out_raises_the_recipe_s_text`, `test_saving_gives_the_receipt` |
| each person has their own | `test_each_person_has_their_own` |
| the panel's words | `test_panel_says_where_things_stand`, `test_panel_says_who_may_not_keep_results` |
"""

from __future__ import annotations

import inspect
import shutil
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pandas as pd
import pytest
from counting import count_calls
from reading import label, rows, words
from streamlit.testing.v1 import AppTest

import stillroom
from stillroom import compat
from stillroom.streamlit import _owner

EXAMPLE = Path(__file__).parents[3] / "examples" / "from_the_recipe"
TRAIN, REPORT = "app_pages/train_models.py", "app_pages/report.py"
TITLE = "Train models"
KEYS = ["ml_mh_results", "ml_mh_settings"]
FLAG = "__Train models_loaded_from_db"
SAVE = "stillroom-train_models-save"
ANA = {"is_logged_in": True, "iss": "https://id.example.org", "sub": "ana"}


@pytest.fixture(autouse=True)
def example(project: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A copy of the app in a project of its own, with its folder on the path of imports."""
    shutil.copytree(EXAMPLE, project, dirs_exist_ok=True, ignore=shutil.ignore_patterns(".*"))
    monkeypatch.syspath_prepend(project)
    yield
    for name in [name for name in sys.modules if name.partition(".")[0] == "app_core"]:
        del sys.modules[name]


@pytest.fixture
def new_tab(project: Path) -> Callable[..., AppTest]:
    """`new_tab(**session)`: the app in a new browser tab, not run yet."""

    def open_tab(**session: object) -> AppTest:
        app = AppTest.from_file(str(project / "app.py"), default_timeout=60)
        for key, value in session.items():
            app.session_state[key] = value
        return app

    return open_tab


@pytest.fixture
def edit(project: Path) -> Callable[[str, str, str], None]:
    """`edit(page, old, new)`: one line of the copy is another one from now on."""

    def replace(page: str, old: str, new: str) -> None:
        text = (project / page).read_text()
        assert text.count(old) == 1
        (project / page).write_text(text.replace(old, new))

    return replace


@pytest.fixture
def nobody(signs_in, somebody_else) -> dict[str, Callable[[], None]]:
    """Makes the next visits those of people who may keep nothing, by the reason."""
    return {"signed out": lambda: signs_in(None), "not set up": somebody_else}


def train(app: AppTest, weight: float | None = None) -> AppTest:
    if weight is not None:
        app.slider[0].set_value(weight)
    (button,) = [one for one in app.button if one.label == "Train"]
    return button.click().run()


def save(app: AppTest) -> AppTest:
    return app.button(key=SAVE).click().run()


@pytest.fixture
def kept(new_tab) -> AppTest:
    """A tab in which the person has trained and saved."""
    return save(train(new_tab().run()))


def read(app: AppTest) -> str:
    """The words on the page, without what keeps a name from being markup."""
    return words(app).replace("\\", "")


def metrics(app: AppTest) -> list[str]:
    return [metric.value for metric in app.metric]


# The names.


def test_app_finds_the_recipe_s_names_where_it_had_them():
    from app_core.data import results_storage_service as service
    from app_core.ui import results_storage_ui as ui

    assert {*service.__all__, *ui.__all__} == set(compat.__all__)


SURFACE = {
    "get_storage_service": "() -> 'ResultsStorageService'",
    "ResultsStorageService": "(client: 'Any' = None) -> 'None'",
    "ResultsStorageService.save_results": (
        "(self, page_key: 'str', result_key: 'str', data: 'Any', metadata: 'Any' = None)"
        " -> 'Receipt'"
    ),
    "ResultsStorageService.load_results": (
        "(self, page_key: 'str', result_key: 'str', default: 'Any' = None) -> 'Any'"
    ),
    "render_results_storage_panel": (
        "(page_type: 'str', page_title: 'str', custom_keys: 'Iterable[str]') -> 'None'"
    ),
    "auto_load_if_available": ("(page_key: 'str', keys: 'Iterable[str] | None' = None) -> 'None'"),
}


@pytest.mark.parametrize(("name", "signature"), SURFACE.items(), ids=SURFACE)
def test_names_take_what_those_of_the_recipe_took(name, signature):
    found = compat
    for part in name.split("."):
        found = getattr(found, part)

    assert str(inspect.signature(found)) == signature


# Where things lie.


def test_saved_by_the_button_and_back_after_a_restart_exactly(new_tab, kept, restarted):
    trained = kept.session_state[KEYS[0]]

    restarted()
    app = new_tab().run()

    results = app.session_state[KEYS[0]]
    assert results is not trained
    assert list(results["mae"]) == list(trained["mae"]) == [1, 3, 7]
    pd.testing.assert_frame_equal(results["smoothed"], trained["smoothed"], check_freq=True)
    assert results["errors"].tobytes() == trained["errors"].tobytes()
    assert app.session_state[KEYS[1]] == {"weight": 0.3, "horizons": (1, 3, 7)}
    assert metrics(app) == metrics(kept) != []


def test_everything_lies_under_the_page_s_title(kept, local_store):
    assert [(record.page, record.key) for record in local_store.results()] == [
        (TITLE, key) for key in KEYS
    ]


def test_page_type_names_widgets_and_nothing_else(new_tab, edit, kept, local_store):
    edit(TRAIN, 'page_type="train_models"', 'page_type="another"')

    app = new_tab().run()

    assert app.session_state[KEYS[1]] == {"weight": 0.3, "horizons": (1, 3, 7)}
    train(app)
    assert [one.key for one in app.button if one.key] == ["stillroom-another-save"]
    assert {record.page for record in local_store.results()} == {TITLE}


def test_rows_outside_the_declared_keys_stay_and_are_counted(new_tab, kept, local_store):
    local_store.save_page(TITLE, {"role": "admin", FLAG: "planted", "other": 2})

    app = new_tab(role="viewer").run()

    assert app.session_state["role"] == "viewer"
    assert app.session_state[FLAG] is True
    assert "other" not in app.session_state
    assert "3 more results saved for this page under other names." in read(app)
    assert list(rows(app)) == KEYS
    assert len(local_store.results(TITLE)) == 5


# Auto-load.


def test_auto_load_brings_back_the_keys_it_is_given(new_tab, edit, kept, restarted):
    edit(TRAIN, "auto_load_if_available(PAGE)", 'auto_load_if_available(PAGE, [f"{KEY}_settings"])')
    edit(TRAIN, 'PAGE = "Train models"\n', 'PAGE = "Train models"\nKEY = "ml_mh"\n')
    restarted()

    app = new_tab().run()

    assert app.session_state[KEYS[1]] == {"weight": 0.3, "horizons": (1, 3, 7)}
    assert KEYS[0] not in app.session_state
    assert "Not loaded" in rows(app)[KEYS[0]]


def test_auto_load_brings_back_what_the_panel_declared(new_tab, kept, local_store, edit):
    local_store.save(TITLE, "ml_mh_more", 1)
    edit(TRAIN, '"ml_mh_settings"],', '"ml_mh_settings", "ml_mh_more"],')
    new_tab().run()

    app = new_tab().run()

    assert [app.session_state[key] for key in (KEYS[1], "ml_mh_more")] == [
        {"weight": 0.3, "horizons": (1, 3, 7)},
        1,
    ]


COUNT = "\nst.session_state['runs'] = st.session_state.get('runs', 0) + 1\n"


def test_first_run_after_a_start_is_done_twice_and_no_other(new_tab, edit, kept, restarted):
    edit(TRAIN, "\nst.title(PAGE)\n", f"{COUNT}st.title(PAGE)\n")
    restarted()

    first, second = new_tab().run(), new_tab().run()

    assert [app.session_state["runs"] for app in (first, second)] == [2, 1]
    assert metrics(first) == metrics(second) == metrics(kept)


def test_page_without_anything_stored_runs_once(new_tab, edit):
    edit(TRAIN, "\nst.title(PAGE)\n", f"{COUNT}st.title(PAGE)\n")

    assert new_tab().run().session_state["runs"] == 1


def test_auto_load_never_stops_the_page(new_tab, kept, monkeypatch, restarted, later):
    whole = stillroom.Store.results
    restarted()

    def away(self, page=None):
        raise stillroom.UnavailableError("connection refused (os error 111)")

    monkeypatch.setattr(stillroom.Store, "results", away)
    app = new_tab().run()
    assert label(app) == "Results store can't be reached"
    assert FLAG not in app.session_state

    monkeypatch.setattr(stillroom.Store, "results", whole)
    later(6)
    app.run().run()

    assert app.session_state[FLAG] is True
    assert metrics(app) == metrics(kept)


def test_flag_says_that_it_was_loaded(new_tab, kept, later):
    app = new_tab().run()
    assert app.session_state[FLAG] is True
    del app.session_state[KEYS[1]]

    later(31)
    app.run()

    # As in the recipe, a key that the app clears stays cleared.
    assert KEYS[1] not in app.session_state


@pytest.mark.parametrize("gone", [True, False], ids=["deleted", "set to False"])
def test_flag_taken_away_means_load_again(new_tab, kept, local_store, gone):
    app = new_tab().run()
    local_store.save(TITLE, KEYS[1], "saved elsewhere")
    mine = app.session_state[KEYS[0]] = dict(app.session_state[KEYS[0]], weight=0.9)
    local_store.save(TITLE, KEYS[0], "saved elsewhere")

    if gone:
        del app.session_state[FLAG]
    else:
        app.session_state[FLAG] = False
    app.run()

    assert app.session_state[KEYS[1]] == "saved elsewhere"
    # Work of this tab that isn't saved stays.
    assert app.session_state[KEYS[0]] is mine
    assert app.session_state[FLAG] is True


def test_different_text_is_pointed_out(new_tab, edit):
    assert "auto-load" not in read(new_tab().run())
    edit(TRAIN, "auto_load_if_available(PAGE)", 'auto_load_if_available("train_models")')

    hint = "auto-load was called for `train_models`, and this panel is for `Train models`"
    assert hint in read(new_tab().run())


# The button.


def test_nothing_is_saved_without_the_button(new_tab, local_store):
    train(new_tab().run()).run().switch_page(REPORT).run()

    assert local_store.results() == []


def test_button_saves_all_keys_as_one_set(new_tab, local_store, monkeypatch):
    calls = count_calls(monkeypatch)

    save(train(new_tab().run()))

    assert calls["save"] == 1
    assert [record.key for record in local_store.results(TITLE)] == KEYS


def test_none_is_not_saved(new_tab, local_store):
    app = train(new_tab().run())
    app.session_state[KEYS[1]] = None

    save(app.run())

    assert [record.key for record in local_store.results(TITLE)] == KEYS[:1]


def test_none_is_not_loaded_over(new_tab, kept, local_store):
    app = new_tab(**{KEYS[1]: None}).run()

    assert app.session_state[KEYS[1]] is None
    assert "Not loaded" in rows(app)[KEYS[1]]
    app.button(key=f"stillroom-train_models-row-{KEYS[1]}-do").click().run()
    assert app.session_state[KEYS[1]] == {"weight": 0.3, "horizons": (1, 3, 7)}


def test_metadata_is_written_as_before(kept, local_store):
    for record in local_store.results(TITLE):
        assert record.metadata.keys() == {"saved_at", "data_type"}
        assert record.metadata["data_type"] == "<class 'dict'>"
        saved_at = datetime.fromisoformat(record.metadata["saved_at"])
        assert saved_at.utcoffset() is not None
        assert abs(saved_at - datetime.now(UTC)) < timedelta(hours=1)


# The service, as the report uses it.

NOTHING = "Nothing is kept yet. Train on the other page first."


def report(app: AppTest) -> list[str]:
    """What the report says."""
    return [one.value for one in app.switch_page(REPORT).run().caption]


def test_report_reads_what_the_other_page_kept(new_tab, kept):
    assert report(new_tab().run()) == ["Trained with a weight of 0.30 for the latest day."]


def test_report_is_empty_when_nothing_is_kept_or_nobody_is_signed_in(
    new_tab, signs_in, local_store
):
    assert report(new_tab().run()) == [NOTHING]
    signs_in(ANA)
    save(train(new_tab().run()))
    assert report(new_tab().run()) != [NOTHING]

    signs_in(None)

    assert report(new_tab().run()) == [NOTHING]


TROUBLE = [stillroom.CorruptError, stillroom.DeniedError, stillroom.UnavailableError]


@pytest.mark.parametrize("error", TROUBLE)
def test_report_does_not_take_trouble_for_absence(new_tab, kept, monkeypatch, error):
    app = new_tab().run()

    def load(self, *_, **__):
        raise error("damaged, denied or away")

    monkeypatch.setattr(stillroom.Store, "load", load)
    app.switch_page(REPORT).run()

    assert [one.message for one in app.exception] == ["damaged, denied or away"]


def test_report_does_not_take_a_store_that_can_not_be_opened_for_absence(
    new_tab, kept, project, restarted
):
    (project / ".stillroom").chmod(0o777)
    restarted()

    app = new_tab().run().switch_page(REPORT).run()

    assert "others can write to this store" in app.exception[0].message


def test_default_tells_a_stored_none_from_absence(new_tab, edit, local_store):
    edit(
        REPORT,
        '"ml_mh_results")',
        '"ml_mh_results", default="absent")\nst.text(results)\nst.stop()',
    )
    assert new_tab().run().switch_page(REPORT).run().text[0].value == "absent"

    local_store.save(TITLE, KEYS[0], None)

    assert new_tab().run().switch_page(REPORT).run().text[0].value == "None"


SAVING = """
receipt = get_storage_service().save_results("Train models", "ml_mh_results", [1.5], {"rmse": 0.5})
st.text([receipt.page, receipt.key, receipt.version])
"""


@pytest.mark.parametrize("who", ["signed out", "not set up"])
def test_saving_signed_out_raises_the_recipe_s_text(new_tab, edit, nobody, project, who):
    edit(REPORT, '\nst.title("Report")\n', SAVING)
    nobody[who]()

    app = new_tab().run().switch_page(REPORT).run()

    assert app.exception[0].message == "User not authenticated. Cannot save results."
    assert not (project / ".stillroom").exists()


def test_saving_gives_the_receipt(new_tab, edit, local_store):
    edit(REPORT, '\nst.title("Report")\n', SAVING)

    app = new_tab().run().switch_page(REPORT).run()

    assert app.text[0].value == str([TITLE, KEYS[0], 1])
    assert local_store.load(TITLE, KEYS[0]) == [1.5]
    assert local_store.results()[0].metadata == {"rmse": 0.5}


def test_each_person_has_their_own(new_tab, signs_in, local_store):
    for person, weight in (("ana", 0.5), ("ivo", 0.9)):
        signs_in(ANA | {"sub": person})
        save(train(new_tab().run(), weight))

    for person, weight in (("ana", 0.5), ("ivo", 0.9)):
        signs_in(ANA | {"sub": person})
        app = new_tab().run()
        assert app.session_state[KEYS[1]]["weight"] == weight
        assert report(app) == [f"Trained with a weight of {weight:.2f} for the latest day."]
        kept = local_store.as_owner(_owner.of_sign_in(ANA | {"sub": person}))
        assert len(kept.results()) == 2
    assert local_store.results() == []


# The panel's words.


def test_panel_says_where_things_stand(new_tab, local_store):
    app = new_tab().run()
    assert label(app) == "Saved results"
    assert "Nothing saved yet. Results appear here when this page has computed them." in read(app)

    train(app)
    assert label(app) == "2 results not saved"
    assert "They are only in this tab." in read(app)
    assert app.button(key=SAVE).label == "Save 2 results"

    save(app)
    assert label(app) == "Saved 2 results"
    assert "Version 1 of ml_mh_results, version 1 of ml_mh_settings." in read(app)
    assert label(app.run()) == "All 2 results saved"

    # Computed again with another weight, and then with the same.
    train(app, 0.5)
    assert label(app) == "2 changes not saved"
    save(app)
    assert "Version 2 of ml_mh_results, version 2 of ml_mh_settings." in read(app)
    train(app, 0.5)
    assert label(app) == "2 changes not saved"
    assert label(save(app)) == "Nothing to save"

    (toast,) = new_tab().run().toast
    assert toast.value.startswith("Restored 2 results saved ")


@pytest.mark.parametrize(
    ("who", "said"),
    [
        ("signed out", "Sign in to keep your results between visits."),
        ("not set up", "Saving isn't set up for this app yet."),
    ],
)
def test_panel_says_who_may_not_keep_results(new_tab, nobody, project, who, said):
    nobody[who]()

    app = train(new_tab().run())

    assert label(app) == "Saved results"
    assert said in read(app)
    assert SAVE not in [button.key for button in app.button]
    assert len(metrics(app)) == 3
    assert FLAG not in app.session_state
    assert not (project / ".stillroom").exists()


def test_panel_keeps_advice_from_visitors_and_shows_it_here(new_tab, edit, secrets):
    edit(TRAIN, "auto_load_if_available(PAGE)", 'auto_load_if_available("train_models")')
    assert "auto-load" in read(new_tab().run())

    secrets('[connections.results]\nidentity = "single-user"')
    app = new_tab().run()

    assert "auto-load" not in read(app)
    assert "Everyone who opens this app shares these results." in read(app)
