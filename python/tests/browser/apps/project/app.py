"""An app on a Supabase project, whose visitors sign in by the panel."""

import streamlit as st

import stillroom.streamlit as sr

page = sr.page("training", session_keys=["residuals"])
if st.button("Train"):
    page["forecast"] = 210.5
    st.session_state["residuals"] = [0.5, -0.25]
st.button("Sign out", on_click=sr.sign_out)
st.metric("Forecast", page.get("forecast", "none"))
st.metric("Residuals", len(st.session_state.get("residuals", [])))
page.panel()
