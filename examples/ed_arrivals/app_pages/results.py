"""Shows what the last training found, from kept values alone.

Nothing is trained here. After a restart of the server this screen is complete
because every value on it comes from the store.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from typing import Any

import pandas as pd
import streamlit as st

import arrivals
import charts
import digests
import kept
import training

RECENT_DAYS = 120
DAY = st.column_config.DateColumn("Day", format="ddd, D MMM YYYY")
Metrics = dict[tuple[str, int], dict[str, float]]


def main() -> None:
    page = kept.results()
    st.title("Results")
    with kept.told_by_the_panel():
        if "config" in page:
            show_run(page)
        else:
            show_way_to_training()
        if "forecast" in page:
            show_notebook_forecast(page["forecast"])
    page.panel()


def show_way_to_training() -> None:
    st.caption("Nothing is trained yet.")
    st.page_link(
        "app_pages/train_models.py", label="Train models", icon=":material/model_training:"
    )


@kept.told_by_the_panel()
def show_run(page: Mapping[str, Any]) -> None:
    config, metrics = page["config"], page["metrics"]
    st.caption(
        f"{config.hospital} · {config.trees} trees · {config.folds} folds · seed {config.seed}"
    )
    # Each part by itself: a result that can't be opened takes no other one with it.
    with part("Best at each horizon"):
        show_best(metrics, config.horizons)
    with part("Forecast and observed"):
        show_chart(page["predictions"], metrics, config.horizons)
    with part("All twelve models"):
        show_metrics(metrics)
    with part("Next days"):
        show_next_days(page["models"], config.hospital)
    with part("Surprising days"):
        show_surprises(page["predictions"], page["surprises"], metrics)
    with st.expander("Fingerprints", icon=":material/fingerprint:"), kept.told_by_the_panel():
        show_fingerprints(page)


@contextmanager
def part(heading: str) -> Iterator[None]:
    """A heading, and what is under it if that can be had."""
    st.subheader(heading)
    with kept.told_by_the_panel():
        yield


def show_best(metrics: Metrics, horizons: tuple[int, ...]) -> None:
    with st.container(horizontal=True):
        for horizon in horizons:
            name = best_model(metrics, horizon)
            best = metrics[name, horizon]
            st.metric(
                days_ahead(horizon),
                f"± {best['mae']:.1f}",
                help=f"Mean absolute error of {name}, in visits a day",
                delta=f"{best['gain']:.0%}",
                border=True,
            )
    st.caption("Mean absolute error in visits a day, and its gain over repeating the same weekday.")


def show_chart(predictions: pd.DataFrame, metrics: Metrics, horizons: tuple[int, ...]) -> None:
    horizon = st.segmented_control("Days ahead", horizons, default=horizons[0], required=True)
    name = best_model(metrics, horizon)
    shown = {training.column_name(name, horizon): name.capitalize(), "observed": "Observed"}
    charts.lines(predictions[list(shown)].tail(RECENT_DAYS).rename(columns=shown))
    st.caption(f"The last {RECENT_DAYS} days, each predicted from the days before it only.")


def show_metrics(metrics: Metrics) -> None:
    table = pd.DataFrame(
        {"model": name.capitalize(), "horizon": horizon} | scores
        for (name, horizon), scores in metrics.items()
    )
    number = st.column_config.NumberColumn
    st.dataframe(
        table.assign(gain=100 * table["gain"]),
        hide_index=True,
        height="content",
        placeholder="–",
        column_config={
            "model": "Model",
            "horizon": number("Days ahead"),
            "mae": number("MAE", format="%.1f", help="Mean absolute error, visits a day"),
            "rmse": number("RMSE", format="%.1f", help="Root mean squared error, visits a day"),
            "gain": number("Gain", format="%.0f%%", help="Against the same weekday before"),
            "out_of_bag": number("Out of bag", format="%.2f", help="R², only a forest has one"),
            "days": number("Days judged", format="localized"),
        },
    )


def show_next_days(models: dict, hospital: str) -> None:
    table = training.next_days(models, arrivals.load_days(hospital))
    table = table.rename(columns=str.capitalize)
    whole = st.column_config.NumberColumn(format="%.0f")
    st.dataframe(
        table.rename_axis("day").reset_index(),
        hide_index=True,
        column_config=dict.fromkeys(table.columns, whole) | {"day": DAY},
    )


def show_surprises(predictions: pd.DataFrame, surprises: set[date], metrics: Metrics) -> None:
    forecast = training.column_name(best_model(metrics, 1), 1)
    is_surprise = [moment.date() in surprises for moment in predictions.index]
    table = predictions.loc[is_surprise, ["weekday", "observed", forecast]].iloc[::-1]
    table.insert(0, "day", [moment.date() for moment in table.index])
    st.dataframe(
        table.head(10),
        hide_index=True,
        height="content",
        column_config={
            "day": st.column_config.DateColumn("Day", format="D MMM YYYY"),
            "weekday": "Weekday",
            "observed": "Visits",
            forecast: st.column_config.NumberColumn("Forecast", format="%.0f"),
        },
    )
    st.caption(
        f"The latest of {len(surprises)} days that every model missed by far, one day ahead."
    )


def show_fingerprints(page: Mapping[str, Any]) -> None:
    st.caption(
        "Taken by this app from the values in memory, models by what they predict. "
        "The server log holds those taken right after training: they are the same."
    )
    if st.button("Take fingerprints"):
        taken = digests.log_all("shown", {key: page[key] for key in kept.TRAINED})
        short = {"Result": list(taken), "SHA-256": [value[:16] for value in taken.values()]}
        st.dataframe(short, hide_index=True)


def show_notebook_forecast(forecast: pd.DataFrame) -> None:
    st.subheader("From a notebook")
    charts.lines(forecast.rename(columns=str.capitalize))
    st.caption(f"{len(forecast)} days, saved outside this app under the key forecast.")


def best_model(metrics: Metrics, horizon: int) -> str:
    return min(training.MODELS, key=lambda name: metrics[name, horizon]["mae"])


def days_ahead(horizon: int) -> str:
    return "1 day ahead" if horizon == 1 else f"{horizon} days ahead"


main()
