"""Hypothesis strategies for any mixture of values of all families."""

import collections

import pandas as pd
from hypothesis import strategies as st
from values_numpy import (
    DTYPES,
    arrays,
    bits,
    built_arrays,
    numpy_scalars,
    object_arrays,
    seeds,
    structured_scalars,
)
from values_pandas import column, frames, index, object_series, on_its_own, pandas_scalars, series
from values_python import TYPES, Fold, Pair, Setting, evenly, hashables
from variants import HAS_LIBRARIES, HAS_PYARROW

if HAS_PYARROW:
    from values_arrow import arrow_values
if HAS_LIBRARIES:
    from values_libraries import libraries

__all__ = ["TYPES", "anything"]

leaves = evenly(
    hashables,
    st.binary(max_size=12).map(bytearray),
    arrays(),
    numpy_scalars,
    built_arrays,
    structured_scalars,
    pandas_scalars,
    series(),
    st.builds(
        lambda dtype, seed: pd.Series(bits(dtype, 700, seed)), st.sampled_from(DTYPES), seeds
    ),
    frames(),
    st.integers(0, 4).flatmap(index),
    st.integers(0, 4).flatmap(column).map(on_its_own),
    *([arrow_values] if HAS_PYARROW else []),
    *([libraries] if HAS_LIBRARIES else []),
)
# Raw bytes have no hash, nor has every date since NumPy 2.5.
numpy_keys = numpy_scalars.filter(lambda scalar: scalar.dtype.kind not in "VMm")
keys = st.one_of(hashables, numpy_keys, pandas_scalars)


def containers(values: st.SearchStrategy) -> st.SearchStrategy:
    items = st.lists(values, max_size=4)
    pairs = st.dictionaries(
        st.one_of(keys, st.tuples(keys, keys), st.frozensets(keys, max_size=2)), values, max_size=4
    )
    return evenly(
        items,
        items.map(tuple),
        pairs,
        pairs.map(collections.OrderedDict),
        st.builds(collections.defaultdict, st.sampled_from([None, list, dict, int]), pairs),
        st.builds(collections.deque, items, st.one_of(st.none(), st.integers(4, 9))),
        st.frozensets(keys, max_size=4),
        st.sets(keys, max_size=4),
        st.builds(Fold, values, values),
        st.builds(Setting, values),
        st.builds(Pair, values, values),
        st.builds(slice, values, values),
        values.map(lambda value: [value, {"again": value}]),
        items.map(object_series),
        object_arrays(values),
    )


part = st.recursive(leaves, containers, max_leaves=4)
#: What an app would save: a few things of any kind.
anything = st.lists(part, min_size=1, max_size=3)
