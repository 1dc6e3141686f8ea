"""Plans nurses for the coming week. A plan is kept when somebody presses Save.

It lives on `st.session_state`, as many apps do: a line before the widgets brings back
what was saved, and the last one offers to save what changed. People try several plans
and keep the one they mean, so nothing here is saved by itself.
"""

from typing import Any

import pandas as pd
import streamlit as st

import arrivals
import kept
import staffing

RESERVES = (0, 10, 20, 30)
EXPECTED = "Expected visits are the means of each weekday over the last eight weeks"
LEVELS = {
    "weekdays": f"{EXPECTED}.",
    "models": f"{EXPECTED}, at the level that the trained models expect.",
}


def main() -> None:
    page = kept.plans()
    st.title("Plan staffing")
    st.caption("Nurses for the coming week, and how often that would have been too few.")
    hospital = st.segmented_control(
        "Hospital", arrivals.HOSPITALS, default=arrivals.HOSPITALS[0], required=True
    )
    visits = st.slider("Visits per nurse and shift", 4, 16, 8)
    reserve = st.segmented_control(
        "Reserve", RESERVES, default=10, required=True, format_func=lambda share: f"{share}%"
    )
    if st.button("Plan the week", icon=":material/calendar_month:", type="primary"):
        plan_week(hospital, visits, reserve)
    if all(key in st.session_state for key in kept.PLANNED):
        show_plan(st.session_state["staffing"], st.session_state["key_figures"])
    page.panel()


def plan_week(hospital: str, visits_per_nurse: int, reserve: int) -> None:
    days, models = arrivals.load_days(hospital), kept.models(hospital)
    expected = staffing.expected_visits(days, models)
    planned = staffing.plan(expected, visits_per_nurse, reserve)
    st.session_state["staffing"] = planned
    st.session_state["key_figures"] = staffing.key_figures(planned, days, visits_per_nurse) | {
        "hospital": hospital,
        "visits per nurse": visits_per_nurse,
        "reserve": reserve,
        "level": "weekdays" if models is None else "models",
    }


def show_plan(planned: pd.DataFrame, figures: dict[str, Any]) -> None:
    first = planned.index[0]
    st.subheader(f"The week from {first.day} {first:%B}")
    st.caption(
        f"{figures['hospital']} · {figures['visits per nurse']} visits per nurse and shift · "
        f"{figures['reserve']}% reserve"
    )
    with st.container(horizontal=True):
        st.metric("Shifts", figures["shifts"], border=True)
        st.metric("Visits per shift", f"{figures['visits per shift']:.1f}", border=True)
        st.metric(
            "Days short",
            figures["days short"],
            help="Days of the last eight weeks with more visits than these nurses can see",
            border=True,
        )
    if planned["nurses"].sum() != figures["shifts"]:
        # Versions are loaded one result at a time.
        st.caption("The table is of another plan. Load the same version of both, or plan again.")
    number = st.column_config.NumberColumn
    st.dataframe(
        planned.rename_axis("day").reset_index(),
        hide_index=True,
        height="content",
        column_config={
            "day": st.column_config.DateColumn("Day", format="ddd, D MMM YYYY"),
            "visits": number("Expected visits", format="%.0f"),
            "nurses": number("Nurses"),
        },
    )
    st.caption(LEVELS[figures["level"]])
    if figures["level"] == "weekdays":
        st.page_link(
            "app_pages/train_models.py", label="Train models", icon=":material/model_training:"
        )


main()
