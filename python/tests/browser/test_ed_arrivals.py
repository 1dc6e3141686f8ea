"""The demo keeps its results over `kill -9`, and shares them with a notebook."""

from __future__ import annotations

import re
import subprocess
import sys

from demo_pages import expect_calm, expect_complete_results, trainings
from playwright.sync_api import Page, expect
from streamlit_server import PATIENCE, Server, environment

KEYS = {"predictions", "metrics", "models", "residuals", "config", "surprises"}


def test_results_are_there_after_a_kill_and_nothing_is_trained_again(demo, serve, new_browser):
    server = serve(demo / "app.py")
    train(new_browser(), server)
    trained = digests(server, "trained")
    server.kill()

    server = serve(demo / "app.py")
    page = new_browser()
    page.goto(f"{server.address}/results")
    expect_complete_results(page, "Puerto Montt · 24 trees · 5 folds · seed 7")
    page.get_by_text("Fingerprints", exact=True).click()
    page.get_by_role("button", name="Take fingerprints").click()

    assert digests(server, "shown") == trained
    assert trainings(server) == []


def test_results_show_what_a_notebook_saved(demo, serve, new_browser, tmp_path):
    subprocess.run(
        [sys.executable, "notebook.py"],
        cwd=demo,
        env=environment(tmp_path),
        check=True,
        timeout=PATIENCE,
    )

    server = serve(demo / "app.py")
    page = new_browser()
    page.goto(f"{server.address}/results")

    expect(page.get_by_role("heading", name="From a notebook")).to_be_visible()
    expect(page.get_by_text("14 days, saved outside this app")).to_be_visible()
    expect(page.get_by_text("Nothing is trained yet.")).to_be_visible()
    expect_calm(page)


def train(page: Page, server: Server) -> None:
    """Train the twelve models in the small size, and wait until they are kept."""
    page.goto(f"{server.address}/train_models")
    page.get_by_text("Quick", exact=True).click()
    expect(page.get_by_text("A few seconds, with a tenth of the trees.")).to_be_visible()
    page.get_by_role("button", name="Train", exact=False).click()
    expect(page.get_by_text("12 models are trained for Puerto Montt.")).to_be_visible()
    expect_calm(page)
    assert sum("training run 1 started" in line for line in server.lines) == 1


def digests(server: Server, moment: str) -> dict[str, str]:
    """The digests of all kept values as the server's log has them, once it has all."""

    def found(lines: list[str]) -> dict[str, str]:
        pattern = re.compile(rf"digest {moment} (\w+) ([0-9a-f]{{64}})$")
        return dict(match.groups() for line in lines if (match := pattern.search(line.strip())))

    server.wait_for(lambda lines: found(lines).keys() == KEYS, what=f"digest {moment} for each key")
    return found(server.lines)
