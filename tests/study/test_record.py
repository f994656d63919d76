"""What goes on record, and what the pages say of it."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner
from worlds import PLAIN, at, of_run, records

from eautorec import InputError
from eautorec.cli import app
from eautorec.study import elsewhere, endings, levels, plan
from eautorec.study.claims import CLAIMS, VERDICTS, claims
from eautorec.study.figures import ESTIMATES
from eautorec.study.protocol import CONTROLS, LISTS, MODELS, Run
from eautorec.study.record import (
    LABEL,
    LEAK,
    MEASURES,
    OF_RUN,
    again_beside,
    as_text,
    claims_as_markdown,
    count_missing,
    fingerprint_of,
    in_digits,
    label,
    lights,
    of_figures,
    paired_with_autorec,
    put_into,
    read_records,
    record,
    said_elsewhere,
    summary,
    tests_of_claims,
    write_claims,
)
from eautorec.study.runner import BASELINES
from eautorec.study.store import Store
from eautorec.synthetic import movielens_like

pytestmark = pytest.mark.slow

tests_of_claims.__test__ = False  # pytest would take it for a test

ROOT = Path(__file__).parents[2]
RESULTS = ROOT / "results"
FOLDS, STARTS = range(2), range(2)


@pytest.fixture(scope="module")
def quickly():
    """No redraws, since how many flips there are is told elsewhere; and few of everything."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("eautorec.study.claims.flip_rate", lambda parts, decided: 0.0)
        patch.setattr(plan, "IN_PLACE_OF_E", plan.IN_PLACE_OF_E[:1])
        patch.setattr(endings, "ENDINGS", endings.ENDINGS[:2])
        patch.setattr(levels, "LEVELS", tuple(levels.LEVELS)[:2])
        yield


@pytest.fixture(scope="module")
def stored(tmp_path_factory, quickly):
    """A study in which everything holds, with some of the large parts; not of this code."""
    store = Store("made up", tmp_path_factory.mktemp("store") / "study.sqlite")
    store.connection.execute("pragma synchronous = off")
    for run in plan.runs([*plan.PARTS, "swapped", "endings", "levels"], FOLDS, STARTS):
        store.add(run, of_run(run), 6.0)
    return store


@pytest.fixture(scope="module")
def folder(stored, tmp_path_factory):
    """Its record."""
    folder = tmp_path_factory.mktemp("results")
    written = record(stored, FOLDS, STARTS, folder)
    assert sorted(written) == sorted(folder.iterdir())
    return folder


@pytest.fixture(scope="module")
def frame(folder):
    return read_records(folder / "records.csv")


def sorted_rows(frame):
    names = [*OF_RUN, "metric", "x", "value"]
    return frame[names].sort_values(names, ignore_index=True)


def test_what_is_complete_is_recorded(folder):
    names = {path.name for path in folder.iterdir()}
    expected = "records claims swapped endings levels study"
    assert names == {f"{name}.csv" for name in expected.split()}


def test_records_come_back_from_their_text(stored, frame):
    """Six digits of each value, and what tells the runs apart; of the sweeps what is shown."""
    there = stored.frame(plan.runs(None, FOLDS, STARTS))
    plain = (there[[*PLAIN]] == PLAIN).all(axis=1)
    shown = plain | (there["metric"].isin(["map", "mep"]) & (there["x"] == 10))
    expected, found = sorted_rows(there[shown]), sorted_rows(frame)
    pd.testing.assert_frame_equal(found, expected, check_exact=False, rtol=1e-5, check_dtype=False)
    assert not found["value"].equals(expected["value"]), "that is more than six digits"
    assert set(found["model"]) == {*MODELS, *CONTROLS, *LISTS, *BASELINES}


def test_a_text_of_records_stays_as_it_is(frame):
    text = as_text(frame)
    assert text == as_text(frame.sample(frac=1, random_state=0).sort_index())
    header = text.partition("\n")[0].split(",")
    assert header[: len(OF_RUN)] == OF_RUN and "map@10" in header and "rmse@0" in header
    assert text.count("\n") == 1 + len(frame.drop_duplicates(OF_RUN)), "a row for each run"


def test_a_run_has_one_row_or_none_is_written(frame):
    """Not the mean of two runs that the text could not tell apart."""
    with pytest.raises(ValueError, match="duplicate"):
        as_text(pd.concat([frame, few(frame)]))


