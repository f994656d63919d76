"""The exercises of the built pages in a real browser: right accepted, wrong refused, by keyboard.

Needs Playwright, Chromium and `make book`; skipped where one of them is missing. `BOOK_HTML` names
another folder of built pages.
"""

import os
import shutil
from pathlib import Path

import pytest

pytest.importorskip("playwright")

from playwright.sync_api import sync_playwright

from eautorec.book import exercises
from eautorec.book.exercise import Checked, Choice, Number

pytestmark = pytest.mark.browser

HTML = Path(os.environ.get("BOOK_HTML", Path(__file__).parents[2] / "_build" / "html"))
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser"))), None)
OPTIONS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
BUILT = [name for name in exercises.chapters() if (HTML / "chapters" / f"{name}.html").exists()]


@pytest.fixture(scope="module")
def browser():
    if CHROMIUM is None or not BUILT:
        pytest.skip("Chromium or the built pages are missing")
    with sync_playwright() as p:
        found = p.chromium.launch(executable_path=CHROMIUM, args=OPTIONS)
        yield found
        found.close()


@pytest.fixture
def page(browser):
    """A page that may ask nobody for anything, and whose uncaught errors are kept."""
    found = browser.new_page(viewport={"width": 390, "height": 800})
    found.set_default_timeout(120_000)  # a busy machine is no reason to fail
    found.errors, found.asked = [], []
    found.on("pageerror", lambda error: found.errors.append(str(error)))
    found.on("request", lambda r: found.asked.append(r.url))
    yield found
    assert found.errors == []
    assert all(url.startswith(("file:", "data:")) for url in found.asked)
    found.close()


def visit(page, chapter: str):
    address = (HTML / "chapters" / f"{chapter}.html").as_uri()
    page.goto(address, wait_until="domcontentloaded")  # the forms are there; mathematics may follow


def answer(page, exercise, value) -> str:
    """Give an answer in the page; what the page says to it."""
    form = page.locator(f"#{exercise.label} form.answer")
    if isinstance(exercise, Choice):
        form.locator(f"input[value={value}]").check()
    else:
        form.get_by_label("Your answer").fill(str(value))
    form.get_by_role("button", name="Check").click()
    return form.get_by_role("status").inner_text()


@pytest.mark.parametrize("chapter", exercises.chapters())
def test_a_page_says_the_same_as_the_notebook(page, chapter):
    if chapter not in BUILT:
        pytest.skip("this page is not built")
    visit(page, chapter)
    checked = [e for e in exercises.of(chapter) if isinstance(e, Checked)]
    assert page.locator("form.answer").count() == len(checked)
    for exercise in checked:
        right = exercise.computed["answer"]
        for value in (right, *(wrong for wrong, _ in exercise.call(exercise.mistakes))):
            accepted, words = exercise.judge(value)
            mark = "✓" if accepted else "✗"
            assert answer(page, exercise, value) == f"{mark} {words}"
        if isinstance(exercise, Number):
            assert answer(page, exercise, "123456.7") == f"✗ Not yet. {exercise.hint}"
            assert "Type a number" in answer(page, exercise, "many")


def test_numbers_may_be_written_in_several_ways(page):
    if "data" not in BUILT:
        pytest.skip("this page is not built")
    visit(page, "data")
    density, popular = exercises.find("ex-data-density"), exercises.find("ex-data-popular")
    for said in ("0.6", "0,6", "3/5", "60 %", " .6 "):
        assert answer(page, density, said).startswith("✓"), said
    for said in ("60", "-0.6", "1/0", ""):
        assert not answer(page, density, said).startswith("✓"), said
    films = popular.computed["answer"]
    assert answer(page, popular, f"{films}.0").startswith("✓")


def test_the_keyboard_alone_is_enough(page):
    if "data" not in BUILT:
        pytest.skip("this page is not built")
    visit(page, "data")
    number, choice = page.locator("#ex-data-density form"), page.locator("#ex-data-leak form")
    number.get_by_label("Your answer").focus()
    page.keyboard.type("0.6")
    page.keyboard.press("Enter")
    assert number.get_by_role("status").inner_text().startswith("✓ Right.")
    choice.get_by_role("radio").first.focus()
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    assert choice.get_by_role("status").inner_text().startswith("✗ Not yet.")
    choice.get_by_role("radio").first.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Check"
    page.keyboard.press("Enter")
    assert choice.get_by_role("status").inner_text().startswith("✓ Right.")


def test_other_pages_carry_no_script_of_the_exercises():
    if not BUILT:
        pytest.skip("the pages are not built")
    assert "exercises.js" not in (HTML / "chapters" / "index.html").read_text(encoding="utf-8")


def test_no_answer_stands_in_the_source_of_a_page():
    for chapter in BUILT:
        source = (HTML / "chapters" / f"{chapter}.html").read_text(encoding="utf-8")
        for exercise in exercises.of(chapter):
            if isinstance(exercise, Checked):
                for _, advice in exercise.call(exercise.mistakes):
                    assert advice not in source
