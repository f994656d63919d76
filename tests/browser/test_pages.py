"""Every page works without a network, at three widths, and for every reader."""

import pytest

WIDTHS = (390, 768, 1440)
SETTLING = 400
"""Milliseconds until the theme has seen which blocks of code are now wider than the page."""

OUTLINE = """() => [...document.querySelectorAll("main :is(h1, h2, h3, h4, h5, h6)")]
  .filter(heading => heading.checkVisibility()).map(heading => +heading.tagName[1])"""

SILENT_IMAGES = """() => [...document.querySelectorAll(".bd-article img")]
  .filter(image => !image.alt.trim()).map(image => image.getAttribute("src"))"""

TOO_WIDE = """() => {
  const width = document.documentElement.clientWidth;
  const scrolls = element => element && element.tagName !== "MAIN" &&
    (["auto", "scroll", "hidden"].includes(getComputedStyle(element).overflowX)
      || scrolls(element.parentElement));
  const wide = [...document.querySelectorAll("main *")].filter(element =>
    element.checkVisibility({ visibilityProperty: true })
      && element.getBoundingClientRect().right > width + 1
      && !scrolls(element.parentElement));
  if (document.documentElement.scrollWidth > width) wide.push(document.documentElement);
  return wide.map(element => `<${element.tagName} class="${element.getAttribute("class")}">`);
}"""


CUT_EQUATIONS = """() => [...document.querySelectorAll("main mjx-container[display=true]")]
  .filter(drawn => drawn.scrollWidth > drawn.clientWidth + 1).map(drawn => drawn.scrollWidth)"""


CUT_TABLES = """() => [...document.querySelectorAll("main table")].map(table => {
    let around = table;
    while (around.tagName !== "MAIN" && getComputedStyle(around).overflowX !== "auto")
      around = around.parentElement;
    return [table, around.scrollWidth - around.clientWidth];
  })
  .filter(([table, hidden]) => table.checkVisibility() && hidden > 1)
  .map(([table, hidden]) => `${hidden} of ${table.textContent.trim().slice(0, 60)}`)"""


def test_opens_from_a_folder_with_the_network_cut(opened):
    assert opened.errors == []
    assert opened.elsewhere == []


def test_nothing_is_wider_than_the_page(opened):
    for width in WIDTHS:
        opened.resize(width)
        assert opened.page.evaluate(TOO_WIDE) == [], f"at {width} pixels"
        assert opened.page.evaluate(CUT_EQUATIONS) == [], f"at {width} pixels"
        assert opened.page.evaluate(CUT_TABLES) == [], f"at {width} pixels"


def test_images_speak_and_headings_are_in_order(opened):
    assert opened.page.evaluate(SILENT_IMAGES) == []
    levels = opened.page.evaluate(OUTLINE)
    assert levels[:1] in ([], [1]) and levels.count(1) <= 1
    assert all(b - a <= 1 for a, b in zip(levels, levels[1:], strict=False)), levels


LOOKS = [("light", 1440, {"runOnly": ["color-contrast"]}), ("dark", 390, {})]
"""With what axe looks for: everything where all is narrow, and the colours of the other look."""
LOOK = """document.documentElement.dataset.theme
    ?? (matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light')"""
"""Of a page of the book; of slides and handout, which follow the system."""


PLAIN_CODE = """() => document.querySelectorAll(".highlight pre")
  .forEach(code => { code.textContent = code.textContent; })"""


@pytest.mark.parametrize(("look", "width", "options"), LOOKS, ids=["light-1440", "dark-390"])
def test_axe_finds_nothing_serious(opened, look, width, options):
    """Code has lost its colours, since half of a page's elements are there for them."""
    opened.page.evaluate(PLAIN_CODE)
    looked_at(opened, look, width, options)


@pytest.mark.parametrize("look", ["light", "dark"])
@pytest.mark.parametrize("page", ["index.html", "autorec.html"])
def test_axe_finds_nothing_serious_in_sidebars_and_code(visit, book, page, look):
    """They are the same on every page."""
    looked_at(visit((book / "chapters" / page).as_uri()), look, 1440, {})


FAULTS = {"resultTypes": ["violations"]}
"""Told of everything that is in order too, axe takes up to twice as long."""


def looked_at(opened, look: str, width: int, options: dict) -> None:
    """Fail for everything serious that axe finds in this look at this width."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    opened.page.emulate_media(color_scheme=look)
    opened.resize(width)
    opened.page.wait_for_timeout(SETTLING)
    assert opened.page.evaluate(LOOK) == look
    serious = [
        f"{found['id']}: {node['html'][:200]} {node['failureSummary']}"
        for found in axe.run(opened.page, options=FAULTS | options).response["violations"]
        if found["impact"] in ("serious", "critical")
        for node in found["nodes"]
    ]
    assert not serious, "\n".join(serious)


def test_the_first_tab_stop_skips_to_the_text(visit, book):
    page = visit((book / "chapters" / "neighbours.html").as_uri()).page
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.getAttribute('href')") == "#main-content"


def test_a_term_explains_itself_by_keyboard_and_by_mouse(visit, book):
    page = visit((book / "chapters" / "neighbours.html").as_uri(), width=390).page
    link = page.locator("a.defined").first
    note = page.locator(f"#{link.get_attribute('aria-describedby')}")
    link.focus()
    assert note.is_visible() and len(note.inner_text()) > 20
    box = note.bounding_box()
    assert box["x"] >= 0 and box["x"] + box["width"] <= 390
    page.keyboard.press("Escape")
    assert note.is_hidden()
    link.hover()
    assert note.is_visible()


@pytest.mark.parametrize("place", ["folder", "server"])
def test_search_finds_a_word(visit, book, server, place):
    root = server if place == "server" else book.as_uri()
    opened = visit(f"{root}/search.html?q=cosine")
    opened.page.wait_for_selector("#search-results li")
    results = opened.page.locator("#search-results li a")
    addresses = results.evaluate_all("links => links.map(link => link.href)")
    assert any("chapters/neighbours.html" in address for address in addresses)
    assert opened.errors == []


def test_the_search_field_leads_to_the_results(visit, book):
    page = visit((book / "chapters" / "data.html").as_uri()).page
    page.keyboard.press("Control+k")
    page.keyboard.type("sigmoid")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    page.wait_for_selector("#search-results li")
