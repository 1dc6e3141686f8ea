"""Two page files on one page of results: one defines the class, the other lacks it."""

import streamlit as st

st.navigation([st.Page("app_pages/training.py"), st.Page("app_pages/report.py")]).run()
