"""Any mixture of all families comes back the same, and is no change when it is saved again."""

import pytest
from environment import MISSING
from hypothesis import HealthCheck, given, settings
from strict import assert_same
from values import TYPES, anything

import stillroom

#: All of them where all libraries are; elsewhere what its own releases do otherwise is found by fewer.
CASES = 2_000 if MISSING else 10_000


@pytest.fixture(scope="module")
def store():
    """One store for all cases, without a signing key."""
    with stillroom.open("memory:", signing_key=[], types=TYPES, keep_versions=2) as opened:
        yield opened


# The same cases each time: a new one that fails is for whoever looks for it, by another seed.
@settings(
    max_examples=CASES,
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=[
        HealthCheck.too_slow,
        HealthCheck.data_too_large,
        HealthCheck.filter_too_much,
    ],
)
@pytest.mark.filterwarnings("ignore:overflow encountered in cast:RuntimeWarning")  # of NumPy's own
@given(value=anything)
def test_any_value_comes_back_the_same(store, value):
    receipt = store.save("page", "key", value)
    loaded = store.load("page", "key")

    assert_same(loaded, value)
    assert store.save("page", "key", value).unchanged
    assert store.save("page", "key", loaded).version == receipt.version
