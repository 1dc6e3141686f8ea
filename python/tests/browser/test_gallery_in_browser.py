"""Every state of the panel, drawn by a real browser: in light, in dark, on a phone.

All states stand on one page of the gallery, which is visited once for each screen and
each Streamlit; the pictures in docs/pictures are for eyes, these tests for the rest.
"""

from __future__ import annotations

import re
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from playwright.sync_api import Browser, Page, expect
from streamlit_server import PATIENCE, Server

GALLERY = Path(__file__).parents[3] / "examples" / "gallery"
sys.path.insert(0, str(GALLERY))

from states import states  # noqa: E402, the folder has just been put on the path

STATES = states()
OPEN = {name: one.view for name, one in STATES.items() if one.is_open}
MENUS = sum(bool(line.menu) for view in OPEN.values() for line in view.lines)


class Screen(NamedTuple):
    width: int
    is_dark: bool = False


SCREENS = {"light": Screen(800), "dark": Screen(800, is_dark=True), "phone": Screen(390)}
# What WCAG asks for between small text and what is behind it. The oldest has a paler
# grey on white, for captions too, and nothing darker that isn't black.
READABLE, READABLE_IN_THE_OLDEST = 4.5, 3.5


@pytest.fixture(scope="module")
def server(streamlit_of: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    home = tmp_path_factory.mktemp("home")
    served = Server(GALLERY / "app.py", home=home, python=streamlit_of)
    yield served
    served.kill()


@pytest.fixture(scope="module", params=SCREENS)
def page(request: pytest.FixtureRequest, server: Server, chromium: Browser) -> Iterator[Page]:
    """The page with all states, drawn to the end."""
    screen = SCREENS[request.param]
    context = chromium.new_context(
        color_scheme="dark" if screen.is_dark else "light",
        viewport={"width": screen.width, "height": 800},
        reduced_motion="reduce",
    )
    context.set_default_timeout(PATIENCE * 1000)
    drawn = context.new_page()
    drawn.goto(server.address)
    drawn.wait_for_selector("[data-testid=stApp][data-test-script-state=notRunning]")
    expect(drawn.get_by_test_id("stExpander")).to_have_count(len(STATES))
    menus = drawn.get_by_test_id("stMenuButton").filter(has_text="Actions for")
    expect(menus).to_have_count(MENUS)
    yield drawn
    context.close()


@pytest.fixture(scope="module")
def found(page: Page) -> Callable[[str], dict[str, list[str]]]:
    """`found(script)`: what a script finds in each panel, where it finds anything.

    The script is a function of the panel's element.
    """

    def look(script: str) -> dict[str, list[str]]:
        return page.evaluate(_IN_EACH_PANEL % script, list(STATES))

    return look


def test_every_state_is_drawn_without_an_error(page, found):
    labels = found("panel => [panel.querySelector('summary p').textContent]")

    assert list(labels) == list(STATES)
    assert page.get_by_test_id("stException").count() == 0


def test_nothing_sticks_out_of_its_panel(found):
    assert found(_STICKS_OUT) == {}


def test_nothing_is_wider_than_the_screen(page):
    main = page.get_by_test_id("stMain")

    assert main.evaluate("main => main.scrollWidth <= main.clientWidth")
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_text_is_not_cut_but_in_the_menu_of_a_long_name(found):
    assert set(found(_CUT)) <= {"long-names"}


def test_icons_are_drawn_and_not_spelt(found):
    assert found(_SPELT) == {}


def test_text_can_be_read(found, streamlit_of):
    least = READABLE if streamlit_of == sys.executable else READABLE_IN_THE_OLDEST

    assert found(_PALE % least) == {}


def test_no_two_controls_of_a_panel_sound_alike(page):
    heard = {name: controls(page, name) for name in OPEN}

    alike = {
        name: [one for one, number in some.items() if number > 1] for name, some in heard.items()
    }
    assert {name: some for name, some in alike.items() if some} == {}
    assert all(heard[name] for name, view in OPEN.items() if any(line.menu for line in view.lines))


def test_opened_menu_is_on_the_screen(page):
    # After the others: the button that it presses keeps the focus, and its colours.
    page.get_by_role("button", name="Actions for residuals", exact=True).click()
    last = page.get_by_role("menuitem", name="Delete")

    expect(last).to_be_visible()
    box = last.bounding_box()
    assert box["x"] >= 0 and box["x"] + box["width"] <= page.viewport_size["width"]
    page.keyboard.press("Escape")
    expect(last).to_be_hidden()


def controls(page: Page, name: str) -> Counter[str]:
    """How often each name of a control is read out in a panel."""
    heard = page.locator(f".st-key-gallery-{name}-open").aria_snapshot()
    return Counter(re.findall(r'- (?:button|combobox|link|textbox) "(.+?)"', heard))


_IN_EACH_PANEL = """names => Object.fromEntries(
    names.map(name => [name, document.querySelector(`.st-key-gallery-${name}-open`)])
        .map(([name, panel]) => [name, (%s)(panel)])
        .filter(([name, found]) => found.length)
)"""

_STICKS_OUT = """panel => {
    const {left, right} = panel.getBoundingClientRect();
    // What a button holds it cuts itself, and menus are there before they are opened.
    const inside = 'button *, [role=menu] *';
    return [...panel.querySelectorAll('p, button, input, code, [role=progressbar], [role=alert]')]
        .filter(one => !one.matches(inside) && one.getBoundingClientRect().width > 0)
        .filter(one => {
            const box = one.getBoundingClientRect();
            return box.left < left || box.right > Math.min(right, window.innerWidth);
        })
        .map(one => one.textContent);
}"""

_CUT = """panel => [...panel.querySelectorAll('p, button div, button span')]
    .filter(one => one.scrollWidth > one.clientWidth + 1 && one.clientWidth > 0)
    .map(one => one.textContent)"""

# The names of icons are letters that their font draws as one sign, 20 pixels wide at most.
_SPELT = """panel => [
    ...[...panel.querySelectorAll('[data-testid=stIconMaterial], span[role=img]')]
        .filter(one => one.getBoundingClientRect().width > 24)
        .map(one => one.textContent),
    ...[...panel.querySelectorAll('p')].map(one => one.textContent)
        .filter(text => text.includes('material/') || text.includes(':small[') || text.includes(':gray[')),
]"""

_PALE = """panel => {
    const parse = text => {
        const [r, g, b, a] = text.match(/[0-9.]+/g).map(Number);
        return {r, g, b, a: a === undefined ? 1 : a};
    };
    const over = (top, under) => ({
        r: top.r * top.a + under.r * (1 - top.a),
        g: top.g * top.a + under.g * (1 - top.a),
        b: top.b * top.a + under.b * (1 - top.a),
        a: 1,
    });
    const light = colour => {
        const [r, g, b] = [colour.r, colour.g, colour.b].map(part => {
            const share = part / 255;
            return share <= 0.03928 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
        });
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const above = one => one === null ? [] : [one, ...above(one.parentElement)];
    const behind = one => above(one).reverse()
        .map(each => parse(getComputedStyle(each).backgroundColor))
        .reduce((under, top) => over(top, under), {r: 255, g: 255, b: 255, a: 1});
    const contrast = one => {
        const ground = behind(one), colour = parse(getComputedStyle(one).color);
        // What is see-through above it pales it too.
        colour.a *= above(one).reduce((a, each) => a * getComputedStyle(each).opacity, 1);
        const [low, high] = [light(over(colour, ground)), light(ground)].sort((a, b) => a - b);
        return (high + 0.05) / (low + 0.05);
    };
    return [...panel.querySelectorAll('p, p *')]
        .filter(one => [...one.childNodes].some(each => each.nodeType === 3 && each.data.trim()))
        .map(one => [contrast(one), one.textContent])
        .filter(([number]) => number < %s)
        .map(([number, text]) => `${number.toFixed(2)}: ${text}`);
}"""
