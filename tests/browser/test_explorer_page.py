"""The explorer in a real browser: what it shows is what the library says.

Its numbers are tested on a page of its own with small models, so that no built book is needed; the
built page is tested where there is one.
"""

import shutil
from typing import NamedTuple

import numpy as np
import pytest

from eautorec import EASE, AutoRec, EAutoRec, Explainability, split
from eautorec.models.popularity import Popularity
from eautorec.synthetic import five_users, movielens_like
from eautorec_book import explorer, two_lists

QUICK = {"max_epochs": 5, "refit_epochs": 2, "seed": 0}
PAGE = """<!doctype html><html lang="en" data-theme="light"><meta charset="utf-8">
<title>Small</title>
<link rel="stylesheet" href="explorer.css"><div id="explorer"></div>
<script src="explorer-data.js"></script><script src="explorer.js"></script>"""
LISTS_PAGE = """<!doctype html><html lang="en" data-theme="light"><meta charset="utf-8">
<meta name="viewport" content="width=device-width"><title>Two lists</title>
<link rel="stylesheet" href="explorer.css"><link rel="stylesheet" href="two-lists.css">
<div id="two-lists"></div>
<script src="explorer-data.js"></script><script src="two-lists.js"></script>"""


class Explorer:
    """An open explorer: what a reader does, and what the reader sees."""

    def __init__(self, page):
        self.page, self.troubles = page, []
        page.set_default_timeout(120_000)  # a busy machine is slow, not wrong
        page.on("console", lambda m: m.type in ("error", "warning") and self.note(m.text))
        page.on("pageerror", self.note)
        page.on("request", lambda r: r.url.startswith(("file:", "data:")) or self.note(r.url))

    def note(self, trouble):
        self.troubles.append(str(trouble))

    def open(self, path):
        self.page.goto(path.as_uri())
        self.data = self.page.evaluate("window.eautorecExplorer")
        return self

    def visit(self, world):
        self.page.locator(f"input[value={world}]").check(force=True)

    def pick(self, user, film):
        self.page.select_option("#explorer [name=user]", index=user)
        self.page.select_option("#explorer [name=film]", index=film)

    def slide(self, k, theta):
        ks = self.data[self.page.locator("#explorer").get_attribute("data-world")]["ks"]
        self.page.fill("#explorer-k", str(ks.index(k)))
        self.page.fill("#explorer-theta", str(self.data["thetas"].index(theta)))

    def look(self):
        """All that is shown: of each name, the text and the number behind it."""
        return {name: Shown(*shown) for name, shown in self.page.evaluate(LOOK)}


class Shown(NamedTuple):
    text: str
    value: str | None

    @property
    def number(self):
        return float(self.value)


LOOK = """[...document.querySelectorAll("#explorer [data-out]")].map(
    (e) => [e.dataset.out, [e.dataset.out == "counts"
        ? [...e.querySelectorAll("td:nth-child(2)")].map((cell) => cell.textContent).join(" ")
        : e.textContent, e.dataset.value]])"""


def agree(shown, reason):
    """Whether the counts, E and the verdict are those of an Explanation."""
    counts = [*reason.counts.values(), reason.n_silent, reason.n_neighbors]
    assert shown["counts"].text == " ".join(map(str, counts))
    assert shown["E"].text == f"{reason.expected:.2f}"
    assert shown["explainable"].value == str(reason.explainable).lower()


def agree_on_predictions(shown, plain, reason):
    """Whether both predictions, and that without the reason, are the models' own."""
    assert shown["autorec"].number == pytest.approx(plain)
    assert shown["eautorec"].number == pytest.approx(reason.score)
    assert shown["without"].number == pytest.approx(reason.score_without)
    assert shown["effect"].number == pytest.approx(reason.effect, abs=1e-6)


@pytest.fixture
def tab(chromium):
    """Tabs without a network: `tab(path, width)`."""
    contexts = []

    def open_tab(path, width=1440, **options):
        context = chromium.new_context(
            viewport={"width": width, "height": 900}, offline=True, **options
        )
        contexts.append(context)
        return Explorer(context.new_page()).open(path)

    yield open_tab
    for context in contexts:
        context.close()


@pytest.fixture(scope="module")
def small():
    """Ratings in the shape of MovieLens, and quick models: training and test part, models."""
    train, test = split(movielens_like(80, 120, 2500), 0.1, seed=0)
    plain = AutoRec(8, **QUICK).fit(train)
    return train, test, {"AutoRec": plain, "E-AutoRec": EAutoRec(8, **QUICK).fit(train)}


