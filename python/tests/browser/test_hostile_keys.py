"""Names that look like markup are text on the screen, and nothing else."""

from __future__ import annotations

import re
import runpy
from pathlib import Path

from playwright.sync_api import expect

APP = Path(__file__).parent / "apps" / "hostile_keys" / "app.py"


def test_names_that_look_like_markup_are_text_on_the_screen(copy_of, serve, new_browser):
    keys = runpy.run_path(str(APP))["KEYS"]
    page = new_browser()
    page.goto(serve(copy_of(APP.parent) / APP.name).address)
    page.get_by_role("button", name="Compute").click()
    panel = page.get_by_test_id("stExpander")
    panel.get_by_text(f"All {len(keys)} results saved").click()

    names = panel.locator("strong")
    expect(names).to_have_count(len(keys))
    # What holds a name together can't be seen.
    seen = [re.sub("[\u2060\u2068\u2069]", "", name) for name in names.all_text_contents()]

    assert sorted(seen) == sorted(keys)
    expect(panel.locator("a, img, code, em, del, li, script, .katex")).to_have_count(0)
