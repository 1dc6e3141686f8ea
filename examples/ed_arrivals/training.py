"""One training run: twelve models fitted, judged on the past, and gathered.

No Streamlit in here. Streamlit stops a script whose tab is gone at its next
`st.*` call, so a run that never makes one is finished and kept all the same.
"""

from __future__ import annotations

import itertools
import logging
import time
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
from sklearn.base import clone
from threadpoolctl import threadpool_limits

import arrivals
import digests
import forecasting

log = logging.getLogger("ed_arrivals")
_run_numbers = itertools.count(1)

MODELS = ("ridge", "random forest", "histogram boosting")
SURPRISE = 2.5
"""How many times its usual error (RMSE) every model must miss a day by."""


@dataclass(frozen=True)
class RunConfig:
    """What a run was asked to do: the same config and data give the same results."""

    hospital: str
    trees: int = 240
    folds: int = 5
    horizons: tuple[int, ...] = (1, 3, 7, 14)
    seed: int = 7


def run(config: RunConfig) -> dict[str, Any]:
    """Train once, on one core, and return every value worth keeping by its key."""
    number = next(_run_numbers)
    log.info("training run %d started: %s", number, config.hospital)
    began = time.monotonic()
    days = arrivals.load_days(config.hospital)
    # A busy machine makes several OpenMP threads wait for each other far longer
    # than they compute; one thread is also what a small server has.
    with threadpool_limits(limits=1):
        results = _results(config, days)
    log.info("training run %d finished in %.1f s", number, time.monotonic() - began)
    digests.log_all("trained", results)
    return results


def next_days(models: dict[tuple[str, int], Any], days: pd.DataFrame) -> pd.DataFrame:
    """What the fitted models expect after the last known day, one row per horizon."""
    rows: dict[pd.Timestamp, dict[str, float]] = {}
    for (name, horizon), model in models.items():
        latest = forecasting.features(days, horizon).tail(1)
        ahead = latest.index[0] + pd.Timedelta(days=horizon)
        rows.setdefault(ahead, {})[name] = float(model.predict(latest)[0])
    return pd.DataFrame.from_dict(rows, orient="index").sort_index()


def _results(config: RunConfig, days: pd.DataFrame) -> dict[str, Any]:
    models, metrics, predicted = {}, {}, {}
    for horizon in config.horizons:
        inputs, outcome = forecasting.known_rows(days, horizon)
        naive = forecasting.same_weekday(days, horizon)[inputs.index]
        for name, blank in forecasting.estimators(config.trees, config.seed).items():
            past = _predict_past(blank, inputs, outcome, horizon, config.folds)
            model = clone(blank).fit(inputs, outcome)
            models[name, horizon] = model
            metrics[name, horizon] = _judge(model, past, outcome, naive)
            predicted[name, horizon] = past.shift(horizon, freq="D").reindex(days.index)
    residuals = _residuals(days, predicted, config)
    return {
        "predictions": _prediction_frame(days, predicted),
        "metrics": metrics,
        "models": models,
        "residuals": residuals,
        "config": config,
        "surprises": _surprises(days, residuals[:, 0, :]),
    }


def _predict_past(
    blank: Any, inputs: pd.DataFrame, outcome: pd.Series, horizon: int, fold_count: int
) -> pd.Series:
    """Predictions for rows the model had not seen, NaN before the first fold."""
    past = pd.Series(np.nan, index=inputs.index)
    for train, test in forecasting.folds(len(inputs), horizon, fold_count):
        model = clone(blank).fit(inputs.iloc[train], outcome.iloc[train])
        past.iloc[test] = model.predict(inputs.iloc[test])
    return past


def _judge(
    model: Any, past: pd.Series, outcome: pd.Series, naive: pd.Series
) -> dict[str, np.generic]:
    judged = past.notna() & naive.notna()
    error, naive_error = (outcome - past)[judged], (outcome - naive)[judged]
    mae, naive_mae = error.abs().mean(), naive_error.abs().mean()
    return {
        "mae": np.float64(mae),
        "rmse": np.float64(np.sqrt((error**2).mean())),
        "gain": np.float32(1 - mae / naive_mae),
        # Only a forest has an out-of-bag score; the others have none, which is not 0.
        "out_of_bag": np.float64(getattr(model, "oob_score_", np.nan)),
        "days": np.int64(judged.sum()),
    }


def _prediction_frame(
    days: pd.DataFrame, predicted: dict[tuple[str, int], pd.Series]
) -> pd.DataFrame:
    columns: dict[str, Any] = {
        "observed": days["total"],
        "weekday": pd.Series(arrivals.weekday_names(days.index), index=days.index),
    }
    for (name, horizon), past in predicted.items():
        columns[column_name(name, horizon)] = past.astype("float32")
    frame = pd.DataFrame(columns)
    first = frame.drop(columns=["observed", "weekday"]).first_valid_index()
    frame = frame.loc[first:]
    return frame.set_index(arrivals.local_midnights(frame.index).rename("day"))


def column_name(name: str, horizon: int) -> str:
    """The column of `predictions` that holds a model's forecasts for a horizon."""
    return f"{name}, {horizon} d"


def _residuals(
    days: pd.DataFrame, predicted: dict[tuple[str, int], pd.Series], config: RunConfig
) -> np.ndarray:
    """Observed minus predicted, by model, horizon and day; NaN where either is missing."""
    observed = days["total"].astype("float64").to_numpy(na_value=np.nan)
    residuals = np.empty((len(MODELS), len(config.horizons), len(days)))
    for row, name in enumerate(MODELS):
        for column, horizon in enumerate(config.horizons):
            residuals[row, column] = observed - predicted[name, horizon].to_numpy()
    return residuals


def _surprises(days: pd.DataFrame, residuals: np.ndarray) -> set[date]:
    """Days that every model missed by far at the shortest horizon."""
    usual = np.sqrt(np.nanmean(residuals**2, axis=1, keepdims=True))
    far = (np.abs(residuals) > SURPRISE * usual).all(axis=0)
    return {day.date() for day in days.index[far]}
