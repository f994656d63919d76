"""What is on record agrees with itself, with the code's own settings, and with the first page."""

import inspect

import pandas as pd
import pytest

from eautorec import InputError
from eautorec.models.ease import EASE
from eautorec.study import faithful, tuning
from eautorec.study.claims import claims, gain_at_default, in_place_of_eautorec
from eautorec.study.elsewhere import REGULARIZATIONS
from eautorec.study.figures import estimates_of
from eautorec.study.overview import MODELS
from eautorec.study.protocol import NULL_CONTROLS
from eautorec.study.record import claims_as_markdown, of_figures
from eautorec.study.tuned import CHOSEN
from eautorec_book import figures, front_pictures
from eautorec_book.records import MAIN, OTHERS, check_ratings, recorded, study


@pytest.mark.parametrize("metric, x", [("rmse", 0), ("map", 10), ("mep", 10)])
@pytest.mark.parametrize("control", NULL_CONTROLS)
def test_a_control_that_must_show_nothing_shows_nothing(control, metric, x):
    frame = study()
    frame = frame[frame["e_from"] == "training"]
    gain = gain_at_default(in_place_of_eautorec(frame, control), metric)[[x]]
    found = estimates_of(gain).iloc[0]
    assert found["low"] <= 0 <= found["high"], f"{control} moves {metric}: the program does it"


def test_the_tables_are_of_the_ratings_that_the_book_measures_again(movielens):
    check_ratings(movielens)
    with pytest.raises(InputError, match="are of other ratings"):
        check_ratings(movielens.take(range(1000)))


@pytest.mark.parametrize("name", OTHERS)
def test_the_tables_of_a_folder_say_of_which_ratings_they_are(name):
    """Of other ones, with the same study; and lambda at no edge of its search."""
    [about], [main] = (recorded("measured-on", of=n).to_dict("records") for n in (name, MAIN))
    assert about["name"] == name and about["fingerprint"] != main["fingerprint"]
    facts = recorded("study", of=name)
    assert set(facts["ratings"]) == {about["fingerprint"]}
    assert set(study(of=name)["model"]) == set(study()["model"])
    best = recorded("regularization", of=name).groupby("model")["regularization"].first()
    assert set(best.index) == {"AutoRec", "E-AutoRec"}
    assert min(REGULARIZATIONS) < best.min() and best.max() < max(REGULARIZATIONS)


def test_a_table_that_nobody_wrote_is_told():
    with pytest.raises(FileNotFoundError, match="no filmtrust/swapped.csv"):
        recorded("swapped", of="filmtrust")


def test_other_ratings_are_not_taken_for_those_of_a_folder(movielens):
    with pytest.raises(InputError, match="run 'eautorec study run filmtrust' anew"):
        check_ratings(movielens, of="filmtrust")


@pytest.mark.slow
@pytest.mark.parametrize("name", [MAIN, *OTHERS])
def test_the_recorded_verdicts_are_those_of_the_records(name):
    now, then = claims(of_figures(study(of=name))), recorded("claims", of=name)
    assert list(now["verdict"]) == list(then["verdict"])
    for column in ("difference", "low", "high", "flips"):
        expected = pytest.approx(then[column].to_numpy(), rel=1e-4, abs=1e-7, nan_ok=True)
        assert now[column].to_numpy() == expected


def test_what_is_trained_with_is_the_best_of_the_search():
    best = tuning.best(recorded("tuning"))
    assert len(best) == 2 * len(CHOSEN), "a model has no search"
    for row in best.itertuples():
        chosen = CHOSEN[row.optimizer, row.ending][row.model]
        assert chosen == (row.regularization, row.learning_rate), (row.model, row.optimizer)


def test_the_baselines_have_what_was_best_for_them():
    """Their defaults are the best of the search, or within a thousandth of it."""
    found = recorded("tuning-baselines").set_index(["model", "parameters"])["value"]
    for kind, space in tuning.BASELINE_SPACES.items():
        default = inspect.signature(kind).parameters
        name = tuning.in_words({parameter: default[parameter].default for parameter in space})
        errors = found[kind.__name__]
        best = errors.max() if kind is EASE else errors.min()
        assert abs(errors[name] - best) < 0.001, (kind, name)


def test_no_best_value_is_at_an_edge_or_at_a_cap():
    """One rate only is no search: L-BFGS takes Newton's step, RProp finds its own. No lambda is
    below 0."""
    found = recorded("tuning")
    best = tuning.best(found)
    last = {"lbfgs": 150, "adam": 600, "adam in batches": 300, "rprop": 400}
    for row in best.itertuples():
        tried = found[(found["model"] == row.model) & (found["optimizer"] == row.optimizer)]
        for name in ("regularization", "learning_rate"):
            values = sorted(tried[name].unique())
            chosen = getattr(row, name)
            inside = values[0] < chosen < values[-1] or chosen == 0
            assert len(values) == 1 or inside, (row, name)
        assert pd.isna(row.epoch) or row.epoch < 0.95 * last[row.optimizer], row


def test_the_first_pages_show_the_recorded_claims(request):
    table = claims_as_markdown(recorded("claims"))
    assert table in (request.config.rootpath / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", front_pictures.PICTURES)
def test_the_pictures_of_the_first_page_are_those_of_the_results(name, request, tmp_path):
    committed = request.config.rootpath / front_pictures.FOLDER / f"{name}.svg"
    assert front_pictures.write(name, tmp_path).read_bytes() == committed.read_bytes()
    assert committed.stat().st_size < 60_000, "a phone waits for it"


def test_every_model_has_its_name_in_the_picture_of_all():
    named = [*figures.BESIDE, *(model for names, _ in figures.COLUMNS for model in names)]
    assert sorted(named) == sorted(figures.IN_WORDS.get(model, model) for model in MODELS)


def test_a_smaller_drawing_is_the_same_drawing():
    drawn = '  <!-- 30 -->\n <path d="M 10.126 3.04 \nL -7.96 0.015625"/> \n'
    assert front_pictures.smaller(drawn) == '<path d="M 10.1 3\nL -8 0.015625"/>\n'


def test_the_recorded_causes_are_those_that_are_asked_for():
    found = recorded("faithful")
    asked = {question.labels for question in faithful.QUESTIONS}
    assert set(found[["model", "reason", "weights"]].itertuples(index=False, name=None)) == asked
    at = found.set_index(["model", "reason", "weights", "order", "k", "measure"])[
        "mean"
    ].sort_index()
    for k in faithful.KS:
        held = at["EASE", "users", "held"].unstack("order").loc[k]
        # With weights held no k terms of a sum take more of it than its largest.
        assert held.loc["del", "own"] <= held.loc["del"].min()
        assert held.loc["del"].to_numpy() == pytest.approx(1 - held.loc["ins"], abs=1e-4)
        assert held.loc["necessity"].to_numpy() == pytest.approx(1 - held.loc["pos"], abs=1e-4)
        assert (held.loc["removed"] <= k).all()
