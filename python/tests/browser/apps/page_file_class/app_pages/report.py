"""Reads the same results without the class; nothing here may fail for it but its key."""

import streamlit as st

import stillroom.streamlit as sr

page = sr.page("training", session_keys=["config", "rmse"])
if "rmse" in st.session_state:
    st.metric("RMSE", st.session_state["rmse"])
page.panel()