def test_a_record_decides_every_claim_as_the_store_does(stored, frame):
    there = claims(stored.frame(plan.figure_runs(FOLDS, STARTS)))
    found = claims(of_figures(frame))
    assert set(found["verdict"]) == {"supported"}
    pd.testing.assert_frame_equal(found, there, rtol=1e-3, atol=1e-5)


def test_claims_are_recorded_in_every_light(folder):
    found = pd.read_csv(folder / "claims.csv").set_index("id")
    assert list(found.index) == list(CLAIMS)
    at_one_point = found[found["beaten"].notna()]
    assert (at_one_point["asked"] == len(CONTROLS)).all()
    swept = found.loc[["C7", "C8", "C9", "C10"]]
    assert (swept["asked"] == len(plan.IN_PLACE_OF_E)).all() and swept["beaten"].isna().all()
    # Controls have half of the gain, so that they support the claims and are beaten.
    assert found.loc[["C1", "C2", "C3", "C5", "C11"], "due_to_e"].eq("yes").all()
    assert found.loc["C7", "due_to_e"] == "no"


def test_the_facts_of_the_study_are_recorded(folder, stored):
    found = pd.read_csv(folder / "study.csv").set_index("part")
    expected = ["figures", "controls", "baselines", "endings", "levels", "swapped"]
    assert list(found.index) == expected
    assert found.loc["baselines", "runs"] == len(BASELINES) * len(FOLDS)
    assert (found.loc["figures", ["folds", "starts"]] == 2).all()
    assert (found["trained"] <= found["runs"]).all()
    assert found.loc["figures", "trained"] < found.loc["figures", "runs"]
    assert found["computing minutes"].tolist() == pytest.approx((found["runs"] / 10).tolist())
    assert set(found["code"]) == {stored.code} and set(found["ratings"]) == {"made up"}


def test_the_search_of_lambda_is_recorded_for_other_ratings(stored, tmp_path):
    """And only there: the main study's is in `tuning`."""
    search = elsewhere.search()
    with_search = Store("made up too", tmp_path / "study.sqlite")
    runs = plan.runs(None, range(2), range(1))
    for k, run in enumerate(search):
        with_search.add(run, [("rmse", 0, 1.0 + (k + 5) % len(search))], 1.0)
    best = elsewhere.chosen(with_search)
    for run in elsewhere.adapted(runs, with_search):
        with_search.add(run, of_run(run), 6.0)
    record(with_search, range(2), range(1), tmp_path)
    found = pd.read_csv(tmp_path / "regularization.csv")
    assert len(found) == len(MODELS) * len(elsewhere.REGULARIZATIONS)
    assert found.groupby("model").first()["regularization"].to_dict() == best


def test_an_unfinished_study_is_not_recorded(tmp_path):
    store = Store("made up", tmp_path / "study.sqlite")
    store.add(Run("AutoRec", 0), [("rmse", 0, 1.0)], 1.0)
    missing = count_missing(store, None, range(1), range(1))
    assert missing == len(plan.runs(None, range(1), range(1))) - 1
    with pytest.raises(InputError, match=f"{missing} runs are not in .*--folds 1 --starts 1"):
        record(store, range(1), range(1), tmp_path)
    assert not list(tmp_path.glob("*.csv"))


def test_endings_are_compared_by_how_steady_they_are(folder):
    found = pd.read_csv(folder / "endings.csv")
    assert list(found["ending"].unique()) == list(endings.ENDINGS) and len(found) == 2 * 3
    gain = found.set_index("metric")["mean"]
    assert gain["rmse"].to_numpy() == pytest.approx(-0.05, abs=0.002)
    assert gain["map"].to_numpy() == pytest.approx(0.05, abs=0.002)
    assert found.loc[found["metric"] == "map", "null"].to_numpy() == pytest.approx(0.025, abs=0.002)
    assert (found["null_low"] < found["null"]).all() and (found["null"] < found["null_high"]).all()
    assert (found["flips"] == 0).all() and (found["steady"] == found["claims"]).all()


def test_ways_to_hold_the_biases_are_compared(folder):
    found = pd.read_csv(folder / "levels.csv")
    assert list(found["levels"].unique()) == list(levels.LEVELS)
    gain = found["eautorec"] - found["autorec"]
    assert gain.tolist() == pytest.approx(found["mean"].tolist(), abs=2e-6)
    assert (found[list(levels.CLAIMS)] == "supported").all(axis=None)


