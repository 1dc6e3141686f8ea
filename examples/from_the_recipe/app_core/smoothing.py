"""Simple exponential smoothing on a made-up series, judged at several horizons.

Pure: no screen and no store. The results hold what a JSON text could not: a
frame, keys that are numbers, NumPy scalars and a NaN.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

HORIZONS = (1, 3, 7)


def arrivals(day_count: int, seed: int) -> pd.Series:
    """Daily counts with a weekly shape, always the same for a seed."""
    days = pd.date_range("2025-01-01", periods=day_count, freq="D", name="day")
    weekly = 60 + 12 * np.sin(2 * np.pi * np.arange(day_count) / 7)
    counts = np.random.default_rng(seed).poisson(weekly)
    return pd.Series(counts, index=days, name="arrivals")


def train(series: pd.Series, weight: float) -> dict[str, Any]:
    """Smooth the series, and say how far the last level was off at each horizon."""
    level = series.ewm(alpha=weight, adjust=False).mean()
    errors = {horizon: series - level.shift(horizon) for horizon in HORIZONS}
    return {
        "weight": weight,
        "smoothed": pd.DataFrame({"arrivals": series, "smoothed": level}),
        "mae": {horizon: np.float64(error.abs().mean()) for horizon, error in errors.items()},
        "errors": np.array([error.to_numpy() for error in errors.values()]),
    }
