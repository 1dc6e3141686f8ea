"""Forecasts emergency-department arrivals and keeps what took long to compute.

Run with `streamlit run app.py`. This file only routes; each screen is a file
in `app_pages/`, and nothing there is needed to train.
"""

import logging

import streamlit as st

# The server log says when a training runs, so that its absence can be seen too.
logging.basicConfig(format="%(asctime)s %(name)s: %(message)s")
logging.getLogger("ed_arrivals").setLevel(logging.INFO)

st.set_page_config(page_title="Emergency arrivals", page_icon=":material/emergency:")

screen = st.navigation(
    [
        st.Page("app_pages/load_data.py", title="Load data", icon=":material/database:"),
        st.Page(
            "app_pages/train_models.py", title="Train models", icon=":material/model_training:"
        ),
        st.Page("app_pages/results.py", title="Results", icon=":material/monitoring:"),
        st.Page(
            "app_pages/plan_staffing.py", title="Plan staffing", icon=":material/calendar_month:"
        ),
    ]
)
screen.run()