def test_the_leak_is_a_model_of_its_own(frame):
    found = summary(frame).set_index(["model", "metric"])
    assert list(found.columns) == ["x", *ESTIMATES]
    assert found.loc[("E-AutoRec", "rmse"), "mean"] == pytest.approx(0.90, abs=0.001)
    assert found.loc[(LEAK, "rmse"), "mean"] == pytest.approx(0.85, abs=0.001)
    assert {(metric, x) for (_, metric), x in found["x"].items()} == set(MEASURES)
    assert set(found.index.get_level_values("model")) == {*frame["model"], LEAK}
    assert (found.loc["AutoRec", "starts"] == 2).all() and (found.loc["EASE", "starts"] == 1).all()


def test_models_are_compared_on_the_same_cases(frame):
    found = paired_with_autorec(frame, ["E-AutoRec", *CONTROLS])
    assert list(found.columns) == ["model", "metric", "x", *ESTIMATES]
    mean = found.set_index(["model", "metric", "x"])["mean"]
    assert mean["E-AutoRec", "map", 35] == pytest.approx(0.05, abs=0.001)
    for control in CONTROLS:
        assert mean[control, "rmse", 0] == pytest.approx(-0.025, abs=0.001)
    assert set(found["model"]) == {"E-AutoRec", *CONTROLS}


def test_every_test_of_every_claim_can_be_told(frame):
    found = tests_of_claims(of_figures(frame))
    counts = found.groupby("id", sort=False).size()
    assert list(counts.index) == list(CLAIMS)
    assert counts["C4"] == 4 and counts["C1"] == 1 and counts["C12"] == 2
    assert set(found["verdict"]) == {"supported"}


# What is measured again


def few(frame, fold=0):
    """What a quick check measures again: one start, on one fold."""
    return frame[(frame["fold"] == fold) & (frame["start"] == 0)]


def test_what_is_the_same_again_is_nowhere_away(frame):
    found = again_beside(frame, frame)
    assert (found["away"] == 0).all() and (found["folds"] == len(FOLDS)).all()
    models = {*MODELS, *CONTROLS, *LISTS, *BASELINES}
    assert set(found["model"]) == models and set(found["e_from"]) == {"training", "all"}
    part = again_beside(few(frame), frame)
    assert (part["folds"] == 1).all() and len(part) == len(found)
    # One start of two: it lies where starts lie.
    assert (part["away"] < 5).mean() > 0.95


def measured(values, model="AutoRec", metric="rmse"):
    """Records of values[fold][start]."""
    rows = [
        {"model": model, "fold": f, "start": s, "metric": metric, "x": 0.0, "value": v, **PLAIN}
        for f, starts in enumerate(values)
        for s, v in enumerate(starts)
    ]
    return pd.DataFrame(rows).assign(e_from="training")


def test_the_spread_of_starts_by_hand():
    """Starts differ with variance (2 + 8) / 2 = 5. Measured again is one start on each of two
    folds, so that its mean is off by sqrt(2 * 5 (1/1 + 1/2)) / 2."""
    then = measured([[1.0, 3.0], [2.0, 6.0]])
    found = again_beside(measured([[2.5], [4.5]]), then).iloc[0]
    assert (found["now"], found["then"], found["folds"]) == (3.5, 3.0, 2)
    assert found["error"] == pytest.approx(np.sqrt(15) / 2)
    assert found["away"] == pytest.approx(0.5 / (np.sqrt(15) / 2))


def test_what_does_not_vary_must_be_the_same_in_six_digits():
    then = measured([[0.123457], [0.2]], "biases")
    assert again_beside(measured([[0.1234567], [0.2]], "biases"), then)["away"].item() < 1
    assert again_beside(measured([[0.1235], [0.2]], "biases"), then)["away"].item() > 5


def test_a_shift_of_both_models_is_no_excuse(frame):
    """E-AutoRec is compared by its lead over AutoRec."""

    def away(shifted):
        again = few(frame).copy()
        again["value"] += 0.03 * again["model"].isin(shifted)
        found = again_beside(again, frame)
        mine = found[(found["metric"] == "rmse") & (found["e_from"] == "training")]
        return mine.set_index("model")["away"]

    both = away(MODELS)
    assert both["AutoRec"] > 10 and both["E-AutoRec"] < 5 and both["shuffled"] < 5
    alone = away(["E-AutoRec"])
    assert alone["AutoRec"] < 5 and alone["E-AutoRec"] > 10


