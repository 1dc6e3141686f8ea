"""A small app in the shape of the recipe: pages, `app_core/`, results kept by name."""

import streamlit as st

st.set_page_config(page_title="From the recipe", page_icon=":material/receipt_long:")
st.navigation(
    [
        st.Page(
            "app_pages/train_models.py", title="Train models", icon=":material/model_training:"
        ),
        st.Page("app_pages/report.py", title="Report", icon=":material/description:"),
    ]
).run()
