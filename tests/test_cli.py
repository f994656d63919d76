import json
import re
import subprocess
import sys

import pandas as pd
import pytest
from typer.main import get_command
from typer.testing import CliRunner

from eautorec import EASE, InputError, Ratings, __version__, read_ratings
from eautorec.cli import app, main

HALF_STARS = "1::10::4.5\n1::11::3\n2::10::5\n2::12::0.5\n3::11::2.5\n3::12::4\n3::10::1\n"


@pytest.fixture
def half_stars(tmp_path):
    path = tmp_path / "half.dat"
    path.write_text(HALF_STARS)
    return str(path)


def test_data_describes_a_file(half_stars):
    facts = json.loads(here("data", half_stars, "--json"))
    assert (facts["ratings"], facts["users"], facts["items"]) == (7, 3, 3)


OWN = "who;what;stars;when\nanna;10;4,5;9\nanna;11;3;9\nbob;10;5;9\nbob;12;0,5;9\nanna;12;-1;9\n"
SAID = (
    "--columns who,what,stars --missing -1 --scale 0,5 --separator ; --decimal , --encoding ascii"
)


@pytest.fixture
def own(tmp_path):
    path = tmp_path / "own.csv"
    path.write_text(OWN + "bob;10;4;9\n")
    return [str(path), *SAID.split(), "--duplicates", "last"]


def here(*arguments):
    """What the command prints, without a program of its own. Raises InputError as it does."""
    done = CliRunner().invoke(app, arguments)
    if done.exception:
        raise done.exception
    return done.stdout


def test_data_says_what_a_file_was_taken_for(own, tmp_path, monkeypatch, capsys):
    facts = json.loads(here("data", *own, "--json"))
    assert (facts["ratings"], facts["lowest"], facts["highest"]) == (4, 0, 5)
    assert facts["file"] == {
        "format": "text",
        "encoding": "ascii",
        "separator": "semicolon",
        "decimal": "comma",
        "header": "yes",
        "user": "column 1, 'who'",
        "item": "column 2, 'what'",
        "rating": "column 3, 'stars'",
        "lines_not_rated": 1,
        "duplicates": 1,
    }
    shown = here("data", *own)
    assert "column 2, 'what'" in shown and "lines not rated" in shown
    zeros = tmp_path / "zeros.csv"
    zeros.write_text(
        "user,item,rating\n" + "".join(f"{k},1,{k % 5 * (k % 2)}\n" for k in range(20))
    )
    told = "12 of 20 ratings are 0, and the others lie from 1 to 4"
    assert told in " ".join(here("data", str(zeros)).split())
    monkeypatch.setattr(sys, "argv", ["eautorec", "recommend", str(zeros), "--user", "3"])
    with pytest.raises(SystemExit) as done:
        main()
    said = capsys.readouterr()
    assert done.value.code == 0 and "item" in said.out
    assert said.err.startswith(f"eautorec: {zeros}: {told}") and len(said.err.splitlines()) == 1


def test_how_a_file_is_read_can_be_said_wherever_one_is_taken():
    """The same options, whatever the command."""
    top = get_command(app).commands
    commands = {**top, **{f"study {name}": c for name, c in top["study"].commands.items()}}
    names = {"columns", "separator", "decimal", "encoding", "missing", "scale", "duplicates"}
    no_file = {"study", "study published", "study autorec-1m"}
    for name, command in commands.items():
        found = {parameter.name for parameter in command.params}
        assert name in no_file or names | {"ratings"} <= found, name


def test_a_file_is_read_as_it_is_said_in_every_command(own, tmp_path):
    shown = json.loads(here("recommend", *own, "--user", "anna", "-n", "1", "--json"))
    assert shown["recommendations"][0]["item"] == 12
    assert "because you rated" in here("explain", *own, "--user", "anna", "--item", "12")
    store = ["--store", str(tmp_path / "store.sqlite")]
    assert "multiverse" in here("study", "status", "--ratings", *own, *store)
    with pytest.raises(InputError, match="no column for the user among 'who'"):
        here("study", "status", "--ratings", own[0], *store)
    with pytest.raises(InputError, match="is read as it was published"):
        here("data", "100k", "--columns", "1,2,3")