def test_a_record_would_tell_a_shuffled_e(frame):
    """Half of the gain, on one fold from one start."""
    again = few(frame)
    swapped = again[again["model"] == "shuffled"].assign(model="E-AutoRec")
    both = pd.concat([again[again["model"] == "AutoRec"], swapped])
    found = again_beside(both, frame).set_index(["model", "metric", "x"])["away"]
    assert found["E-AutoRec", "rmse", 0] > 10


def test_what_is_not_on_record_is_told(frame):
    again = few(frame[frame["model"] == "biases"]).assign(n_hidden=77)
    with pytest.raises(InputError, match="The record has no .*biases.*77"):
        again_beside(again, frame)


def test_what_is_measured_again_must_be_there(frame):
    """A number for each measure, and AutoRec beside E-AutoRec: else nothing was compared."""
    again = few(frame)
    with pytest.raises(InputError, match="rmse of AutoRec is not a number"):
        again_beside(
            again.assign(value=again["value"].mask(at(again, "rmse", 0, "AutoRec"))), frame
        )
    with pytest.raises(InputError, match="E-AutoRec has none of AutoRec"):
        again_beside(again[again["model"] == "E-AutoRec"], frame)


def test_what_was_measured_again_is_put_in_place(frame):
    """Of the same runs; what the record does not have is left out."""
    again = few(frame).copy()
    again["value"] += 1
    unknown = again.assign(fold=9)
    found = put_into(frame, pd.concat([again, unknown]).assign(extra="not asked"))
    assert len(found) == len(frame) and list(found.columns) == list(frame.columns)
    before, after = sorted_rows(frame), sorted_rows(found)
    names = [*OF_RUN, "metric", "x"]
    both = before.merge(after, on=names, suffixes=("", "_after"), validate="1:1")
    changed = (both["fold"] == 0) & (both["start"] == 0)
    gone = both["value_after"] - both["value"]
    np.testing.assert_allclose(gone, changed.astype(float), atol=1e-12)
    pd.testing.assert_frame_equal(sorted_rows(put_into(frame, few(frame))), before)


# The claims in their lights


def table(verdicts: dict[str, str], **more) -> pd.DataFrame:
    """Claims with these verdicts."""
    about = {"claim": "it helps", "statistic": "MAP@10", "difference": 0.01, "low": 0.005}
    about |= {"high": 0.015, "flips": 0.012, "size": "matters", **more}
    return pd.DataFrame([{"id": n, "verdict": v, **about} for n, v in verdicts.items()])


def test_a_claim_is_due_to_e_only_where_every_control_is_beaten():
    found = table({"C1": "supported", "C3": "supported", "C5": "undecided", "C8": "supported"})
    rows = [
        (name, control, "supported" if control == "noise" else "undecided", beaten)
        for name, all_beaten in (("C1", True), ("C3", False), ("C5", True))
        for control in CONTROLS
        for beaten in [all_beaten or control != "noise"]
    ]
    controls = pd.DataFrame(rows, columns=["id", "control", "verdict", "beaten"])
    shown = lights(found, controls).set_index("id")
    assert shown["due_to_e"].to_dict() == {"C1": "yes", "C3": "no", "C5": "", "C8": ""}
    assert shown.loc["C1", "controls"] == 1 and shown.loc["C3", "beaten"] == len(CONTROLS) - 1
    assert shown["asked"].fillna(0).to_dict() == {"C1": 7, "C3": 7, "C5": 7, "C8": 0}
    assert "due_to_e" not in found, "what is given stays as it is"


def test_claims_that_sweep_are_held_against_the_swapped_study():
    """C8 holds with a shuffled e too, so it is not due to E; C10 holds with E only, which two
    controls alone cannot prove."""
    found = table({"C1": "supported", "C8": "supported", "C10": "supported"})
    controls = pd.DataFrame([("C1", c, "undecided", True) for c in CONTROLS])
    controls.columns = ["id", "control", "verdict", "beaten"]
    rows = [("shuffled", "C8", "supported"), ("shuffled", "C10", "undecided")]
    rows += [("same for all", "C8", "undecided"), ("same for all", "C10", "contradicted")]
    rows += [("E-AutoRec", name, "supported") for name in ("C8", "C10")]
    swapped = pd.DataFrame(rows, columns=["model", "id", "verdict"])
    shown = lights(found, controls, None, swapped).set_index("id")
    assert shown["due_to_e"].to_dict() == {"C1": "yes", "C8": "no", "C10": ""}
    assert shown["controls"].to_dict() == {"C1": 0, "C8": 1, "C10": 0}
    assert shown["asked"].to_dict() == {"C1": len(CONTROLS), "C8": 2, "C10": 2}


