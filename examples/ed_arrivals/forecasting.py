"""Lag and rolling features, time-series folds and the models that are compared.

Pure: frames and arrays in, frames and arrays out, no screen and no store. The
forecast is direct: for horizon h a row holds what was known at the end of day t
(its origin) and the target is the count of day t + h.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd
from sklearn.ensemble import HistGradientBoostingRegressor, RandomForestRegressor
from sklearn.impute import SimpleImputer
from sklearn.linear_model import RidgeCV
from sklearn.model_selection import TimeSeriesSplit
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

LAG_COUNT = 14
WINDOWS = (7, 14, 28)
CAUSES = ("respiratory", "circulatory", "trauma", "diarrhoea")


def features(days: pd.DataFrame, horizon: int) -> pd.DataFrame:
    """What is known at the end of each day about the day `horizon` days later.

    Only the row's own day and days before it are read; the calendar of the
    target day is known in advance. Missing days stay NaN.
    """
    total = days["total"].astype("float64")
    columns = {f"lag_{lag}": total.shift(lag) for lag in range(LAG_COUNT)}
    for window in WINDOWS:
        recent = total.rolling(window, min_periods=window // 2)
        columns[f"mean_{window}"] = recent.mean()
        columns[f"std_{window}"] = recent.std()
    for cause in CAUSES:
        columns[f"{cause}_mean_7"] = days[cause].astype("float64").rolling(7, min_periods=3).mean()
    columns["same_weekday"] = same_weekday(days, horizon)
    return pd.DataFrame(columns | _calendar(days.index, horizon))


def same_weekday(days: pd.DataFrame, horizon: int) -> pd.Series:
    """The latest known count on the weekday of the target: the forecast to beat."""
    weeks_back = -(-horizon // 7)
    return days["total"].astype("float64").shift(7 * weeks_back - horizon)


def target(days: pd.DataFrame, horizon: int) -> pd.Series:
    """The count `horizon` days after each day."""
    return days["total"].astype("float64").shift(-horizon)


def known_rows(days: pd.DataFrame, horizon: int) -> tuple[pd.DataFrame, pd.Series]:
    """The features and targets to learn from: after the warm-up, target known."""
    inputs, outcome = features(days, horizon), target(days, horizon)
    usable = outcome.notna().to_numpy().copy()
    usable[: max(WINDOWS)] = False
    return inputs[usable], outcome[usable]


def folds(row_count: int, horizon: int, fold_count: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Train and test positions, always training on the past of the test.

    The gap keeps back the rows whose target lies after the first test origin.
    Rows are left out where days are missing, so `horizon - 1` rows span at
    least as many days.
    """
    positions = np.arange(row_count)
    return TimeSeriesSplit(n_splits=fold_count, gap=horizon - 1).split(positions)


def estimators(trees: int, seed: int) -> dict[str, object]:
    """The models to compare, not yet fitted, each on one core."""
    return {
        "ridge": make_pipeline(
            SimpleImputer(strategy="median"), StandardScaler(), RidgeCV(np.logspace(-1, 4, 11))
        ),
        "random forest": RandomForestRegressor(
            n_estimators=trees,
            min_samples_leaf=3,
            max_features=0.5,
            oob_score=True,
            random_state=seed,
            n_jobs=1,
        ),
        "histogram boosting": HistGradientBoostingRegressor(
            max_iter=trees,
            learning_rate=0.04,
            max_leaf_nodes=15,
            early_stopping=False,
            random_state=seed,
        ),
    }


def _calendar(index: pd.DatetimeIndex, horizon: int) -> dict[str, pd.Series]:
    ahead = index + pd.Timedelta(days=horizon)
    season = 2 * np.pi * ahead.day_of_year / 365.25
    columns = {"year_sin": np.sin(season), "year_cos": np.cos(season)}
    columns |= {f"weekday_{day}": (ahead.day_of_week == day).astype("float64") for day in range(7)}
    return {name: pd.Series(np.asarray(values), index=index) for name, values in columns.items()}
