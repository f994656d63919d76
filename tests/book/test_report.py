"""The report on any ratings: one file, offline, with what was measured, and nothing that runs."""

import re
import sys
from pathlib import Path

import pytest

from eautorec import InputError
from eautorec.datasets import load_ratings
from eautorec.ratings import Ratings
from eautorec.study import elsewhere
from eautorec.study.claims import claims
from eautorec.study.record import of_figures
from eautorec.study.store import Store
from eautorec.synthetic import movielens_like
from eautorec_book import report

sys.path.append(str(Path(__file__).parents[1] / "study"))
from worlds import of_run

pytestmark = pytest.mark.slow

HOSTILE = "</script><script>alert(1)</script>"


@pytest.fixture(scope="module")
def ratings():
    small = movielens_like(60, 150, 1500)
    titles = {item: f"{HOSTILE} {item}" for item in small.items.tolist()}
    frame = small.to_frame().assign(rating=lambda f: 2 * f["rating"])
    return Ratings.from_frame(frame, scale=(2, 10), titles=titles)


@pytest.fixture(scope="module")
def measured(tmp_path_factory):
    """The records of three folds in a world where everything holds, and what was run for them."""
    asked = []

    def note(runs, store, **_):
        asked.append({run.measured_on for run in runs})
        for run in runs:
            store.add(run, of_run(run), 1.0)

    store = Store("mine", tmp_path_factory.mktemp("store") / "store.sqlite")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(report, "sweep", note)
        frame = report.measured(store, "mine.csv", folds=3, starts=1, workers=None)
    return frame, asked


@pytest.fixture(scope="module")
def page(ratings, measured):
    return report.report(ratings, "my <ratings>.csv", measured[0])


def test_lambda_is_searched_before(measured):
    frame, asked = measured
    assert asked == [{"validation"}, {"test"}]
    of_models = frame[frame["model"].isin(["AutoRec", "E-AutoRec"])]
    assert of_models["regularization"].isin(elsewhere.REGULARIZATIONS).all()


def test_the_verdicts_are_those_of_the_rules(page, measured):
    for row in claims(of_figures(measured[0])).itertuples():
        assert re.search(rf"<td>{row.id}</td>.*?<strong>{row.verdict}</strong>", page, re.S)


def test_the_scale_is_said(page):
    assert re.search(r"1,\d\d\d ratings from 2 to 10 by\s60 users", page)
    assert "is relevant from 8 on" in page and "a fifth of the highest rating (10)" in page


def test_the_names_and_settings_are_those_of_the_book(page, measured):
    assert "ranked by E" in page and "random list" in page and "<td>by E</td>" not in page
    chosen = measured[0].query("model == 'E-AutoRec'")["regularization"].iloc[0]
    assert re.search(rf"was chosen .*? {chosen:g} for E-AutoRec", page, re.S)
    assert "With one seed on each fold" in page and '"items":"items"' in page


def test_it_needs_nothing_from_elsewhere(page):
    addresses = re.findall(r"""(?:src|href)=["']([^"'#]+)""", page)
    assert addresses == [] and "@import" not in page and not re.search(r'url\(["\']?[^"\'#]', page)
    assert page.count('role="img"') == 9  # eight figures and the verdicts
    assert len(page) < 2_000_000


def test_names_and_titles_are_text(page):
    assert "my &lt;ratings&gt;.csv" in page and "my <ratings>" not in page
    assert "alert(1)" in page and HOSTILE not in page
    assert page.count("</script>") == 2


def test_the_command_writes_one_file(tmp_path, ratings, monkeypatch):
    """The page of these ratings and of what was measured on them."""
    path, to = tmp_path / "mine.csv", tmp_path / "report.html"
    ratings.to_frame().to_csv(path, index=False)
    monkeypatch.setattr(report, "measured", lambda store, *asked: (store.data, *asked))
    monkeypatch.setattr(report, "report", lambda found, *told: f"{found.fingerprint} {told}")
    report.main(
        [str(path), "--to", str(to), "--store", str(tmp_path / "store.sqlite"), "--folds", "3"]
    )
    mine = load_ratings(str(path)).fingerprint
    told = ("mine.csv", (mine, str(path), 3, 1, None))
    assert to.read_text(encoding="utf-8") == f"{mine} {told}"
    with pytest.raises(InputError, match="There is no folder"):
        report.main([str(path), "--to", str(tmp_path / "absent" / "report.html")])
