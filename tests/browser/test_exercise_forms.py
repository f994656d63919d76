"""The exercises of the built pages in a browser: right accepted, wrong refused, by keyboard."""

import pytest

from eautorec_book import exercises


@pytest.fixture
def page(chromium, book):
    """A page that may ask nobody for anything, and whose uncaught errors are kept."""
    found = chromium.new_page(viewport={"width": 390, "height": 800})
    found.set_default_timeout(120_000)  # a busy machine is no reason to fail
    found.book, found.errors, found.asked = book, [], []
    found.on("pageerror", lambda error: found.errors.append(str(error)))
    found.on("request", lambda r: found.asked.append(r.url))
    yield found
    assert found.errors == []
    assert all(url.startswith(("file:", "data:")) for url in found.asked)
    found.close()


def visit(page, chapter: str):
    address = (page.book / "chapters" / f"{chapter}.html").as_uri()
    page.goto(address, wait_until="domcontentloaded")  # the forms are there; mathematics may follow


ANSWER = """tries => tries.map(([label, value]) => {
  const form = document.querySelector(`#${label} form.answer`);
  const choice = form.querySelector(`input[type=radio][value="${value}"]`);
  if (choice) choice.checked = true;
  else form.querySelector("input").value = value;
  form.querySelector("button").click();
  return form.querySelector("[role=status]").innerText;
})"""


def answers(page, tries) -> list[str]:
    """Give these answers, each to its exercise, in the page; what the page says to each."""
    return page.evaluate(ANSWER, [[exercise.label, str(value)] for exercise, value in tries])


def answer(page, exercise, value) -> str:
    """Give an answer in the page; what the page says to it."""
    return answers(page, [(exercise, value)])[0]


@pytest.mark.parametrize("chapter", exercises.chapters())
def test_a_page_says_the_same_as_the_notebook(page, chapter):
    visit(page, chapter)
    checked = [e for e in exercises.of(chapter) if e.has_form]
    assert page.locator("form.answer").count() == len(checked)
    expected = [
        (exercise, value, f"{'✓' if accepted else '✗'} {words}")
        for exercise in checked
        for value in (exercise.answer, *(wrong for wrong, _ in exercise.mistakes))
        for accepted, words in [exercise.judge(value)]
    ]
    numbers = [exercise for exercise in checked if exercise.kind == "number"]
    expected += [(exercise, "123456.7", f"✗ Not yet. {exercise.hint}") for exercise in numbers]
    said = answers(page, [(exercise, value) for exercise, value, _ in expected])
    assert said == [words for *_, words in expected]
    for words in answers(page, [(exercise, "many") for exercise in numbers]):
        assert "Type a number" in words


def test_a_hint_is_folded_until_it_is_asked_for(page):
    visit(page, "neighbours")
    exercise = exercises.find("ex-neighbours-hand")
    hint = page.locator(f"#{exercise.label}").get_by_text(exercise.hint)
    assert hint.is_hidden()
    page.locator(f"#{exercise.label} .clue .admonition-title").click()
    assert hint.is_visible()


def test_numbers_may_be_written_in_several_ways(page):
    visit(page, "data")
    density, popular = exercises.find("ex-data-density"), exercises.find("ex-data-popular")
    for said in ("0.6", "0,6", "3/5", "60 %", " .6 "):
        assert answer(page, density, said).startswith("✓"), said
    for said in ("60", "-0.6", "1/0", ""):
        assert not answer(page, density, said).startswith("✓"), said
    assert answer(page, popular, f"{popular.answer}.0").startswith("✓")
    visit(page, "neighbours")
    by_hand = exercises.find("ex-neighbours-hand")
    for said in ("5/3", "5/3 stars", "1.67stars"):
        assert answer(page, by_hand, said).startswith("✓"), said
    assert not answer(page, by_hand, "stars").startswith("✓")


def test_the_keyboard_alone_is_enough(page):
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


def test_other_pages_carry_no_script_of_the_exercises(book):
    assert "exercises.js" not in (book / "chapters" / "index.html").read_text(encoding="utf-8")


def test_no_answer_stands_in_the_source_of_a_page(book):
    for chapter in exercises.chapters():
        source = (book / "chapters" / f"{chapter}.html").read_text(encoding="utf-8")
        for exercise in exercises.of(chapter):
            for _, advice in exercise.advice:
                assert advice not in source
