"""Computes into the session, as such pages do; two calls keep it between visits."""

import streamlit as st

from app_core import smoothing
from app_core.ui.results_storage_ui import auto_load_if_available, render_results_storage_panel

PAGE = "Train models"

auto_load_if_available(PAGE)

st.title(PAGE)
weight = st.slider("Weight of the latest day", 0.05, 0.95, 0.30, 0.05)

if st.button("Train", icon=":material/play_arrow:", type="primary"):
    series = smoothing.arrivals(day_count=365, seed=11)
    st.session_state["ml_mh_results"] = smoothing.train(series, weight)
    st.session_state["ml_mh_settings"] = {"weight": weight, "horizons": smoothing.HORIZONS}

results = st.session_state.get("ml_mh_results")
if results is not None:
    with st.container(horizontal=True):
        for horizon, mae in results["mae"].items():
            st.metric(f"Days ahead: {horizon}", f"± {mae:.2f}", border=True)
    st.line_chart(results["smoothed"].tail(90), height=260)

render_results_storage_panel(
    page_type="train_models",
    page_title=PAGE,
    custom_keys=["ml_mh_results", "ml_mh_settings"],
)
