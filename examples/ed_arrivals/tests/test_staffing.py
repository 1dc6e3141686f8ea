"""What a plan promises: nurses for what is expected, and an honest look at the past."""

import pandas as pd
import pytest

import arrivals
import staffing
import training


@pytest.fixture(scope="module")
def days() -> pd.DataFrame:
    return arrivals.load_days("Puerto Montt")


def models_that_say(visits: float) -> dict:
    """Models of every horizon, all of one opinion."""

    class Model:
        def predict(self, inputs):
            return [visits] * len(inputs)

    return {("ridge", horizon): Model() for horizon in training.RunConfig("").horizons}


def test_week_begins_the_day_after_the_last_known_one(days):
    expected = staffing.expected_visits(days, None)

    assert list(expected.index) == list(pd.date_range(days.index[-1], periods=8, freq="D")[1:])


def test_weekday_is_expected_to_be_as_it_was_in_the_last_eight_weeks(days):
    expected = staffing.expected_visits(days, None)

    mondays = days["total"].tail(56).astype("float64")[lambda past: past.index.day_of_week == 0]
    assert expected[expected.index.day_of_week == 0].tolist() == [mondays.mean()]


def test_models_say_the_level_and_the_weekdays_the_shape(days):
    alone = staffing.expected_visits(days, None)

    with_models = staffing.expected_visits(days, models_that_say(500.0))

    assert (with_models / alone).std() == pytest.approx(0)
    assert with_models.mean() == pytest.approx(500, rel=0.1)


@pytest.mark.parametrize(
    ("visits", "reserve", "nurses"),
    [(80.0, 0, 10), (81.0, 0, 11), (80.0, 10, 11), (0.0, 50, 0)],
    ids=["just enough", "one more", "the reserve", "nobody comes"],
)
def test_nurses_are_enough_for_the_visits_and_the_reserve(visits, reserve, nurses):
    expected = pd.Series([visits], pd.to_datetime(["2026-04-11"]))

    assert staffing.plan(expected, 8, reserve)["nurses"].tolist() == [nurses]


def test_more_reserve_takes_more_shifts_and_leaves_fewer_days_short(days):
    expected = staffing.expected_visits(days, None)

    lean, ample = (
        staffing.key_figures(staffing.plan(expected, 8, reserve), days, 8) for reserve in (0, 30)
    )

    assert lean["shifts"] < ample["shifts"]
    assert lean["days short"] > ample["days short"] == 0


def test_day_that_is_missing_is_not_called_short(days):
    planned = staffing.plan(staffing.expected_visits(days, None), 8, 0)

    figures = staffing.key_figures(planned, days, visits_per_nurse=0)

    assert days["total"].tail(56).isna().sum() == 1
    assert figures["days short"] == 55