def test_recommend_explains(half_stars, tmp_path):
    how = ["--with", "e-autorec", "--hidden", "4"]
    asked = ["--user", "1", "-n", "1", "--explain"]
    first = here("recommend", half_stars, *asked, *how)
    assert "people nearest to user 1 rated 12" in first.replace("\n", " ")
    assert max(map(len, first.splitlines())) <= 80
    model = str(tmp_path / "model.npz")
    assert "E-AutoRec on" in here("fit", half_stars, "-o", model, *how)
    assert here("recommend", model, *asked) == first
    with pytest.raises(InputError, match="'eautorec fit' has settled them"):
        here("recommend", model, *asked, "--theta", "1")
    found = json.loads(here("recommend", model, *asked, "--json"))
    assert found["recommendations"][0]["item"] == 12
    assert found["recommendations"][0]["explanation"]["n_neighbors"] == 2


def test_a_saved_model_serves_everybody(half_stars, tmp_path):
    """All lists at once, each as it is alone; a user with new ratings; a newcomer; a reason."""
    model, lists = str(tmp_path / "model.npz"), str(tmp_path / "lists.csv")
    here("fit", half_stars, "-o", model, "--regularization", "2")
    said = here("recommend", model, "--all-users", "-o", lists, "-n", "2")
    assert "items for each of" in said.replace("\n", " ")
    table = pd.read_csv(lists)
    for user, mine in table.groupby("user"):
        alone = json.loads(here("recommend", model, "--user", str(user), "-n", "2", "--json"))
        assert [row["item"] for row in alone["recommendations"]] == mine["item"].tolist()
    fitted = EASE(2.0).fit(read_ratings(half_stars))
    for arguments, person in (
        (["--rated", "12=5"], fitted.fold_in({12: 5})),
        (["--user", "1", "--rated", "10=1"], fitted.fold_in({10: 1}, user=1)),
    ):
        told = json.loads(here("recommend", model, *arguments, "--json"))
        expected = person.recommend(10)
        assert [row["item"] for row in told["recommendations"]] == expected["item"].tolist()
        assert told["recommendations"][0]["score"] == pytest.approx(expected["score"][0])
    assert "because you rated" in here("explain", model, "--user", "1", "--item", "12")


def test_an_item_is_known_by_its_title(tmp_path):
    """Its commas belong to it; a title of two items is none."""
    rows = [("anna", 1, 4), ("bob", 1, 5), ("bob", 2, 5), ("anna", 3, 2), ("bob", 4, 1)]
    frame = pd.DataFrame(rows, columns=["user", "item", "rating"])
    titles = {1: "Postman, The (1994)", 2: "Heat (1995)", 3: "Twins", 4: "Twins"}
    fitted = EASE(2.0).fit(Ratings.from_frame(frame, titles=titles))
    model, own = str(tmp_path / "model.npz"), tmp_path / "own.csv"
    fitted.save(model)
    own.write_text('"Postman, The (1994)",4\n2,5\n')
    expected = fitted.fold_in({1: 4, 2: 5}).recommend(1)
    for rated in ("Postman, The (1994)=4,Heat (1995)=5", "1=4,Heat (1995)=5", str(own)):
        told = json.loads(here("recommend", model, "--rated", rated, "--json"))
        assert told["recommendations"][0]["item"] == expected["item"][0]
        assert told["recommendations"][0]["score"] == pytest.approx(expected["score"][0])
    assert "because you rated" in here("explain", model, "-u", "anna", "-i", "Heat (1995)")
    for rated, said in (
        ("Twins=4", "There is no item 'Twins'"),
        ("2=4,Heat (1995)=5", "twice"),
        ("2=4,Heat", "number 2: 'Heat'"),
        ("heat (1995)=4", r"no item 'heat \(1995\)': did you mean 'Heat \(1995\)'"),
    ):
        with pytest.raises(InputError, match=said):
            here("recommend", model, "--rated", rated)


def test_quotation_marks_belong_to_a_title_and_a_file_has_no_header(tmp_path):
    rows = [("anna", 'Under "Clock"', 4), ("bob", 'Under "Clock"', 5), ("bob", "Heat", 5)]
    fitted = EASE(2.0).fit(
        Ratings.from_frame(pd.DataFrame(rows, columns=["user", "item", "rating"]))
    )
    model, own = str(tmp_path / "model.npz"), tmp_path / "own.csv"
    fitted.save(model)
    expected = fitted.fold_in({'Under "Clock"': 5}).recommend(1)["score"][0]
    for written in ('Under "Clock"=5', '"Under ""Clock""",5\n', 'Under "Clock",5\n'):
        own.write_text(written)
        rated = written if "=" in written else str(own)
        told = json.loads(here("recommend", model, "--rated", rated, "--json"))
        assert told["recommendations"][0]["score"] == pytest.approx(expected)
    own.write_text("Title,My Rating\nHeat,5\n")
    with pytest.raises(InputError, match="number 1: 'Title=My Rating' .* without a header"):
        here("recommend", model, "--rated", str(own))


