"""Python objects of no family: kept as signed pickles, and opened only with the key that signed them."""

import collections
import functools
import importlib.util
import pickle
import sys
import threading
from typing import Any

import numpy as np
import pandas as pd
import pytest
from objects import Bunch, Estimator, Gone, Model, Pipeline, scale
from strict import assert_same

import stillroom
from stillroom._core import new_signing_key

HAS_SKLEARN = importlib.util.find_spec("sklearn") is not None


def from_main(source: str, name: str) -> Any:
    """Something that was defined in `__main__`, as a script or a page file defines it."""
    names: dict[str, Any] = {"__name__": "__main__"}
    exec(source, names)
    return names[name]


# ------------------------------------------------------------------ what comes back


def test_an_object_comes_back(signed_store):
    signed_store.save("page", "key", {"models": [Model(0.5), Model(1.5)]})

    models = signed_store.load("page", "key")["models"]

    assert [type(model) for model in models] == [Model, Model]
    assert [model.weight for model in models] == [0.5, 1.5]


def test_the_arrays_of_an_object_come_back_to_the_bit(signed_store):
    frozen = np.arange(100_000.0)
    frozen.flags.writeable = False
    saved = Estimator(
        coefficients=np.random.default_rng(1).normal(size=(1_000, 50)),
        fortran=np.asfortranarray(np.arange(20_000).reshape(100, 200)),
        frozen=frozen,
        small=np.arange(3),
        strided=np.arange(20_000)[::2],
        frame=pd.DataFrame({"a": np.arange(10_000), "b": ["x"] * 10_000}),
    )
    signed_store.save("page", "key", saved)

    loaded = signed_store.load("page", "key")

    assert vars(loaded).keys() == vars(saved).keys()
    for name in ("coefficients", "fortran", "frozen", "small", "frame"):
        assert_same(getattr(loaded, name), getattr(saved, name))
    loaded.coefficients[0] = 0.0


def test_an_object_that_is_shared_stays_shared(signed_store):
    model = Model(0.5)
    signed_store.save("page", "key", [model, {"again": model}])

    first, second = signed_store.load("page", "key")

    assert first is second["again"]


def test_a_subclass_of_a_built_in_is_an_object(signed_store):
    signed_store.save("page", "key", Bunch(a=1))

    loaded = signed_store.load("page", "key")

    assert type(loaded) is Bunch
    assert loaded == {"a": 1}


def test_an_object_saved_again_is_no_new_version(signed_store):
    signed_store.save("page", "key", Estimator(a=np.arange(10_000)))

    assert signed_store.save("page", "key", Estimator(a=np.arange(10_000))).unchanged


def test_a_record_says_that_it_is_signed(signed_store):
    assert signed_store.save("page", "model", Model(0.5)).is_signed
    assert not signed_store.save("page", "number", 0.5).is_signed


def models() -> dict[str, Any]:
    """Whatever this environment can fit."""
    x, y = np.random.default_rng(0).normal(size=(200, 5)), np.arange(200.0)
    by_hand = Estimator(coefficients=np.linalg.lstsq(x, y, rcond=None)[0])
    if not HAS_SKLEARN:
        return {"by hand": (by_hand, x)}
    from sklearn.ensemble import RandomForestRegressor
    from sklearn.linear_model import Ridge
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    return {
        "by hand": (by_hand, x),
        "ridge": (Ridge().fit(x, y), x),
        "forest": (RandomForestRegressor(20, random_state=0).fit(x, y), x),
        "pipeline": (make_pipeline(StandardScaler(), Ridge()).fit(x, y), x),
    }


MODELS = models()


@pytest.mark.parametrize("name", MODELS)
def test_a_fitted_model_predicts_the_same_bits(signed_store, name: str):
    model, x = MODELS[name]
    signed_store.save("page", "key", model)

    loaded = signed_store.load("page", "key")

    assert_same(loaded.predict(x), model.predict(x))


# ------------------------------------------------------------------ keys


def test_without_a_key_an_object_is_refused_before_anything_is_written(
    store, store_path, store_bytes
):
    before = store_bytes(store_path)

    with pytest.raises(
        stillroom.UnsupportedError, match=r"no signing key.*objects\.Model.*stillroom key"
    ) as caught:
        store.save("page", "results", {"models": [Model(0.5)]})

    assert caught.value.path == 'results["models"][0]'
    assert store_bytes(store_path) == before


def opened_with(store_path, *keys: str) -> stillroom.Store:
    return stillroom.open(store_path, signing_key=list(keys))


@pytest.fixture
def keys() -> list[str]:
    return [new_signing_key(), new_signing_key()]


def test_another_key_does_not_open_it_and_the_bytes_stay(store_path, keys):
    opened_with(store_path, keys[0]).save("page", "key", Model(0.5))

    for other in (opened_with(store_path, keys[1]), opened_with(store_path)):
        with pytest.raises(
            stillroom.DeniedError, match=r"objects\.Model can't be opened here.*another"
        ):
            other.load("page", "key")

    assert opened_with(store_path, keys[0]).load("page", "key").weight == 0.5


def test_an_old_key_still_opens_it(store_path, keys):
    opened_with(store_path, keys[0]).save("page", "key", Model(0.5))

    assert opened_with(store_path, keys[1], keys[0]).load("page", "key").weight == 0.5


def test_a_new_key_signs_what_an_old_one_signed(store_path, keys):
    opened_with(store_path, keys[0]).save("page", "key", Model(0.5))

    assert not opened_with(store_path, keys[1]).save("page", "key", Model(0.5)).unchanged
    assert opened_with(store_path, keys[1]).load("page", "key").weight == 0.5


