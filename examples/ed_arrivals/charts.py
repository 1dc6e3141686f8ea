"""Line charts in the colours of the theme, with gaps where a value is missing."""

from __future__ import annotations

import altair as alt
import pandas as pd
import streamlit as st


def lines(frame: pd.DataFrame, *, date_format: str = "%-d %b", from_zero: bool = False) -> None:
    """Draw each column over the days of the index, named in a legend below."""
    # A chart places a time by the browser's clock; without its zone a day stays that day.
    tidy = frame.tz_localize(None).rename_axis("day").reset_index()
    tidy = tidy.melt("day", var_name="line", value_name="visits").astype({"visits": "Float64"})
    chart = (
        alt.Chart(tidy)
        .mark_line()
        .encode(
            alt.X("day:T", title=None, axis=alt.Axis(format=date_format, tickCount=6)),
            alt.Y("visits:Q", title="Visits", scale=alt.Scale(zero=from_zero)),
            alt.Color("line:N", title=None, sort=list(frame.columns), legend=_legend(frame)),
        )
    )
    st.altair_chart(chart, height=300)


def _legend(frame: pd.DataFrame) -> alt.Legend | None:
    return alt.Legend(orient="bottom") if frame.shape[1] > 1 else None
