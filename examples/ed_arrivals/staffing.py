"""How many nurses the coming week needs, and how often that would have been too few.

Pure, like `forecasting`: series and numbers in, a table and a dict of numbers out. A
nurse works one shift a day; what happens within a day is not in the data.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

import training

WEEKS_LOOKED_AT = 8


def expected_visits(days: pd.DataFrame, models: Mapping[tuple[str, int], Any] | None) -> pd.Series:
    """Visits on each of the next seven days.

    The mean of the same weekday over the last weeks. With models, at the level that
    they expect: each of them speaks of a few days, all of them together of a level.
    """
    past = _looked_at(days)
    ahead = pd.date_range(days.index[-1], periods=15, freq="D")[1:]
    usual = past.groupby(past.index.day_of_week).mean()[ahead.day_of_week].set_axis(ahead)
    if models is not None:
        said = training.next_days(dict(models), days).median(axis=1)
        usual *= (said / usual).mean()
    return usual.head(7).rename("visits")


def plan(expected: pd.Series, visits_per_nurse: int, reserve: int) -> pd.DataFrame:
    """The nurses of each day: for all expected visits, and `reserve` per cent more."""
    nurses = np.ceil(expected * (1 + reserve / 100) / visits_per_nurse).astype("int64")
    return pd.DataFrame({"visits": expected, "nurses": nurses})


def key_figures(planned: pd.DataFrame, days: pd.DataFrame, visits_per_nurse: int) -> dict[str, Any]:
    """What a plan takes, and on how many of the last days it would have been too few."""
    past, nurses = _looked_at(days).dropna(), planned["nurses"]
    room = nurses.groupby(nurses.index.day_of_week).sum() * visits_per_nurse
    is_short = past > room[past.index.day_of_week].to_numpy()
    return {
        "shifts": int(nurses.sum()),
        "days short": int(is_short.sum()),
        "visits per shift": round(float(planned["visits"].sum() / nurses.sum()), 2),
    }


def _looked_at(days: pd.DataFrame) -> pd.Series:
    return days["total"].astype("float64").tail(7 * WEEKS_LOOKED_AT)
