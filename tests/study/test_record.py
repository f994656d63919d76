"""What goes on record, and what the pages say of it."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from eautorec import InputError
from eautorec.study.claims import CLAIMS
from eautorec.study.protocol import CONTROLS
from eautorec.study.record import LEAK, claims_as_markdown, lights, record, summary
from eautorec.study.store import Store

ROOT = Path(__file__).parents[2]


def table(verdicts: dict[str, str]) -> pd.DataFrame:
    rows = [(name, verdict, "MAP@10", 0.01, 0.005, 0.015, 10) for name, verdict in verdicts.items()]
    columns = ["id", "verdict", "statistic", "difference", "low", "high", "seeds"]
    return pd.DataFrame(rows, columns=columns).assign(claim="it helps")


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
    assert shown["asked"].to_dict() == {"C1": 5, "C8": 2, "C10": 2}


def test_the_leak_is_a_model_of_its_own():
    about = {"n_hidden": 300, "n_neighbors": 50, "theta": 0.0, "epoch": "validation", "x": 0.0}
    rows = [
        {"model": "E-AutoRec", "seed": s, "metric": "rmse", "value": v, "e_from": e, **about}
        for e, values in (("training", (0.9, 1.0)), ("all", (0.7, 0.8)))
        for s, v in enumerate(values)
    ]
    found = summary(pd.DataFrame(rows)).set_index("model")["mean"]
    assert found.to_dict() == pytest.approx({"E-AutoRec": 0.95, LEAK: 0.75})


def test_an_unfinished_study_is_not_recorded(tmp_path):
    with pytest.raises(InputError, match="runs are not in"):
        record(Store(tmp_path / "study.sqlite"), range(1), tmp_path)
    assert not list(tmp_path.glob("*.csv"))


def test_the_readme_says_what_is_on_record():
    claims = pd.read_csv(ROOT / "results" / "claims.csv")
    assert list(claims["id"]) == list(CLAIMS)
    assert claims_as_markdown(claims) in (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_record_would_tell_a_shuffled_e():
    """On the same splits, the gain over AutoRec is far from that of the same model fed another
    person's e: so a build in which E is shuffled stops."""
    gains = pd.read_csv(ROOT / "results" / "gains.csv")
    gains = gains[(gains["figure"] == "rmse") & (gains["x"] == 0)].set_index("model")
    real, other = gains.loc["E-AutoRec - AutoRec"], gains.loc["shuffled - AutoRec"]
    error = real["sd"] * np.sqrt(1 / real["seeds"] + 1 / other["seeds"])
    assert abs(real["mean"] - other["mean"]) / error > 4


def test_controls_and_the_leak_are_on_record():
    models = pd.read_csv(ROOT / "results" / "models.csv")
    assert {*CONTROLS, "E-AutoRec", LEAK} <= set(models["model"])
    gains = pd.read_csv(ROOT / "results" / "gains.csv")
    assert {f"{control} - AutoRec" for control in CONTROLS} <= set(gains["model"])
