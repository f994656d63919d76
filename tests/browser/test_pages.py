"""Every page works without a network, at three widths, and for every reader."""

import pytest

WIDTHS = (390, 768, 1440)

OUTLINE = """() => [...document.querySelectorAll("main :is(h1, h2, h3, h4, h5, h6)")]
  .filter(heading => heading.checkVisibility()).map(heading => +heading.tagName[1])"""

SILENT_IMAGES = """() => [...document.images]
  .filter(image => !image.alt.trim() && !image.closest("[aria-hidden=true]"))
  .map(image => image.getAttribute("src"))"""

TOO_WIDE = """() => {
  const width = document.documentElement.clientWidth;
  const scrolls = element => element && element.tagName !== "MAIN" &&
    (["auto", "scroll", "hidden"].includes(getComputedStyle(element).overflowX)
      || scrolls(element.parentElement));
  const wide = [...document.querySelectorAll("main *")].filter(element =>
    element.checkVisibility() && element.getBoundingClientRect().right > width + 1
      && !scrolls(element.parentElement));
  if (document.documentElement.scrollWidth > width) wide.push(document.documentElement);
  return wide.map(element => `<${element.tagName} class="${element.getAttribute("class")}">`);
}"""


def test_opens_from_a_folder_with_the_network_cut(opened):
    assert opened.errors == []
    assert opened.elsewhere == []


def test_nothing_is_wider_than_the_page(opened):
    for width in WIDTHS:
        opened.page.set_viewport_size({"width": width, "height": 900})
        assert opened.page.evaluate(TOO_WIDE) == [], f"at {width} pixels"


def test_images_speak_and_headings_are_in_order(opened):
    assert opened.page.evaluate(SILENT_IMAGES) == []
    levels = opened.page.evaluate(OUTLINE)
    assert levels[:1] in ([], [1]) and levels.count(1) <= 1
    assert all(b - a <= 1 for a, b in zip(levels, levels[1:], strict=False)), levels


@pytest.mark.parametrize("look", ["light", "dark"])
def test_axe_finds_nothing_serious(visit, book, name, look):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    opened = visit((book / name).as_uri(), color_scheme=look)
    if "http-equiv" in opened.page.content() and not opened.page.query_selector("main"):
        pytest.skip("the page only leads to another")
    found = axe.run(opened.page).response["violations"]
    serious = [
        f"{v['id']} ({v['impact']}): {node['html'][:150]} {node.get('failureSummary', '')}"
        for v in found
        if v["impact"] in ("serious", "critical")
        for node in v["nodes"][:3]
    ]
    assert not serious, "\n".join(serious)
    assert opened.page.evaluate("document.documentElement.dataset.theme ?? null") in (look, None)


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
