"""Keeps a dataclass that is written in this file, and so made anew at every run."""

from dataclasses import dataclass

import streamlit as st

import stillroom.streamlit as sr


@dataclass
class RunConfig:
    trees: int

    def text(self) -> str:
        return f"{self.trees} trees"


page = sr.page("training", session_keys=["config", "rmse"], types=[RunConfig])
if st.button("Train"):
    st.session_state["config"] = RunConfig(trees=240)
    st.session_state["rmse"] = 1.25
if "config" in st.session_state:
    st.metric("Config", st.session_state["config"].text())
page.panel()
