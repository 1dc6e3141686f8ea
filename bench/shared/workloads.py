"""The values that are measured, W1 to W7, made from fixed seeds.

`share` makes the same kinds in a smaller size: for a try, for warming up, and for
comparing strictly what comes back. Numbers that are rounded, repeated or random are so
as in the apps these stand for, since compression lives on it.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

W3_ROWS = 1_000_000
W4_LEN = 2**30 // 8
W7_ROWS = 1_000_000
W7_RECORDS = 100_000
VERSIONS = 11
MODELS = ("naive", "ridge", "forest", "boosting", "prophet", "ensemble")
STATUSES = ["open", "paid", "packed", "sent", "back", "lost"]
REGIONS = [f"region {number:02}" for number in range(40)]
TEXT = pa.large_string()
# A NaN that isn't Python's own: whoever goes through text or a mask loses its bits.
ODD_NAN = struct.unpack("<d", struct.pack("<Q", 0x7FF8_0000_0000_00AB))[0]


def metrics(seed: int) -> dict[str, Any]:
    """W1: a dict of 50 metrics."""
    draw = np.random.default_rng([1, seed])
    names = ("rmse", "mae", "mape", "r2", "bias", "p10", "p50", "p90")
    found: dict[str, Any] = {
        f"{name}_{horizon}h": float(value)
        for horizon in (1, 3, 6, 12, 24)
        for name, value in zip(names, draw.normal(size=len(names)), strict=True)
    }
    found |= {
        "model": "ridge",
        "rows": int(draw.integers(10**6)),
        "features": ["hour", "weekday", "holiday", "lag_24"],
        "trained_at": pd.Timestamp("2026-03-01 06:30", tz="Europe/Berlin"),
        "took": pd.Timedelta(seconds=int(draw.integers(10**4))),
        "is_final": True,
        "note": None,
        "zero": -0.0,
        "worst": float("nan"),
        "run": int(seed),
    }
    return found


def page_of_models(seed: int, share: float = 1.0) -> dict[str, Any]:
    """W2: the results of six models, 4 MB."""
    rows = max(100, int(10_000 * share))
    return {model: _one_model(seed * 10 + number, rows) for number, model in enumerate(MODELS)}


def _one_model(seed: int, rows: int) -> dict[str, Any]:
    draw = np.random.default_rng([2, seed])
    hours = pd.date_range("2024-01-01", periods=rows, freq="h", tz="Europe/Berlin")
    actual = np.round(50 + 20 * np.sin(np.arange(rows) / 24) + draw.normal(0, 5, rows), 1)
    predicted = np.round(actual + draw.normal(0, 2, rows), 4)
    residuals = actual - predicted
    residuals[:2] = -0.0, ODD_NAN
    forecast = pd.DataFrame(
        {
            "actual": actual,
            "predicted": predicted,
            "lower": np.round(predicted - 4, 2),
            "upper": np.round(predicted + 4, 2),
            "error": residuals.astype("float32"),
            "weight": draw.random(rows).astype("float32"),
            "horizon": (np.arange(rows) % 24).astype("int16"),
            "is_holiday": draw.random(rows) < 0.03,
        },
        index=hours,
    )
    return {
        "metrics": metrics(seed),
        "forecast": forecast,
        "importances": pd.Series(draw.gamma(2, 1, rows), name="importance"),
        "residuals": residuals,
        "params": {"alpha": 0.5, "depth": (3, 5, 8), "seed": seed, "loss": "huber", "cv": None},
    }


def mixed_frame(seed: int = 0, share: float = 1.0, *, rows: int | None = None) -> pd.DataFrame:
    """W3: a million rows of 20 columns of many kinds, 137 MB."""
    rows = rows or int(W3_ROWS * share)
    draw = np.random.default_rng([3, seed])
    place = np.arange(rows)
    ticks = np.int64(1_700_000_000_000_000) + place * 1_000_000 + draw.integers(0, 60_000, rows)
    numbers = pc.cast(pa.array(100_000 + draw.integers(0, 20_000, rows) * 41), TEXT)
    codes = pc.binary_join_element_wise(pa.scalar("SKU", TEXT), numbers, pa.scalar("-", TEXT))
    return pd.DataFrame(
        {
            "price": np.round(100 + np.cumsum(draw.normal(0, 0.03, rows)), 2),
            "volume_weighted": np.round(draw.lognormal(4, 1, rows), 4),
            "temp": np.round(12 + 9 * np.sin(place / 9000) + draw.normal(0, 4, rows), 1),
            "humidity": np.round(60 + 20 * np.sin(place / 7000) + draw.normal(0, 1, rows)),
            "score": draw.random(rows),
            "ret": draw.normal(0, 0.01, rows),
            "lat": np.round(draw.uniform(47, 55, rows), 5),
            "power_f32": (20 + draw.normal(0, 1, rows)).astype("float32"),
            "id": place.astype("int64"),
            "qty": draw.poisson(2, rows).astype("int32"),
            "user": np.minimum(draw.zipf(1.7, rows), 5_000).astype("int64"),
            "level": draw.choice(8, rows, p=_falling(8)).astype("int8"),
            "ts": _moments(ticks, "Europe/Berlin"),
            "created": _moments(
                ticks - draw.integers(0, 30_000_000, rows) * 1000, "America/New_York"
            ),
            "status": pd.Categorical.from_codes(draw.choice(6, rows, p=_falling(6)), STATUSES),
            "is_member": draw.random(rows) < 0.1,
            "region": pd.Categorical.from_codes(draw.choice(40, rows, p=_falling(40)), REGIONS),
            "channel": pd.Categorical.from_codes(
                draw.choice(3, rows), ["web", "shop", "phone"], ordered=True
            ),
            "code": _text(codes),
            "note": _text(_sentences(draw, rows, words=2)),
        }
    )


def _falling(count: int) -> np.ndarray:
    """Shares of `count` kinds, each half as common again as the next."""
    shares = 1.5 ** -np.arange(count)
    return shares / shares.sum()


def _moments(microseconds: np.ndarray, zone: str) -> pd.DatetimeIndex:
    return pd.DatetimeIndex((microseconds * 1000).view("M8[ns]"), tz="UTC").tz_convert(zone)


def walk(seed: int = 0, share: float = 1.0, *, len_: int | None = None) -> np.ndarray:
    """W4: a random walk in steps of 1/4096, as a measuring device gives it, 1 GiB."""
    draw = np.random.default_rng([4, seed])
    steps = draw.standard_normal(len_ or int(W4_LEN * share))
    np.cumsum(steps, out=steps)
    steps *= 4096
    np.rint(steps, out=steps)
    steps /= 4096
    return steps


def versions(share: float = 1.0) -> Iterator[pd.DataFrame]:
    """W5: W3 eleven times; each has one slab of 1 % of the rows changed, and 1 % more rows.

    A change is of six of the twenty columns, 0.3 % of the bytes.
    """
    frame = mixed_frame(share=share)
    yield frame
    for number in range(1, VERSIONS):
        draw = np.random.default_rng([5, number])
        count = len(frame) // 100
        more = mixed_frame(100 + number, rows=count)
        more["id"] += len(frame)
        frame = pd.concat([frame, more], ignore_index=True)
        begin = int(draw.integers(0, len(frame) - 2 * count))
        slab = mixed_frame(200 + number, rows=count)
        for name in ("price", "volume_weighted", "score", "ret", "qty", "power_f32"):
            column = frame[name].to_numpy(copy=True)
            column[begin : begin + count] = slab[name]
            frame[name] = column
        yield frame


def texts_and_records(seed: int = 0, share: float = 1.0) -> dict[str, Any]:
    """W7: a million rows of three texts, and 100,000 nested records."""
    draw = np.random.default_rng([7, seed])
    rows = int(W7_ROWS * share)
    texts = {"title": 4, "body": 11, "tags": 3}
    return {
        "texts": pd.DataFrame(
            {name: _text(_sentences(draw, rows, words=words)) for name, words in texts.items()}
        ),
        "records": [_record(draw, number) for number in range(int(W7_RECORDS * share))],
    }


def _record(draw: np.random.Generator, number: int) -> dict[str, Any]:
    a, b, c = draw.random(3).tolist()
    return {
        "id": number,
        "user": {"name": f"user {int(a * 5000)}", "age": 18 + int(b * 70), "is_member": c < 0.3},
        "tags": [f"tag {int(x * 50)}" for x in (a, b, c)],
        "scores": {"relevance": a, "quality": b, "risk": round(c, 3)},
        "path": [int(a * 10), int(b * 100), int(c * 1000)],
        "note": None,
    }


def _sentences(draw: np.random.Generator, rows: int, *, words: int) -> pa.Array:
    """Texts of about so many words, common ones often and rare ones seldom."""
    vocabulary = _vocabulary()
    ranks = 1 + draw.zipf(1.15, (words, rows)) % (len(vocabulary) - 1)
    # Some are shorter: the words left out are empty, and the blanks at the end are cut off.
    ranks[-1][draw.random(rows) < 0.5] = 0
    chosen = [vocabulary.take(pa.array(rank)) for rank in ranks]
    return pc.utf8_rtrim_whitespace(pc.binary_join_element_wise(*chosen, pa.scalar(" ", TEXT)))


def _vocabulary() -> pa.Array:
    draw = np.random.default_rng(70)
    starts, ends = (
        ["b", "br", "d", "f", "g", "gr", "k", "l", "m", "n", "p", "r", "s", "st", "t", "v", "w"],
        ["a", "e", "i", "o", "u", "ar", "en", "il", "on"],
    )
    syllables = [start + end for start in starts for end in ends]
    words = ("".join(draw.choice(syllables, draw.integers(1, 5))) for _ in range(4000))
    return pa.array(["", *words], TEXT)


def _text(texts: pa.Array) -> pd.Series:
    """A column of pandas' own text type."""
    # Without threads: this process goes on to fork.
    return pa.table({"text": texts}).to_pandas(use_threads=False)["text"]