def with_readings():
    """A claim with three honest readings, of which one is broken, and a leak."""
    found = table({"C1": "supported"})
    controls = pd.DataFrame([("C1", c, "supported", True) for c in CONTROLS])
    controls.columns = ["id", "control", "verdict", "beaten"]
    readings = pd.DataFrame({
        "id": "C1",
        "verdict": ["supported", "mixed", "supported", "contradicted"],
        "broken": [False, True, False, True],
        "e_from": ["training", "training", "training", "all"],
        "ending": "minimum",
        "test_input": "training",
    })  # fmt: skip
    return lights(found, controls, readings)


def test_readings_are_counted_without_leaks():
    row = with_readings().iloc[0]
    assert (row["readings"], row["supported"], row["mixed"], row["broken"]) == (3, 2, 1, 1)
    assert row["contradicted"] == row["undecided"] == 0 and set(VERDICTS) <= set(row.index)


def test_what_other_readings_say_is_one_line():
    row = with_readings().iloc[0].to_dict()
    n = len(CONTROLS)
    expected = f"3 readings: 2 supported, 1 mixed; supported with {n} of {n} controls"
    assert said_elsewhere(row) == expected
    assert said_elsewhere(row | {"readings": np.nan}) == f"supported with {n} of {n} controls"
    assert said_elsewhere({"controls": np.nan}) == ""


def test_claims_are_told_in_a_table(tmp_path):
    """The same from a file, where what is empty has become nan."""
    found = pd.concat(
        [
            table({"C1": "supported"}, size="too small to matter"),
            table({"C2": "undecided"}, size="too small to matter", flips=0.31),
            table({"C3": "supported"}, flips=np.nan),
        ]
    )
    controls = pd.DataFrame([(c, "noise", "supported", c == "C1") for c in ("C1", "C2")])
    controls.columns = ["id", "control", "verdict", "beaten"]
    shown = lights(found, controls)
    shown.to_csv(tmp_path / "claims.csv", index=False)
    text = claims_as_markdown(shown)
    assert claims_as_markdown(pd.read_csv(tmp_path / "claims.csv")) == text
    head, rule, first, second, third, *_, last = text.split("\n")
    assert head.count("|") == rule.count("|") == first.count("|") == 6
    numbers = "MAP@10: +0.0100 (+0.0050 to +0.0150)"
    assert first == (
        f"| C1 it helps | **supported**, too little to matter | {numbers} | 1% | "
        "supported with 1 of 1 controls |"
    )
    assert "| **undecided** |" in second and "| 31% |" in second
    assert third == f"| C3 it helps | **supported** | {numbers} |  |  |"
    assert last == (
        "Supported, and better with E than every control: C1. "
        "Supported, but some control does as well: none. "
        "Asked with fewer controls, or none: C3."
    )


@pytest.mark.parametrize(
    "numbers, expected",
    [
        ((-0.00035212, -0.000651548, -5.26919e-05), "-0.00035 (-0.00065 to -0.00005)"),
        ((1.34442, -4.55891, 7.24774), "+1.3 (-4.6 to +7.2)"),
        ((31.2, 14.9, 47.5), "+31 (+15 to +48)"),
        ((0.5, 0.5, 0.5), "+0.5000 (+0.5000 to +0.5000)"),
    ],
)
def test_a_number_has_the_digits_of_its_interval(numbers, expected):
    assert in_digits(*numbers) == expected


def test_claims_are_put_between_the_marks_of_a_page(tmp_path):
    """Of a page that has those of the same ratings; any other one stays as it is."""
    page, recorded = tmp_path / "README.md", tmp_path / "claims.csv"
    shown = with_readings()
    shown.to_csv(recorded, index=False)
    first, last = "before\n<!-- claims of 72a5 -->\n", "<!-- end of claims -->\nafter\n"
    page.write_text(f"{first}old\n{last}")
    write_claims(recorded, page, "0123")
    assert page.read_text() == f"{first}old\n{last}"
    write_claims(recorded, page, "72a5")
    text = page.read_text()
    assert claims_as_markdown(shown) in text and "old" not in text
    assert text.startswith(first) and text.endswith(last)
    write_claims(recorded, page, "72a5")
    assert page.read_text() == text
    page.write_text("no marks")
    write_claims(recorded, page, "72a5")
    assert page.read_text() == "no marks"
    write_claims(recorded, tmp_path / "there is none.md", "72a5")


