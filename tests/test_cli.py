import json
import subprocess
import sys

import pytest

HALF_STARS = "1::10::4.5\n1::11::3\n2::10::5\n2::12::0.5\n3::11::2.5\n3::12::4\n3::10::1\n"


@pytest.fixture
def half_stars(tmp_path):
    path = tmp_path / "half.dat"
    path.write_text(HALF_STARS)
    return str(path)


def run(*arguments):
    return subprocess.run(
        [sys.executable, "-m", "eautorec.cli", *arguments], capture_output=True, text=True
    )


def test_data_describes_a_file(half_stars):
    facts = json.loads(run("data", half_stars, "--json").stdout)
    assert (facts["ratings"], facts["users"], facts["items"]) == (7, 3, 3)


def test_recommend_explains(half_stars, tmp_path):
    arguments = ["recommend", half_stars, "--user", "1", "-n", "1", "--explain", "--hidden", "4"]
    arguments += ["--with", "e-autorec", "--model", str(tmp_path / "model.npz")]
    first = run(*arguments)
    assert first.returncode == 0, first.stderr
    assert "people nearest to user 1 rated 12" in first.stdout.replace("\n", " ")
    assert max(map(len, first.stdout.splitlines())) <= 80
    assert run(*arguments).stdout == first.stdout  # from the stored model
    other = run(*arguments, "--theta", "1")
    assert other.returncode == 2 and "other ratings or settings" in other.stderr
    found = json.loads(run(*arguments, "--json").stdout)
    assert found["recommendations"][0]["item"] == 12
    assert found["recommendations"][0]["explanation"]["n_neighbors"] == 2


def test_explain_shows_the_neighbours(half_stars):
    arguments = ["--with", "e-autorec", "--user", "1", "--item", "12", "--hidden", "4"]
    shown = run("explain", half_stars, *arguments)
    assert shown.returncode == 0, shown.stderr
    assert "none" in shown.stdout and "explainability is 2.25 of 5" in shown.stdout


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["explain", "FILE", "--user", "9", "--item", "10"], "There is no user '9'"),
        (["explain", "FILE", "--user", "1", "--item", "99"], "There is no item '99'"),
        (["recommend", "FILE", "--user", "1", "--model", "absent/m.npz"], "There is no folder"),
        (["recommend", "absent.csv", "--user", "1"], "Cannot read absent.csv"),
        (["recommend", "FILE"], "Say who the list is for: either --user or --rated"),
        (["recommend", "FILE", "--user", "1", "--rated", "10=5"], "Say who the list is for"),
        (["recommend", "FILE", "--user", "1", "--with", "magic"], "choose one of"),
        (["recommend", "FILE", "--user", "1", "--hidden", "4"], "ease has no parameter n_hidden"),
        (["recommend", "FILE", "--rated", "10:5"], "'10:5'"),
        (["recommend", "FILE", "--rated", "10=9"], "scale from 0.5 to 5"),
        (["recommend", "FILE", "--rated", "99=4"], "There is no item '99'"),
        (["recommend", "FILE", "--rated", "10=4", "--with", "mf"], "must be trained again"),
    ],
)
def test_bad_input_is_one_sentence_and_exit_2(half_stars, arguments, message):
    done = run(*[half_stars if a == "FILE" else a for a in arguments])
    assert done.returncode == 2
    assert message in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_help_teaches():
    shown = run("--help").stdout
    assert "recommend" in shown and "Example" in shown
    assert run("--version").stdout.strip()


def test_study_tells_what_is_missing(half_stars, tmp_path):
    store = str(tmp_path / "store.sqlite")
    asked = ["--folds", "2", "--starts", "3"]
    done = run("study", "claims", "--ratings", half_stars, *asked, "--store", store)
    first = f"run 'eautorec study run {half_stars} --folds 2 --starts 3' first"
    assert done.returncode == 2 and first in done.stderr
    done = run("study", "run", half_stars, "--figure", "9", "--store", store)
    assert done.returncode == 2 and "There is no figure '9'" in done.stderr
    assert "multiverse" in run("study", "status", "--ratings", half_stars, "--store", store).stdout
