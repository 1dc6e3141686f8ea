"""A page with a result so large that people see it being loaded.

By a click, by itself at the top, or where the page reads it; the address says which.
"""

import standstill
import streamlit as st

import stillroom.streamlit as sr

standstill.arrange()
by = st.query_params["by"]
page = sr.page(
    "training",
    session_keys=[] if by == "reading" else ["forecast"],
    max_auto_mb=1 if by == "click" else 1_000,
)
value = page["forecast"] if by == "reading" else st.session_state.get("forecast")
st.metric("Bytes", 0 if value is None else len(value))
looks = st.session_state.setdefault("looks", [])
st.button("Look", on_click=looks.append, args=(1,))
st.text(f"Looked {len(looks)} times")
page.panel()
