"""Shows what it finds of a forecast and its metrics, with the panel under it."""

import streamlit as st

import stillroom.streamlit as sr

page = sr.page("train_models", title="Train models")
st.title("Train models")
if st.button("Train"):
    page["forecast"] = [1.0, 2.5, 4.0]
if "forecast" in page:
    st.metric("Rows", len(page["forecast"]))
if "metrics" in page:
    st.metric("RMSE", page["metrics"]["rmse"])
page.panel()
