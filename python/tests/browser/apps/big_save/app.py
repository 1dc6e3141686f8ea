"""A page whose result is so large that it is killed while it saves it.

`standstill` keeps the save from ending before that, whatever the disk can do.
"""

import numpy as np
import standstill
import streamlit as st

import stillroom.streamlit as sr

BYTES = 300 * 2**20

standstill.arrange()
page = sr.page("training", session_keys=["forecast"], max_auto_mb=1_000)
if st.button("Train"):
    st.session_state["forecast"] = np.random.default_rng(7).bytes(BYTES)
if st.button("Train and wait"):
    page["forecast"] = np.random.default_rng(7).bytes(BYTES)
if "forecast" in st.session_state:
    st.metric("Bytes", len(st.session_state["forecast"]))
page.panel()