@pytest.fixture(scope="module")
def small_page(small, tmp_path_factory):
    """A page of the explorer alone."""
    folder = tmp_path_factory.mktemp("explorer")
    for name in explorer.SCRIPTS:
        shutil.copyfile(explorer.ASSETS / name, folder / name)
    found = {
        "thetas": explorer.THETAS,
        "five": explorer.world_of_five(),
        "movielens": explorer.world_of_films(*small),
        "lists": lists_of(small),
    }
    (folder / "explorer-data.js").write_text(explorer.script(found), encoding="utf-8")
    (folder / "page.html").write_text(PAGE, encoding="utf-8")
    (folder / "lists.html").write_text(LISTS_PAGE, encoding="utf-8")
    return folder / "page.html"


def lists_of(small):
    """Of three users; a film is known with 10 ratings."""
    train, _, models = small
    both = {"EASE": EASE().fit(train), "E-AutoRec": models["E-AutoRec"]}
    return two_lists.two_lists(train, both, train.users[:3].tolist(), least=10)


@pytest.fixture
def small_lists(small_page):
    return small_page.with_name("lists.html")


ROWS = """section => [...section.querySelectorAll("li")].map((row) => [
    Number(row.querySelector(".rank").textContent), Number(row.dataset.film)])"""
KINDS = {"EASE": "ease", "E-AutoRec": "e-autorec"}


class TwoLists:
    """The two lists of an open page: what a reader does, and what the reader sees."""

    def __init__(self, seen):
        self.page, self.data = seen.page, seen.data["lists"]

    def section(self, model):
        return self.page.locator(f"#two-lists section.{KINDS[model]}")

    def rows(self, model):
        """(rank, film) from top to bottom."""
        return [tuple(row) for row in self.section(model).evaluate(ROWS)]

    def press(self, model, film):
        self.section(model).locator(f"li[data-film='{film}'] button").click()

    def said(self):
        return self.page.locator("#two-lists [role=status]").text_content()

    def films(self, model, user=0, choice="known"):
        return self.data["users"][user]["lists"][choice][model]


def before(films):
    """The rows of a list with all its reasons."""
    return [(rank, film["film"]) for rank, film in enumerate(films, start=1)]


def after(film):
    """The rows of a list without the reason of one film, which stands below if it fell out."""
    rows = list(enumerate(film["list"], start=1))
    rank = film["after"]
    return rows if rank <= len(rows) else [*rows, (rank, film["film"])]


@pytest.fixture
def built(book):
    return book / "chapters" / "explorer.html"


@pytest.mark.parametrize("k, theta", [(1, 0), (2, 0), (2, 2.5), (3, 1), (4, 1), (4, 4)])
def test_the_five_users_are_the_librarys_at_every_cell(tab, small_page, k, theta):
    ratings, seen = five_users(), tab(small_page)
    model = EAutoRec(n_neighbors=k, theta=theta, **explorer.SMALL).fit(ratings)
    plain = AutoRec(**explorer.SMALL).fit(ratings)
    judge = Explainability(k, theta).fit(ratings)
    seen.slide(k, theta)
    for row, user in enumerate(ratings.users.tolist()):
        for column, item in enumerate(ratings.items.tolist()):
            seen.pick(row, column)
            shown, reason = seen.look(), model.explain(user, item)
            agree(shown, reason)
            agree_on_predictions(shown, plain.predict(user, item)[0], reason)
            assert shown["sentence"].text == str(reason)
        near = seen.page.locator("tr.near th").all_text_contents()
        assert sorted(near) == sorted(f"user {label}" for label in judge.neighbors(user))

    unrated = ratings.matrix.toarray() == 0
    e = judge.scores.toarray()
    popular, by_e = (
        np.where(unrated, Popularity().fit(ratings).scores(), -1),
        np.where(unrated, e, -1),
    )
    firsts = {
        "AutoRec": [plain.recommend(user, 1)["item"][0] - 1 for user in ratings.users],
        "E-AutoRec": [model.recommend(user, 1)["item"][0] - 1 for user in ratings.users],
        "popular": popular.argmax(axis=1),
        "by E": by_e.argmax(axis=1),
    }
    for name, columns in firsts.items():
        assert shown[f"mep:{name}"].number == pytest.approx((e[np.arange(5), columns] > 0).mean())
    base = np.mean([(e[row][unrated[row]] > 0).mean() for row in range(5)])
    assert shown["mep:random"].number == pytest.approx(base)
    assert seen.troubles == []