def test_a_folder_of_tables_is_of_one_set_of_ratings(tmp_path):
    """Whoever studies other ratings puts the tables elsewhere, or is told to before the work."""
    ratings, others = movielens_like(20, 30, 200), movielens_like(20, 30, 200, seed=1)
    assert fingerprint_of(tmp_path) is None
    label(tmp_path, ratings, "/somewhere/my.csv")
    assert fingerprint_of(tmp_path) == ratings.fingerprint
    assert "somewhere" not in (tmp_path / LABEL).read_text()
    label(tmp_path, ratings, "the same")
    with pytest.raises(InputError, match="are not of other.csv.*give another folder to --to"):
        label(tmp_path, others, "other.csv")
    (tmp_path / LABEL).unlink()
    (tmp_path / "better.csv").write_text("task,model\n")
    with pytest.raises(InputError, match="or do not say of which ratings they are"):
        label(tmp_path, ratings, "my.csv")
    with pytest.raises(InputError, match="There is no folder"):
        label(tmp_path / "absent", ratings, "my.csv")


@pytest.mark.parametrize("command", ["record", "tune", "faithful", "better"])
def test_no_command_mixes_tables_of_other_ratings_in(command, tmp_path):
    """Refused before anything is computed, and the tables stay."""
    label(tmp_path, movielens_like(20, 30, 200), "mine.csv")
    (tmp_path / "better.csv").write_text("task,model\n")
    other = tmp_path / "other.csv"
    movielens_like(20, 30, 200, seed=1).to_frame().to_csv(other, index=False)
    said = ["--ratings", str(other)] if command == "record" else [str(other)]
    store = [] if command in ("faithful", "better") else ["--store", str(tmp_path / "s.sqlite")]
    done = CliRunner().invoke(app, ["study", command, *said, "--to", str(tmp_path), *store])
    assert isinstance(done.exception, InputError)
    assert "are not of" in str(done.exception)
    assert (tmp_path / "better.csv").read_text() == "task,model\n"


# The record of this repository


@pytest.fixture(scope="module")
def on_record():
    if not (RESULTS / "records.csv").exists():
        pytest.skip("results/records.csv is not there yet: 'eautorec study record' writes it")
    return read_records(RESULTS / "records.csv")


def test_the_readme_says_what_is_on_record(on_record):
    found = pd.read_csv(RESULTS / "claims.csv")
    assert list(found["id"]) == list(CLAIMS)
    assert claims_as_markdown(found) in (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_record_is_of_movielens(movielens):
    assert fingerprint_of(RESULTS) == movielens.fingerprint
    assert set(pd.read_csv(RESULTS / "study.csv")["ratings"]) == {movielens.fingerprint}
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert f"<!-- claims of {movielens.fingerprint} -->" in text


def test_the_claims_on_record_are_those_of_the_records(on_record):
    """Whoever changes how they are decided has to record them again. (How many flip is compared
    in test_verdicts_by_other_means.)"""
    found = pd.read_csv(RESULTS / "claims.csv")
    expected = claims(of_figures(on_record)).drop(columns=["flips", "verdict"])
    pd.testing.assert_frame_equal(
        found[list(expected.columns)], expected, rtol=1e-4, atol=1e-9, check_dtype=False
    )


def test_controls_baselines_and_the_leak_are_on_record(on_record):
    models = set(summary(on_record)["model"])
    assert models == {*MODELS, *CONTROLS, *LISTS, *BASELINES, LEAK}
    cases = on_record.groupby("model")["fold"].nunique()
    assert (cases == 10).all()


def test_the_record_would_tell_a_shuffled_e_of_this_study(on_record):
    """On the folds and from the starts that a build measures again: so that one in which E is
    shuffled stops."""
    again = on_record[on_record["start"] == 0]
    swapped = again[again["model"] == "shuffled"].assign(model="E-AutoRec")
    both = pd.concat([again[again["model"] == "AutoRec"], swapped])
    found = again_beside(both, on_record)
    plain = found[found["model"] == "E-AutoRec"]
    assert plain["away"].max() > 4


def test_made_up_records_are_of_one_protocol():
    frame = records(0.05)
    assert at(frame, "rmse").sum() == 10 and set(frame["e_from"]) == {"training"}
