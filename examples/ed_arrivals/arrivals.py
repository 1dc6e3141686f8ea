"""Reads the daily emergency-department visits that the demo forecasts.

Nothing here knows about models or screens. Days that the source does not have
stay missing: filling them would let tomorrow leak into yesterday.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd

SOURCE = Path(__file__).parent / "data" / "ed_visits.csv"
HOSPITALS = ("Puerto Montt", "Frutillar")
COUNTS = ("total", "respiratory", "circulatory", "trauma", "diarrhoea")
TIME_ZONE = "America/Santiago"
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def load_days(hospital: str, source: Path = SOURCE) -> pd.DataFrame:
    """Visits per day of one hospital, on an unbroken daily index.

    Returns
    -------
    DataFrame
        Index of days without time zone; the columns of `COUNTS` as nullable
        integers, missing where the source has no row for the day.
    """
    visits = pd.read_csv(source, parse_dates=["date"])
    days = visits.loc[visits["hospital"] == hospital].set_index("date")
    if days.empty:
        raise ValueError(f"no visits for hospital `{hospital}`")
    return days[list(COUNTS)].astype("Int64").asfreq("D")


def local_midnights(days: pd.DatetimeIndex) -> pd.DatetimeIndex:
    """The start of each day where the hospitals stand.

    Chile sets its clocks forward at midnight, so one day a year begins at 01:00.
    """
    return days.tz_localize(TIME_ZONE, nonexistent="shift_forward")


def weekday_names(days: pd.DatetimeIndex) -> pd.Categorical:
    """The weekday of each day, in the order of the week."""
    return pd.Categorical.from_codes(days.day_of_week.to_numpy(), categories=WEEKDAYS, ordered=True)
