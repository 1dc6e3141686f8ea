"""Takes the pictures in docs/pictures, and writes docs/panel.md, which shows them.

    python tools/pictures.py            all of them
    python tools/pictures.py states     those of every state of the panel, from examples/gallery
    python tools/pictures.py demo       those of the example app, after a training of ten seconds

`make pictures` runs it where all it needs is. The gallery's results and its moment are
fixed, a picture is reduced to 128 colours in a fixed way, and so whoever takes them again
without having changed the panel gets the same bytes.
"""

from __future__ import annotations

import io
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

import panel_page
from panel_page import Shown
from PIL import Image
from playwright.sync_api import Browser, FloatRect, Locator, Page, expect, sync_playwright

sys.path.insert(0, str(panel_page.ROOT / "python" / "tests"))

from chromium import launch
from streamlit_server import PATIENCE, Server

EXAMPLES = panel_page.ROOT / "examples"
HIGH = 1800
"""More than the highest of all, so that nothing has to be scrolled."""
MARGIN = 12
TOP = 40
"""Above the example app's title there is room for a bar that the picture leaves out."""
DENSITY = 1.5
COLOURS = 128
IDLE = "[data-testid=stApp][data-test-script-state=notRunning]"
STILL = """
[data-testid=stToolbar], [data-testid=stStatusWidget], [data-testid=stHeader] { display: none }
*, ::before, ::after { animation: none !important; transition: none !important }
"""
"""The style of the page that is taken, never of an app: what moves stands still."""


WIDE, PHONE = 800, 390
DESK = 1120
"""For the example app, which has a sidebar."""
# Colours and the shapes of letters are then those of any other machine.
FLAGS = ("--force-color-profile=srgb", "--font-render-hinting=none", "--disable-lcd-text")

VISITOR = {"X-Forwarded-User": "ana"}
SECRETS = '[connections.results]\nidentity = "header:X-Forwarded-User"\n'
LASTING = """\
import runpy
from pathlib import Path

import stillroom

# The panel would else say how long the disk of the machine lasts that the picture is taken on.
stillroom.Store.durability = "durable"
runpy.run_path(str(Path(__file__).with_name("app.py")), run_name="__main__")
"""


def main() -> None:
    asked = sys.argv[1:] or ["states", "demo"]
    panel_page.PICTURES.mkdir(exist_ok=True)
    with sync_playwright() as playwright:
        browser = launch(playwright, *FLAGS)
        for subject in asked:
            {"states": take_states, "demo": take_demo}[subject](browser)
        browser.close()
    for name in panel_page.there() - panel_page.wanted():
        (panel_page.PICTURES / name).unlink()
    panel_page.write()
    total = sum(path.stat().st_size for path in panel_page.PICTURES.glob("*.png"))
    print(f"{len(panel_page.there())} pictures, {total / 1e6:.1f} MB, in {panel_page.PICTURES}")


def take_states(browser: Browser) -> None:
    """One picture of every state on every screen.

    Each from a page of its own: where a picture lies between pixels, and so its bytes,
    would else depend on what is drawn above it.
    """
    states = {name: one for some in panel_page.groups().values() for name, one in some.items()}
    with served(EXAMPLES / "gallery" / "app.py") as server:
        wide, phone = blank(browser, WIDE), blank(browser, PHONE)
        for name, one in states.items():
            address = f"{server.address}/?state={name}"
            visit(wide, address, menus=menus(one))
            for look in in_light_and_dark(wide):
                take(wide, wide.get_by_test_id("stExpander"), f"{name}-{look}.png")
            visit(phone, address, menus=menus(one))
            take(phone, phone.get_by_test_id("stExpander"), f"{name}-phone.png")


def menus(one: Shown) -> int:
    """How many rows of the panel have a menu."""
    return sum(bool(line.menu) for line in one.view.lines) if one.is_open else 0


