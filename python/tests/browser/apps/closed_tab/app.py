"""A page whose training lasts exactly as long as the test wants.

`release` is a FIFO: opening it to read blocks until the test opens it to write.
"""

from pathlib import Path

import streamlit as st

import stillroom.streamlit as sr


def train() -> dict[str, float]:
    print("training started", flush=True)
    Path("release").read_bytes()
    return {"arrivals": 210.5}


page = sr.page("training")
if "forecast" in page:
    st.metric("Arrivals", page["forecast"]["arrivals"])
elif st.button("Train"):
    try:
        page["forecast"] = train()
        st.caption("Trained.")  # Here Streamlit stops a script whose tab is gone.
        print("the script went on", flush=True)
    finally:
        print("training ended", flush=True)
