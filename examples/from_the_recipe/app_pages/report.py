"""Reads what another page kept, by asking the service for it."""

import streamlit as st

from app_core.data.results_storage_service import get_storage_service

st.title("Report")

results = get_storage_service().load_results("Train models", "ml_mh_results")
if results is None:
    st.caption("Nothing is kept yet. Train on the other page first.")
else:
    st.caption(f"Trained with a weight of {results['weight']:.2f} for the latest day.")
    st.dataframe(
        {"Days ahead": list(results["mae"]), "Mean error": list(results["mae"].values())},
        hide_index=True,
        column_config={"Mean error": st.column_config.NumberColumn(format="%.2f")},
    )