def test_a_value_without_objects_needs_no_key(store_path, keys):
    opened_with(store_path, keys[0]).save("page", "key", {"a": 1})

    assert opened_with(store_path).load("page", "key") == {"a": 1}


# ------------------------------------------------------------------ libraries


@pytest.fixture
def library(tmp_path, monkeypatch):
    """A library with a version and a class."""
    (tmp_path / "some_library.py").write_text(
        '__version__ = "1.4.2"\n\n\nclass Tree:\n    depth = 3\n'
    )
    monkeypatch.syspath_prepend(tmp_path)
    import some_library  # type: ignore[import-not-found]

    yield some_library
    sys.modules.pop("some_library", None)


def test_a_library_of_another_major_version_is_named_with_both(signed_store, library, monkeypatch):
    signed_store.save("page", "key", library.Tree())
    monkeypatch.setattr(library, "__version__", "2.0.0")

    with pytest.warns(UserWarning, match=r"some_library 1\.4\.2.*some_library 2\.0\.0") as caught:
        loaded = signed_store.load("page", "key")

    assert loaded.depth == 3
    assert caught[0].filename == __file__


def test_a_library_of_the_same_major_version_is_not_mentioned(
    signed_store, library, monkeypatch, recwarn
):
    signed_store.save("page", "key", library.Tree())
    monkeypatch.setattr(library, "__version__", "1.5.0")

    signed_store.load("page", "key")

    assert not [one for one in recwarn if "some_library" in str(one.message)]


def test_an_object_that_can_not_be_rebuilt_names_its_libraries(signed_store, library, monkeypatch):
    signed_store.save("page", "key", library.Tree())
    monkeypatch.delattr(library, "Tree")

    with pytest.raises(
        stillroom.InvalidError, match=r"some_library\.Tree.*some_library 1\.4\.2"
    ) as caught:
        signed_store.load("page", "key")

    assert isinstance(caught.value.__cause__, AttributeError)


def test_an_exception_while_unpickling_is_the_cause(signed_store):
    signed_store.save("page", "key", Gone())

    with pytest.raises(stillroom.InvalidError, match=r"objects\.Gone") as caught:
        signed_store.load("page", "key")

    assert "_random_state" in str(caught.value.__cause__)


# ------------------------------------------------------------------ what is never pickled


class Interrupting:
    """An object that can't be pickled now."""

    def __getstate__(self):
        raise RuntimeError("not fitted yet")


class Array(np.ndarray):
    """A subclass of data."""


def local_class() -> Any:
    class Local:
        pass

    return Local()


CLASS = "class Custom:\n    pass\n"
FUNCTION = "def step(x):\n    return x\n"
REFUSED = {
    "class of __main__": (
        [from_main(CLASS, "Custom")()],
        r"move the class to a module: __main__\.Custom",
        "[0]",
    ),
    "class of a function": (local_class(), r"move the class to a module.*local_class", ""),
    "class of __main__ inside": (
        Pipeline(Model(1.0), from_main(CLASS, "Custom")()),
        r"class.*move the class to a module: __main__\.Custom",
        "",
    ),
    "class of __main__ itself inside": (
        Pipeline(from_main(CLASS, "Custom")),
        r"__main__\.Custom",
        "",
    ),
    "function of __main__ inside": (
        {"model": Pipeline(from_main(FUNCTION, "step"))},
        r"move the function to a module: __main__\.step",
        '["model"]',
    ),
    "lambda inside": (Pipeline(lambda x: x), "function.*lambda", ""),
    "local class inside": (Pipeline(local_class()), "class.*local_class", ""),
    "object that can't be pickled": (
        [Pipeline(threading.Lock())],
        r"can't pickle.*objects\.Pipeline",
        "[0]",
    ),
    "object that refuses": (Interrupting(), "can't pickle", ""),
    "function": ([scale], "function.*scale", "[0]"),
    "method": ([Model(1.0).__init__], "function", "[0]"),
    "class": ([Model], "class", "[0]"),
    "module": ([collections], "module", "[0]"),
    "partial": (functools.partial(scale, 1), "functools.partial", ""),
    "counter": (collections.Counter("aab"), "collections.Counter", ""),
    "plain object": (object(), "object", ""),
    "exception": (ValueError("a"), "ValueError", ""),
    "pickle buffer": (pickle.PickleBuffer(b"a"), "PickleBuffer", ""),
    "array of a subclass": (np.arange(3).view(Array), "subclass of numpy.ndarray", ""),
    "random state of numpy": (np.random.default_rng(), r"numpy\.", ""),
    "grouping of pandas": (pd.Series([1]).groupby([0]), r"pandas\.", ""),
    "dtype": (np.dtype("f8"), r"numpy\.", ""),
}


@pytest.mark.parametrize("case", REFUSED)
def test_never_pickled_even_with_a_key(signed_store, store_path, store_bytes, case: str):
    value, names, step = REFUSED[case]
    before = store_bytes(store_path)

    with pytest.raises(stillroom.UnsupportedError, match=names) as caught:
        signed_store.save("page", "results", value)

    assert caught.value.path == f"results{step}"
    assert store_bytes(store_path) == before


def test_functions_of_a_module_may_be_inside(signed_store):
    signed_store.save("page", "key", Pipeline(scale, Model, len))

    assert signed_store.load("page", "key").steps == (scale, Model, len)


def test_metadata_holds_no_objects(signed_store):
    with pytest.raises(stillroom.UnsupportedError, match="key") as caught:
        signed_store.save("page", "key", 1, metadata={"model": Model(0.5)})

    assert caught.value.path == 'metadata["model"]'
