"""Shows the data as it came: what is there, and what is missing."""

import streamlit as st

import arrivals
import charts

st.title("Load data")
st.caption("Daily emergency-department visits of two public hospitals in Chile.")

hospital = st.segmented_control(
    "Hospital", arrivals.HOSPITALS, default=arrivals.HOSPITALS[0], required=True
)
days = arrivals.load_days(hospital)
total = days["total"]

with st.container(horizontal=True):
    st.metric("Days", f"{total.count():,}", border=True)
    st.metric("Missing days", f"{total.isna().sum()}", border=True)
    st.metric("Visits a day", f"{total.mean():.0f}", border=True)

st.subheader("Visits per week")
weekly = total.to_frame("Visits").resample("W").sum(min_count=7)
charts.lines(weekly, date_format="%Y", from_zero=True)
st.caption("Weeks with a missing day are left out.")

st.subheader("Latest days")
st.dataframe(
    days.rename(columns=str.capitalize).tail(14).iloc[::-1].reset_index(),
    hide_index=True,
    height="content",
    placeholder="–",
    column_config={"date": st.column_config.DateColumn("Day", format="ddd, D MMM YYYY")},
)
st.caption(
    "Source: DEIS, Ministerio de Salud de Chile, open data “Atenciones de Urgencia”, "
    "a subset for teaching."
)
