"""What the README and the first page say at once is what the stored results say."""

import nbformat
import pytest

from eautorec.study.claims import MATTERS, SUPPORTED, TOO_SMALL, VERDICTS
from eautorec_book import front
from eautorec_book.records import recorded, study


@pytest.fixture(scope="module")
def means():
    return front.means()


@pytest.mark.slow
def test_the_readme_says_what_the_results_say(request, movielens, monkeypatch):
    monkeypatch.chdir(request.config.rootpath)
    text = front.README.read_text(encoding="utf-8")
    assert front.in_readme(text) == text, "run python -m eautorec_book.front"


@pytest.mark.slow
def test_a_readme_without_marks_is_refused():
    with pytest.raises(ValueError, match="no marks of 'answer'"):
        front.in_readme("# eautorec")


def test_the_first_sentence_is_true(means):
    """It recommends what neighbours cannot explain, less than chance does and a linear model."""
    assert means.loc[("E-AutoRec", "mep"), "high"] < means.loc[("random", "mep"), "low"]
    assert means.loc[("EASE", "mep"), "low"] > means.loc[("random", "mep"), "high"]


def test_what_is_advised_is_better_and_what_is_not_is_no_better_than_chance(means):
    mean = means["mean"]
    rmse = mean.xs("rmse", level="metric")
    assert rmse.idxmin() == "item AutoRec"
    assert means.loc[("EASE", "map"), "low"] > mean.drop("EASE").xs("map", level="metric").max()
    assert abs(mean["E-AutoRec", "map"] - mean["random", "map"]) < MATTERS["map"]
    assert recorded("claims").set_index("id").loc["C1", "size"] == TOO_SMALL
    assert rmse["noise"] < rmse["E-AutoRec"] < rmse["AutoRec"]


def test_free_levels_decide_the_lists():
    held = recorded("levels").set_index(["levels", "metric"])["eautorec"]
    assert held["free", "mep"] < 0.5 < held["5 pseudo-ratings", "mep"]


def test_few_claims_hold_and_none_of_those_needs_explanations():
    claims = recorded("claims")
    supported = claims[claims["verdict"] == SUPPORTED]
    assert len(supported) < len(claims) / 2
    assert set(supported["due_to_e"]) == {"no"}


@pytest.mark.parametrize("number", front.REPLICAS)
def test_a_figure_in_small_leads_to_the_figure(number, request):
    replica = front.REPLICAS[number]
    page = request.config.rootpath / "chapters" / f"{replica.page}.ipynb"
    cells = nbformat.read(page, as_version=4).cells
    shown = [cell.metadata.get("mystnb", {}).get("figure", {}).get("name") for cell in cells]
    assert replica.name in shown, f"front.REPLICAS names a figure that {page.name} has no more"


def test_the_first_page_shows_each_figure_with_its_verdicts():
    shown = front.gallery()
    verdict = recorded("claims").set_index("id")["verdict"]
    assert set(front.MARKS) == set(VERDICTS)
    for number, replica in front.REPLICAS.items():
        assert f"../_static/figure-{number}.svg" in shown
        for claim in replica.claims:
            assert f"{front.MARKS[verdict[claim]]} {claim} {verdict[claim]}" in shown


def test_numbers_are_those_of_the_record(means):
    frame = study()
    at_ten = frame[(frame["model"] == "EASE") & (frame["metric"] == "map") & (frame["x"] == 10)]
    assert front.numbers()["EASE map"] == f"{at_ten['value'].mean():.2f}"
    assert front.numbers()["EASE mep"].startswith("99.")
