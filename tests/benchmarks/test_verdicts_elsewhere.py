"""The same study on two machines, compared."""

from pathlib import Path

import pandas as pd
import pytest

from eautorec.errors import InputError
from eautorec.study.record import read_records
from eautorec_benchmarks import verdicts

HERE = Path(__file__).parents[2] / "results" / "filmtrust"


@pytest.fixture(scope="module")
def record():
    return read_records(HERE / "records.csv")


def test_a_record_is_like_itself(record):
    decided, moved = verdicts.beside(record, record)
    assert (decided["verdict"] == decided["verdict there"]).all()
    assert list(decided["verdict"]) == list(pd.read_csv(HERE / "claims.csv")["verdict"])
    assert (moved["largest"] == 0).all() and set(moved["metric"]) == set(verdicts.MEASURES)


def test_what_moved_is_found_and_decides_anew(record):
    """All of E-AutoRec's errors a tenth of a star larger: it is contradicted that it predicts
    better."""
    is_it = (record["model"] == "E-AutoRec") & (record["metric"] == "rmse")
    worse = record.assign(value=record["value"] + 0.1 * is_it)
    decided, moved = verdicts.beside(record, worse)
    [first] = decided[decided["id"] == "C1"].to_dict("records")
    assert first["verdict"] == "supported" and first["verdict there"] == "contradicted"
    moved = moved.set_index(["model", "metric"])["largest"]
    assert moved["E-AutoRec", "rmse"] == pytest.approx(0.1) and moved.sum() == pytest.approx(0.1)


def test_other_runs_are_not_compared(record):
    with pytest.raises(InputError, match="no run in common"):
        verdicts.beside(record, record.assign(fold=record["fold"] + 10))


def test_other_ratings_are_refused(tmp_path):
    for data in ("here", "there"):
        (tmp_path / data / "filmtrust").mkdir(parents=True)
        (tmp_path / data / "filmtrust" / "records.csv").write_text("")
        label = pd.DataFrame({"fingerprint": [data]})
        label.to_csv(tmp_path / data / "filmtrust" / "measured-on.csv", index=False)
    with pytest.raises(InputError, match="other ratings"):
        verdicts.main(str(tmp_path / "there"), str(tmp_path / "here"))


def test_an_empty_folder_is_told(tmp_path):
    with pytest.raises(InputError, match="has a records.csv"):
        verdicts.main(str(tmp_path), str(HERE.parent))
