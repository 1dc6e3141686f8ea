"""Trains twelve models and keeps everything about them in one step.

Inside the spinner there is a single line and no `st.*` call. If the tab is
closed now, the training still ends, and its results are still kept.
"""

from contextlib import suppress

import stillroom
import streamlit as st

import arrivals
import kept
import training

TREES = {"Full": 240, "Quick": 24}

page = kept.results()

st.title("Train models")
st.caption("Ridge, random forest and histogram boosting, 1, 3, 7 and 14 days ahead.")

hospital = st.selectbox("Hospital", arrivals.HOSPITALS)
size = st.segmented_control("Size", list(TREES), default="Full", required=True)
st.caption(
    "About half a minute of work. You can close this tab."
    if size == "Full"
    else "A few seconds, with a tenth of the trees."
)

if st.button("Train", icon=":material/play_arrow:", type="primary"):
    # Where they can't be saved they are in this tab, and the panel says so.
    with st.spinner("Training 12 models", show_time=True), suppress(stillroom.StillroomError):
        page.update(training.run(training.RunConfig(hospital, trees=TREES[size])))

with kept.told_by_the_panel():
    if "config" in page:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f"12 models are trained for {page['config'].hospital}.")
            st.page_link("app_pages/results.py", label="Results", icon=":material/monitoring:")

page.panel()
