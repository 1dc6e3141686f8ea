"""What the demo promises about its forecasts: above all, nothing from the future."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

import arrivals
import forecasting
import training

HORIZONS = (1, 3, 7, 14)


@pytest.fixture(scope="module")
def days() -> pd.DataFrame:
    return arrivals.load_days("Puerto Montt")


@pytest.fixture(scope="module")
def results() -> dict:
    return training.run(training.RunConfig("Frutillar", trees=40, folds=3))


def test_missing_days_stay_missing(days):
    assert days.index.freqstr == "D"
    assert days["total"].isna().sum() == 4


def test_unknown_hospital_is_refused():
    with pytest.raises(ValueError, match="no visits for hospital `Valdivia`"):
        arrivals.load_days("Valdivia")


def test_days_start_where_the_hospitals_stand():
    spring = arrivals.local_midnights(pd.date_range("2025-09-06", periods=2))

    assert [str(moment) for moment in spring] == [
        "2025-09-06 00:00:00-04:00",
        "2025-09-07 01:00:00-03:00",
    ]


@pytest.mark.parametrize("horizon", HORIZONS)
def test_features_do_not_see_the_future(days, horizon):
    cut = 900
    changed = days.copy()
    changed.iloc[cut + 1 :] = 0

    before = forecasting.features(days, horizon).iloc[: cut + 1]
    after = forecasting.features(changed, horizon).iloc[: cut + 1]

    pd.testing.assert_frame_equal(before, after)


@pytest.mark.parametrize("horizon", HORIZONS)
def test_target_is_the_count_that_many_days_later(days, horizon):
    origin = pd.Timestamp("2024-03-01")

    later = days["total"][origin + pd.Timedelta(days=horizon)]

    assert forecasting.target(days, horizon)[origin] == later


@pytest.mark.parametrize("horizon", HORIZONS)
def test_same_weekday_is_the_latest_known_one(days, horizon):
    origin = pd.Timestamp("2024-03-01")
    weekday = (origin + pd.Timedelta(days=horizon)).weekday()
    known = days["total"][:origin]

    latest = known[known.index.day_of_week == weekday].iloc[-1]

    assert forecasting.same_weekday(days, horizon)[origin] == latest


@pytest.mark.parametrize("horizon", HORIZONS)
def test_folds_train_only_on_targets_known_at_the_first_test_origin(days, horizon):
    inputs, _ = forecasting.known_rows(days, horizon)

    for train, test in forecasting.folds(len(inputs), horizon, fold_count=5):
        last_target = inputs.index[train[-1]] + pd.Timedelta(days=horizon)
        assert last_target <= inputs.index[test[0]]


def test_a_run_keeps_one_of_each_awkward_kind(results):
    predictions, metrics = results["predictions"], results["metrics"]

    assert str(predictions.index.tz) == arrivals.TIME_ZONE
    assert predictions["observed"].dtype == "Int64" and predictions["observed"].hasnans
    assert predictions["weekday"].dtype == "category"
    assert predictions["ridge, 1 d"].dtype == np.float32
    assert list(metrics) == [(name, horizon) for horizon in HORIZONS for name in training.MODELS]
    assert np.isnan(metrics["ridge", 1]["out_of_bag"])
    assert len(results["models"]) == 12
    assert results["residuals"].shape == (3, 4, 1927)
    assert results["surprises"] and all(type(day) is date for day in results["surprises"])


def test_every_model_beats_the_same_weekday(results):
    gains = {key: scores["gain"] for key, scores in results["metrics"].items()}

    assert min(gains.values()) > 0, gains


def test_residuals_are_observed_minus_predicted(results):
    predictions = results["predictions"]
    observed = predictions["observed"].to_numpy(dtype="float64", na_value=np.nan)

    residuals = results["residuals"][2, 1, -len(predictions) :]

    expected = observed - predictions["histogram boosting, 3 d"].to_numpy()
    np.testing.assert_allclose(residuals, expected, atol=1e-4)


def test_next_days_follow_the_last_known_day(results):
    days = arrivals.load_days("Frutillar")

    table = training.next_days(results["models"], days)

    assert list(table.index - days.index[-1]) == [pd.Timedelta(days=h) for h in HORIZONS]
    assert list(table.columns) == list(training.MODELS)
