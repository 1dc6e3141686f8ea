"""Fingerprints of kept values, taken by this app from the values in memory.

They share no code with the store, so that equal fingerprints before a restart
and after it say something. Type, dtype, order, time zone and every bit of the
numbers go in; a fitted estimator is taken by what it predicts, bit for bit.
"""

from __future__ import annotations

import dataclasses
import functools
import hashlib
import logging
import struct
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

import arrivals
import forecasting

log = logging.getLogger("ed_arrivals")


def log_all(moment: str, values: Mapping[str, Any]) -> dict[str, str]:
    """Take the digest of every value, and say each in the server log."""
    taken = {key: digest(value) for key, value in values.items()}
    for key, value in taken.items():
        log.info("digest %s %s %s", moment, key, value)
    return taken


def digest(value: Any) -> str:
    """The SHA-256 of a value, in hex; `TypeError` for a type it has no rule for."""
    hasher = hashlib.sha256()
    for part in _parts(value):
        # A length before each part, so that two parts never read as one.
        hasher.update(struct.pack("<Q", len(part)))
        hasher.update(part)
    return hasher.hexdigest()


def _parts(value: Any) -> Iterator[bytes]:
    yield f"{type(value).__module__}.{type(value).__qualname__}".encode()
    if dataclasses.is_dataclass(value):
        for field in dataclasses.fields(value):
            yield field.name.encode()
            yield from _parts(getattr(value, field.name))
    elif hasattr(value, "predict"):
        with threadpool_limits(limits=1):
            yield from _parts(np.asarray(value.predict(_probe())))
    else:
        yield from _plain(value)


@functools.singledispatch
def _plain(value: Any) -> Iterator[bytes]:
    raise TypeError(f"no digest for {type(value).__qualname__}")


@_plain.register(int | str | date | None)
def _(value: Any) -> Iterator[bytes]:
    yield repr(value).encode()


@_plain.register
def _(value: float) -> Iterator[bytes]:
    yield struct.pack("<d", value)


@_plain.register
def _(value: np.generic) -> Iterator[bytes]:
    yield value.dtype.str.encode()
    yield value.tobytes()


@_plain.register
def _(value: np.ndarray) -> Iterator[bytes]:
    yield f"{value.dtype.str} {value.shape} {value.flags.c_contiguous}".encode()
    if value.dtype.hasobject:
        yield from _plain(value.ravel().tolist())
    else:
        yield value.tobytes()


@_plain.register(list | tuple)
def _(value: Any) -> Iterator[bytes]:
    yield str(len(value)).encode()
    for item in value:
        yield from _parts(item)


@_plain.register(set | frozenset)
def _(value: Any) -> Iterator[bytes]:
    yield from (taken.encode() for taken in sorted(digest(item) for item in value))


@_plain.register
def _(value: dict) -> Iterator[bytes]:
    yield from _plain(list(value.items()))


@_plain.register
def _(value: pd.DataFrame) -> Iterator[bytes]:
    yield from _parts(value.index)
    yield from _parts(value.columns)
    for position in range(value.shape[1]):
        yield from _plain(value.iloc[:, position])


@_plain.register
def _(value: pd.Series) -> Iterator[bytes]:
    yield from _parts(value.name)
    yield from _array(value.array)


@_plain.register
def _(value: pd.Index) -> Iterator[bytes]:
    yield from _parts(value.name)
    yield str(getattr(value, "freq", None)).encode()
    yield from _array(value.array)


def _array(values: Any) -> Iterator[bytes]:
    """A pandas column: its dtype, what is missing, and the bits of the rest."""
    yield str(values.dtype).encode()
    missing = np.asarray(values.isna())
    yield missing.tobytes()
    if isinstance(values, pd.Categorical):
        yield from _parts(values.ordered)
        yield from _plain(values.categories)
        yield from _plain(values.codes)
    elif values.dtype.kind in "mM":
        yield values.asi8.tobytes()
    elif pd.api.types.is_extension_array_dtype(values.dtype):
        yield from _plain(list(values[~missing]))
    else:
        yield from _plain(np.asarray(values))


@functools.cache
def _probe() -> pd.DataFrame:
    """The rows that estimators are asked about: the last year of one hospital."""
    return forecasting.features(arrivals.load_days("Puerto Montt"), horizon=1).tail(365)
