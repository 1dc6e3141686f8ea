"""A page of results in the session, with a panel or without: `panel.py COUNT with|without`."""

import sys

import numpy as np
import streamlit as st

count, panel = int(sys.argv[1]), sys.argv[2]
KEYS = [f"result_{number:04}" for number in range(count)]
page = None
if panel == "with":
    import stillroom.streamlit as sr

    page = sr.page("bench", title="Bench", session_keys=KEYS)

for number, key in enumerate(KEYS):
    if key not in st.session_state:
        st.session_state[key] = np.arange(1000.0) + number

st.title("Bench")
st.slider("Weight", 0, 9)
st.metric("Results", sum(key in st.session_state for key in KEYS))
if page is not None:
    page.panel()
