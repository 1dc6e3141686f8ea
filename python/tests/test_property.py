"""Any mixture of all families comes back the same, and is no change when it is saved again."""

import pytest
from hypothesis import HealthCheck, given, settings
from strict import assert_same
from values import TYPES, anything

import stillroom


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    """One store for all cases, without a signing key."""
    path = tmp_path_factory.mktemp("property") / "store"
    with stillroom.open(path, signing_key=[], types=TYPES, keep_versions=2) as opened:
        yield opened


@settings(
    max_examples=1000,
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=[
        HealthCheck.too_slow,
        HealthCheck.data_too_large,
        HealthCheck.filter_too_much,
    ],
)
@given(value=anything)
def test_any_value_comes_back_the_same(store, value):
    receipt = store.save("page", "key", value)
    loaded = store.load("page", "key")

    assert_same(loaded, value)
    assert store.save("page", "key", value).unchanged
    assert store.save("page", "key", loaded).version == receipt.version
