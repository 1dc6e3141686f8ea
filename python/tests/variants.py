"""What this environment has: pandas 2.2 and 3 name strings and zones differently, and pyarrow may be absent.

A table of cases is built from what is here, so that no line of it is ever skipped.
"""

import datetime as dt
import importlib.util
import zoneinfo

import numpy as np
import pandas as pd

IS_PANDAS_3 = int(pd.__version__.split(".")[0]) >= 3
HAS_ALTAIR, HAS_PLOTLY, HAS_POLARS, HAS_SCIPY, HAS_XARRAY = (
    importlib.util.find_spec(name) is not None
    for name in ("altair", "plotly", "polars", "scipy", "xarray")
)
HAS_LIBRARIES = HAS_ALTAIR and HAS_PLOTLY and HAS_POLARS and HAS_SCIPY and HAS_XARRAY
HAS_PYARROW = importlib.util.find_spec("pyarrow") is not None
HAS_PYTZ = importlib.util.find_spec("pytz") is not None


def string_dtypes() -> dict[str, pd.StringDtype]:
    """Every kind of string dtype that can be made here, by storage and missing value."""
    dtypes = {"python, NA": pd.StringDtype("python")}
    if HAS_PYARROW:
        dtypes["pyarrow, NA"] = pd.StringDtype("pyarrow")
    if IS_PANDAS_3:
        dtypes["python, NaN"] = pd.StringDtype("python", na_value=np.nan)
    if IS_PANDAS_3 and HAS_PYARROW:
        dtypes["pyarrow, NaN"] = pd.StringDtype("pyarrow", na_value=np.nan)
    if not IS_PANDAS_3 and HAS_PYARROW:
        dtypes["pyarrow, NaN"] = pd.StringDtype("pyarrow_numpy")
    return dtypes


def zones() -> dict[str, dt.tzinfo]:
    """Every kind of time zone that can be made here."""
    kinds: dict[str, dt.tzinfo] = {
        "utc": dt.UTC,
        "zoneinfo UTC": zoneinfo.ZoneInfo("UTC"),
        "zoneinfo": zoneinfo.ZoneInfo("Europe/Paris"),
        "fixed": dt.timezone(dt.timedelta(hours=-9, minutes=-30)),
        "fixed by the second": dt.timezone(dt.timedelta(seconds=561)),
        "fixed with a name": dt.timezone(dt.timedelta(hours=1), "CET"),
    }
    if HAS_PYTZ:
        import pytz

        kinds["pytz"] = pytz.timezone("America/Santiago")
        kinds["pytz UTC"] = pytz.UTC
        kinds["pytz fixed"] = pytz.FixedOffset(-150)
    return kinds


STRING_DTYPES = string_dtypes()
ZONES = zones()