def take_demo(browser: Browser) -> None:
    """The example app after a training, with its panel open."""
    with copied(EXAMPLES / "ed_arrivals") as script, served(script) as server:
        address = f"{server.address}/train_models"
        train(browser, address)
        page = blank(browser, DESK)
        visit(page, address)
        page.get_by_text("results saved").click()
        settle(page, menus=6)
        for look in in_light_and_dark(page):
            end = around(page.get_by_test_id("stExpander"))
            high = end["y"] + end["height"] + MARGIN - TOP
            keep(page, {"x": 0, "y": TOP, "width": DESK, "height": high}, f"demo-{look}.png")


def train(browser: Browser, address: str) -> None:
    page = blank(browser, DESK)
    visit(page, address)
    page.get_by_text("Quick", exact=True).click()
    page.get_by_text("A few seconds").wait_for()
    page.get_by_role("button", name="Train").click()
    page.get_by_text("12 models are trained").wait_for()


@contextmanager
def served(script: Path) -> Iterator[Server]:
    with tempfile.TemporaryDirectory() as home:
        server = Server(script, home=Path(home))
        try:
            yield server
        finally:
            server.kill()


@contextmanager
def copied(app: Path) -> Iterator[Path]:
    """A script that runs a copy of an app, with a store of its own, for whoever is signed in."""
    with tempfile.TemporaryDirectory() as folder:
        left_out = shutil.ignore_patterns(".stillroom", "__pycache__")
        copy = Path(shutil.copytree(app, Path(folder) / app.name, ignore=left_out))
        (copy / ".streamlit" / "secrets.toml").write_text(SECRETS)
        script = copy / "lasting.py"
        script.write_text(LASTING)
        yield script


def blank(browser: Browser, width: int) -> Page:
    """A page in a browser of its own."""
    context = browser.new_context(
        extra_http_headers=VISITOR,
        viewport={"width": width, "height": HIGH},
        reduced_motion="reduce",
        device_scale_factor=DENSITY,
        locale="en-GB",
        timezone_id="UTC",
    )
    context.set_default_timeout(PATIENCE * 1000)
    return context.new_page()


def visit(page: Page, address: str, menus: int = 0) -> None:
    page.goto(address)
    page.get_by_test_id("stExpander").wait_for()
    page.add_style_tag(content=STILL)
    settle(page, menus)


def in_light_and_dark(page: Page) -> Iterator[Literal["light", "dark"]]:
    """The names of both, each while the page is drawn so; it is light afterwards."""
    for look in ("dark", "light"):
        page.emulate_media(color_scheme=look)
        expect(page.get_by_test_id("stApp")).to_have_css("color-scheme", look)
        yield look


def settle(page: Page, menus: int) -> None:
    """Wait until all is drawn: an element's code comes when the first of its kind is shown."""
    page.wait_for_selector(IDLE)
    expect(page.get_by_test_id("stMenuButton").get_by_text("Actions for")).to_have_count(menus)
    expect(page.get_by_test_id("stSkeleton")).to_have_count(0)
    page.wait_for_load_state("networkidle")
    page.evaluate("() => document.fonts.ready")
    page.mouse.move(0, 0)


def take(page: Page, shown: Locator, name: str) -> None:
    """Keep the picture of an element, with a little of what is around it."""
    keep(page, around(shown), name)


def keep(page: Page, clip: FloatRect, name: str) -> None:
    taken = page.screenshot(clip=clip, animations="disabled", caret="hide")
    image = Image.open(io.BytesIO(taken)).convert("RGB")
    reduced = image.quantize(COLOURS, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    reduced.save(panel_page.PICTURES / name, optimize=True)


def around(shown: Locator) -> FloatRect:
    # What is being opened still grows.
    shown.element_handle().wait_for_element_state("stable")
    box = shown.bounding_box()
    assert box is not None, "what is to be taken isn't on the page"
    return {
        "x": max(0, box["x"] - MARGIN),
        "y": box["y"] - MARGIN,
        "width": box["width"] + 2 * MARGIN,
        "height": box["height"] + 2 * MARGIN,
    }


if __name__ == "__main__":
    main()
