"""A page as a mapping: it behaves as a dict does, and lasts."""

from __future__ import annotations

from collections.abc import MutableMapping
from dataclasses import dataclass
from pathlib import Path

import pytest

import stillroom
from stillroom import InvalidError, NotFoundError, UnsupportedError


@dataclass
class RunConfig:
    horizon: int


@pytest.fixture
def page(store: stillroom.Store) -> stillroom.Page:
    return store.page("train_models")


def test_the_three_lines_of_the_readme(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    trained = []

    def train() -> list[float]:
        trained.append(1)
        return [1.0, 2.5]

    for _ in range(2):
        store = stillroom.open()
        page = store.page("train_models")
        if "forecast" not in page:
            page["forecast"] = train()
        assert page["forecast"] == [1.0, 2.5]
        store.close()

    assert len(trained) == 1


def test_two_programs_see_each_others_work(store_path: Path, page: stillroom.Page):
    with stillroom.open(store_path, signing_key=[]) as store:
        page["rmse"] = 1.21
        assert store.page("train_models")["rmse"] == 1.21
        store.save("train_models", "rmse", 1.18)
        assert page["rmse"] == 1.18


def test_it_is_a_mapping(page: stillroom.Page):
    page["b"] = 2
    page["a"] = 1

    assert isinstance(page, MutableMapping)
    assert list(page) == list(page.keys()) == ["a", "b"]
    assert list(page.items()) == [("a", 1), ("b", 2)]
    assert list(page.values()) == [1, 2]
    assert (len(page), "a" in page, "c" in page) == (2, True, False)
    assert (page.get("a"), page.get("c"), page.get("c", 3)) == (1, None, 3)
    assert bool(page)


def test_a_page_without_results_is_empty(page: stillroom.Page):
    assert (list(page), len(page), bool(page)) == ([], 0, False)


def test_pages_do_not_share_keys(store: stillroom.Store, page: stillroom.Page):
    page["a"] = 1

    assert "a" not in store.page("another")


def test_absent_keys_raise_a_key_error(page: stillroom.Page):
    with pytest.raises(KeyError, match="train_models/absent"):
        page["absent"]
    with pytest.raises(NotFoundError, match="train_models/absent"):
        del page["absent"]
    with pytest.raises(KeyError):
        page.pop("absent")


def test_asking_for_a_key_loads_nothing(store: stillroom.Store):
    # Without the class the value can't be opened, so whoever loaded it would fail.
    store.save("train_models", "config", RunConfig(7))
    page = store.page("train_models")

    assert "config" in page
    assert list(page) == ["config"]
    assert len(page) == 1


def test_a_page_hands_its_classes_over(store: stillroom.Store):
    page = store.page("train_models", types=[RunConfig])
    page["config"] = RunConfig(7)

    assert page["config"] == RunConfig(7)


def test_deleting_takes_every_version(store: stillroom.Store, page: stillroom.Page):
    for number in range(3):
        page["a"] = number

    del page["a"]

    assert "a" not in page
    assert store.history("train_models", "a") == []


def test_pop_loads_then_deletes(page: stillroom.Page):
    page["a"] = [1]

    assert page.pop("a") == [1]
    assert page.pop("a", "gone") == "gone"
    assert "a" not in page


def test_setdefault_saves_only_what_is_absent(store: stillroom.Store, page: stillroom.Page):
    assert page.setdefault("a", 1) == 1
    assert page.setdefault("a", 2) == 1
    assert len(store.history("train_models", "a")) == 1


UPDATES = {
    "mapping": lambda page: page.update({"a": 1, "b": 2}),
    "names": lambda page: page.update(a=1, b=2),
    "pairs": lambda page: page.update([("a", 1), ("b", 2)]),
    "both": lambda page: page.update({"a": 0, "b": 2}, a=1),
    "another page": lambda page: page.update(_filled(page.store.page("another"))),
}


def _filled(page: stillroom.Page) -> stillroom.Page:
    page["a"], page["b"] = 1, 2
    return page


@pytest.mark.parametrize("case", UPDATES)
def test_update_takes_what_a_dict_takes(case: str, page: stillroom.Page):
    UPDATES[case](page)

    assert dict(page) == {"a": 1, "b": 2}


def test_update_with_nothing_does_nothing(page: stillroom.Page):
    page.update()
    page.update({})

    assert len(page) == 0


def test_update_is_one_set(page: stillroom.Page, store_path: Path, store_bytes):
    page["a"] = 1
    before = store_bytes(store_path)

    with pytest.raises(UnsupportedError):
        page.update({"a": 2, "b": 2, "c": lambda: 0})

    assert store_bytes(store_path) == before


@pytest.mark.parametrize("method", ["clear", "popitem"])
def test_a_page_is_not_lost_in_one_call(method: str, page: stillroom.Page):
    page["a"] = 1

    with pytest.raises(InvalidError, match=r"delete|pop"):
        getattr(page, method)()

    assert page["a"] == 1


BAD_NAMES = ["", "k" * 513, "a\tb", "\udc80", 7, None]


@pytest.mark.parametrize("name", BAD_NAMES, ids=repr)
def test_a_name_that_could_never_be_saved_is_refused_before_the_work(
    name: object, page: stillroom.Page, store_path: Path, store_bytes
):
    before = store_bytes(store_path)

    for use in (
        lambda: name in page,
        lambda: page[name],
        lambda: page.__setitem__(name, 1),
        lambda: page.update({name: 1, "a": 1}),
        lambda: page.__delitem__(name),
    ):
        with pytest.raises(InvalidError, match="key"):
            use()

    assert store_bytes(store_path) == before


def test_pages_are_compared_by_identity(store: stillroom.Store, page: stillroom.Page):
    page["a"] = 1

    assert page == page
    assert page != store.page("train_models")
    assert page != {"a": 1}
    assert {page: "hashable"}[page] == "hashable"


def test_its_repr_names_page_and_place_and_needs_no_store(store: stillroom.Store, store_path: Path):
    page = store.page("train_models")
    store.close()

    assert repr(page) == f"<Page 'train_models' of {store_path}>"
    assert "can&#x27;t be listed" in page._repr_html_()


def test_the_notebooks_table_escapes_what_is_stored(store: stillroom.Store):
    markup = "<img src=x onerror=alert(1)>"
    page = store.page(markup)
    store.save(markup, markup, {markup: markup}, label=markup)

    html = page._repr_html_()

    assert "<img" not in html
    assert "&lt;img" in html