@pytest.mark.parametrize(
    "arguments, said",
    [
        (["fit", "FILE", "-o", "model.txt"], "let it end with .npz"),
        (["fit", "FILE", "-o", "absent/model.npz"], "There is no folder"),
        (["recommend", "absent.npz", "--user", "1"], "There is no file absent.npz"),
        (["recommend", "FILE", "--all-users"], "--all-users and --output FILE"),
        (["recommend", "FILE", "--all-users", "-o", "a.csv", "--user", "1"], "alone"),
        (["recommend", "FILE", "--all-users", "-o", "a.csv", "--json"], "the file is a table"),
        (["recommend", "FILE", "--all-users", "-o", "absent/a.csv"], "There is no folder"),
        (["recommend", "FILE", "--all-users", "-o", "lists.txt"], "is no name for a table"),
    ],
)
def test_a_model_and_lists_need_a_place(half_stars, arguments, said):
    with pytest.raises(InputError, match=re.escape(said)):
        here(*[half_stars if a == "FILE" else a for a in arguments])


def test_explain_shows_the_neighbours(half_stars):
    arguments = ["--with", "e-autorec", "--user", "1", "--item", "12", "--hidden", "4"]
    shown = here("explain", half_stars, *arguments)
    assert "none" in shown and "explainability is 2.25 of 5" in shown


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["explain", "FILE", "--user", "9", "--item", "10"], "There is no user '9'"),
        (["explain", "FILE", "--user", "1", "--item", "99"], "There is no item '99'"),
        (["recommend", "absent.csv", "--user", "1"], "Cannot read absent.csv"),
        (["data", "FILE", "--scale", "5"], "--scale is '5': give the lowest and the highest"),
        (["data", "FILE", "--columns", "1,2"], "columns is ('1', '2'): give three"),
        (["data", "FILE", "--separator", ","], "no separator in '1::10::4.5'"),
        (["recommend", "FILE"], "Say who the list is for: --user, --rated"),
        (["recommend", "FILE", "--user", "1", "--with", "magic"], "choose one of"),
        (["recommend", "FILE", "--user", "1", "--hidden", "4"], "ease has no parameter n_hidden"),
        (["recommend", "FILE", "--rated", "10:5"], "'10:5'"),
        (["recommend", "FILE", "--rated", "10=9"], "scale from 0.5 to 5"),
        (["recommend", "FILE", "--rated", "99=4"], "There is no item '99'"),
        (["recommend", "FILE", "--rated", "10=4", "--with", "mf"], "must be trained again"),
    ],
)
def test_bad_input_is_one_sentence(half_stars, arguments, message):
    with pytest.raises(InputError, match=re.escape(message)) as told:
        here(*[half_stars if a == "FILE" else a for a in arguments])
    assert len(str(told.value).splitlines()) == 1


def test_bad_input_ends_with_exit_2(half_stars):
    """In a program of its own."""
    command = [sys.executable, "-m", "eautorec.cli", "recommend", half_stars, "--user", "9"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 2 and done.stdout == ""
    assert done.stderr.startswith("eautorec: There is no user '9'")
    assert len(done.stderr.strip().splitlines()) == 1


def test_help_teaches():
    shown = here("--help")
    assert "recommend" in shown and "Example" in shown
    assert here("--version").strip() == __version__


def test_study_tells_what_is_missing(half_stars, tmp_path):
    store = ["--store", str(tmp_path / "store.sqlite")]
    asked = ["--folds", "2", "--starts", "3"]
    first = f"run 'eautorec study run {half_stars} --folds 2 --starts 3' first"
    with pytest.raises(InputError, match=re.escape(first)):
        here("study", "claims", "--ratings", half_stars, *asked, *store)
    with pytest.raises(InputError, match="There is no figure '9'"):
        here("study", "run", half_stars, "--figure", "9", *store)  # before anything is run
    told = here("study", "status", "--ratings", half_stars, *store)
    assert "multiverse" in told and "0.0 minutes" in told