def test_films_lists_and_means_are_the_librarys_where_the_sliders_stand(tab, small, small_page):
    train, test, models = small
    items = {train.title(item): item for item in train.items.tolist()}
    asked = sorted({user.item() for user in test.users[test.user_index]})
    seen = tab(small_page)
    seen.visit("movielens")
    for k, theta in ((50, 0), (5, 0), (20, 1.5), (200, 0.5)):
        judge = Explainability(k, theta).fit(train)
        seen.slide(k, theta)
        for row, user in enumerate(seen.data["movielens"]["users"]):
            label = user["user"]
            for place, film in enumerate(user["films"]):
                seen.pick(row, place)
                shown, item = seen.look(), items[film["title"]]
                said = judge.explain(label, item)
                agree(shown, said)
                own = models["E-AutoRec"].explain(label, item)
                agree_on_predictions(shown, models["AutoRec"].predict(label, item)[0], own)
                assert shown["sentence"].text == str(own if (k, theta) == (50, 0) else said)
            for name, model in models.items():
                listed = model.recommend(label, 10)["item"]
                able = sum(judge.score(label, item) > 0 for item in listed)
                assert shown[f"top:{name}"].text == f"{able} of 10"
        for name, model in models.items():
            lists = [model.recommend(user, 10)["item"] for user in asked]
            shares = [
                np.mean([judge.score(user, item) > 0 for item in listed])
                for user, listed in zip(asked, lists, strict=True)
            ]
            assert shown[f"mep:{name}"].number == pytest.approx(np.mean(shares), abs=1e-6)
            assert shown[f"mep:{name}"].text == f"{100 * np.mean(shares):.1f}%"
    assert seen.troubles == []


def test_ties_are_rounded_as_in_python(tab, small_page):
    """The library writes 0.125 as 0.12: the page's own writing of numbers must do so too."""
    seen = tab(small_page)
    seen.page.evaluate(
        "const u = window.eautorecExplorer.movielens.users[0];"
        "u.n_neighbors = u.n_neighbors.map(() => 8);"
        "u.films[0].counts = u.films[0].counts.map((_, i) => [i + 1, 0, 0, 0, 0]);"
    )
    seen.visit("movielens")
    seen.pick(0, 0)
    for at, k in enumerate(explorer.KS):
        seen.slide(k, 0)
        assert seen.look()["E"].text == f"{(at + 1) / 8:.2f}"


def test_it_is_worked_by_keyboard_and_says_what_changed(tab, small_page):
    page = (seen := tab(small_page)).page
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowRight")  # to the other world
    assert page.locator("#explorer").get_attribute("data-world") == "movielens"
    page.keyboard.press("Tab")
    before = page.locator("#explorer").get_attribute("data-user")
    page.keyboard.press("ArrowDown")
    assert page.locator("#explorer").get_attribute("data-user") != before
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowRight")
    assert seen.look()["k"].text == "100"
    page.keyboard.press("Tab")
    for _ in range(4):
        page.keyboard.press("ArrowRight")
    assert seen.look()["theta"].text == "2.0"
    shown = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert shown == "solid"
    page.wait_for_function(
        "document.querySelector('#explorer [role=status]').textContent.startsWith("
        "'100 neighbours, theta 2.')"
    )
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")  # back
    assert (seen.look()["k"].text, seen.look()["theta"].text) == ("50", "0.0")
    assert seen.troubles == []


def test_every_list_without_a_reason_is_the_one_in_the_data(tab, small_lists):
    lists = TwoLists(seen := tab(small_lists, reduced_motion="reduce"))
    falls = 0
    for user, choice in ((0, "known"), (1, "all")):
        seen.page.select_option("[name=user]", index=user)
        seen.page.locator(f"input[value={choice}]").check(force=True)
        for model in KINDS:
            films = lists.films(model, user, choice)
            assert lists.rows(model) == before(films)
            names = lists.section(model).locator(".title").all_text_contents()
            assert names == [lists.data["titles"][str(film["film"])] for film in films]
            told = lists.section(model).locator("details p").all_text_contents()
            assert told == [film["sentence"] for film in films]
            lines = lists.section(model).locator("summary").all_text_contents()
            for line, film in zip(lines, films, strict=True):
                count = f"{film['raters'] or 'None'} of the {film['neighbours']} nearest"
                share = 100 * (1 - film["without"] / film["score"])
                assert line.startswith(count)
                assert share < 1 or line.endswith(f": {share:.0f}%")
            able = [film for film in films if film["raters"]]
            gone = sum(film["after"] > 10 for film in able)
            counted = f"reason: {gone} of {len(able)}" if able else "None of the 10 films"
            assert counted in lists.section(model).locator(".summary").inner_text()
            assert lists.section(model).locator("button").count() == len(able)
            for place, film in enumerate(films, start=1):
                if not film["raters"]:
                    continue
                lists.press(model, film["film"])
                assert lists.rows(model) == after(film)
                verb = "falls" if film["after"] > place else "stays"
                assert f"{verb} " in lists.said() and f" {film['after']} " in lists.said()
                assert f"at random: rank {film['random']}." in lists.said()
                if model == "EASE":
                    assert f"Trained anew without it: rank {film['retrained']}." in lists.said()
                falls += verb == "falls"
                lists.press(model, film["film"])
                assert lists.rows(model) == before(films)
    assert falls > 0
    assert seen.troubles == []


def test_two_lists_are_worked_by_keyboard(tab, small_lists):
    lists = TwoLists(seen := tab(small_lists, reduced_motion="reduce"))
    page = seen.page
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowDown")  # the next user
    assert page.locator("#two-lists").get_attribute("data-user") == str(
        lists.data["users"][1]["user"]
    )
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowRight")  # all films
    assert page.locator("#two-lists").get_attribute("data-films") == "all"
    films = lists.films("EASE", 1, "all")
    assert lists.rows("EASE") == before(films)
    page.keyboard.press("Tab")
    for rows in (after(films[0]), before(films)):  # the button goes where the film goes
        page.keyboard.press("Enter")
        assert lists.rows("EASE") == rows
        at = page.evaluate("Number(document.activeElement.closest('li').dataset.film)")
        assert at == films[0]["film"]
    assert "has its reason again" in lists.said()
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")  # why?
    assert lists.section("EASE").locator("details p").first.is_visible()
    assert seen.troubles == []


@pytest.mark.parametrize("motion, slides", [("reduce", False), ("no-preference", True)])
def test_films_slide_and_are_followed_unless_the_reader_wants_no_motion(
    tab, small_lists, motion, slides
):
    lists = TwoLists(tab(small_lists, reduced_motion=motion))
    film = max(lists.films("EASE"), key=lambda film: film["after"])
    assert film["after"] > 10
    lists.page.set_viewport_size({"width": 1440, "height": 500})
    lists.press("EASE", film["film"])
    assert (lists.page.evaluate("document.getAnimations().length") > 0) == slides
    lists.page.wait_for_function(
        "() => { const { top, bottom } = document.querySelector('li.fallen')"
        ".getBoundingClientRect(); return top >= 0 && bottom <= innerHeight; }"
    )


def test_two_lists_stand_below_each_other_on_a_phone(tab, small_lists):
    for width, beside in ((1440, True), (390, False)):
        lists = TwoLists(tab(small_lists, width, reduced_motion="reduce"))
        for model in KINDS:
            lists.press(model, next(f["film"] for f in lists.films(model) if f["raters"]))
        one, other = (lists.section(model).bounding_box() for model in KINDS)
        assert (one["y"] == other["y"]) == beside
        assert lists.page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0


def test_the_built_page_opens_on_two_lists_of_one_user(tab, built):
    lists = TwoLists(seen := tab(built, reduced_motion="reduce"))
    assert seen.page.locator("#two-lists").get_attribute("data-user") == str(explorer.USER)
    for model in KINDS:
        films = lists.films(model)
        assert lists.rows(model) == before(films)
        film = next(film for film in films if film["raters"])
        lists.press(model, film["film"])
        assert lists.rows(model) == after(film)
    assert seen.troubles == []


@pytest.mark.parametrize("look", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 768, 1440])
def test_the_built_page_fits_and_is_quiet(tab, built, width, look):
    seen = tab(built, width, color_scheme=look)
    lists = TwoLists(seen)
    for model in KINDS:
        lists.press(model, next(f["film"] for f in lists.films(model) if f["raters"]))
    for world, k in (("five", 4), ("movielens", 200)):
        seen.visit(world)
        seen.pick(1, 1)
        seen.slide(k, 0.5)
        assert seen.page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    assert seen.troubles == []


def test_the_built_page_says_what_the_library_said(tab, built):
    seen = tab(built)
    seen.visit("movielens")
    for row, user in enumerate(seen.data["movielens"]["users"]):
        for place, film in enumerate(user["films"]):
            seen.pick(row, place)
            assert seen.look()["sentence"].text == film["sentence"]
    for part in ("#explorer", "#two-lists"):
        assert "JavaScript" not in seen.page.locator(part).inner_text()
    folder = built.parents[1] / "_static" / "explorer"
    assert sum(file.stat().st_size for file in folder.iterdir()) < 1_000_000


def test_without_scripts_the_built_page_says_so(tab, built):
    context = tab(built).page.context.browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(built.as_uri())
    for part in ("#explorer", "#two-lists"):
        assert "needs JavaScript" in page.locator(part).inner_text()
    context.close()
