"""Titles and labels are somebody else's text: they reach no terminal as commands, no spreadsheet as
formulas, and no file by a path."""

import hashlib
import json
import zipfile
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner

import eautorec
from eautorec import EASE, InputError, Ratings, read_ratings
from eautorec.cli import app
from eautorec.cli.printing import harmless, print_table, print_text
from eautorec.datasets import fetch
from eautorec.datasets.fetch import PublishedFile, Source
from eautorec.files import write_table

CODES = ("\x1b]0;x\x07", "\x1b[2J", "\x9b2J", "\x7f", "\r", "\u202e")
TITLES = [f"A{code}B" for code in CODES]


def codes_in(text):
    return [code for code in CODES if code[0] in text]


@pytest.fixture
def ratings_file(tmp_path):
    lines = [
        f"{user},{item},{3 + (len(user) + k) % 3}"
        for k, item in enumerate(TITLES)
        for user in ("anna", "ben\x1b[2J", "c")
    ]
    lines = [line for k, line in enumerate(lines) if k % 5]
    path = tmp_path / "titles.jsonl"
    keys = ("user", "item", "rating")
    rows = [dict(zip(keys, line.split(","), strict=True)) for line in lines]
    path.write_text("\n".join(json.dumps(row | {"rating": int(row["rating"])}) for row in rows))
    return str(path)


def test_control_codes_are_written_out():
    assert harmless("A\x1b[2JB\n\x9b") == r"A\x1b[2JB\n\x9b"
    assert harmless("C'est arrivé près de chez vous, 千と千尋") == (
        "C'est arrivé près de chez vous, 千と千尋"
    )


@pytest.mark.parametrize("options", [[], ["--explain"], ["--json"], ["--explain", "--json"]])
def test_no_command_reaches_the_terminal(ratings_file, options):
    assert read_ratings(ratings_file).n_items == len(TITLES)  # the codes are in the labels
    for user in ("anna", "ben\x1b[2J", "nobody\x1b[2J"):
        done = CliRunner().invoke(app, ["recommend", ratings_file, "--user", user, *options])
        if isinstance(done.exception, InputError):
            assert not codes_in(harmless(str(done.exception)))
        else:
            assert done.exit_code == 0 and "\\" in done.output
        assert not codes_in(done.output)


def test_what_is_printed_as_json_is_what_was_there(ratings_file):
    done = CliRunner().invoke(app, ["recommend", ratings_file, "--user", "anna", "--json"])
    items = {row["item"] for row in json.loads(done.output)["recommendations"]}
    assert items and items <= set(TITLES)


def test_tables_and_sentences(capsys):
    print_table(["title"], "l", [[title] for title in TITLES])
    print_text("First\x1b[2J\nsecond")
    said = capsys.readouterr().out
    assert not codes_in(said) and "First\\x1b[2J\nsecond\n" in said


# Spreadsheets

FORMULAS = ["=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "\tx", "\rx"]
HARMLESS = ["-5", "+4.5", "-1e-3", "Amélie", "a=b", "", "'=x"]


def test_no_cell_is_a_formula(tmp_path):
    frame = pd.DataFrame({"item": FORMULAS + HARMLESS, "x": -1.5})
    path = write_table(tmp_path / "table.csv", [frame])
    found = pd.read_csv(path, keep_default_na=False, dtype=str)
    assert found["item"].tolist() == [f"'{cell}" for cell in FORMULAS] + HARMLESS
    assert set(found["x"]) == {"-1.5"}


def test_everybodys_lists_have_no_formula(tmp_path):
    frame = pd.DataFrame(
        {"user": ["=a", "=a", "b", "b", "c"], "item": ["=1", "@2", "@2", "x", "=1"], "rating": 4}
    )
    model = EASE(2.0).fit(Ratings.from_frame(frame, scale=(1, 5)))
    found = pd.read_csv(model.recommend_all(tmp_path / "lists.csv", 2))
    assert not found.astype(str).stack().str.contains(r"^[=@+]").any()
    assert {"'=a", "b", "c"} == set(found["user"])


# Archives

CONTENT = b"1\t1\t5\t0\n"
FILE = PublishedFile("u.data", hashlib.sha256(CONTENT).hexdigest())


def zipped(path, **members):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


@pytest.mark.parametrize("name", ["../u.data", "/tmp/u.data", "a/../../u.data"])
def test_a_name_that_leads_out_of_the_archive_leads_nowhere(name, tmp_path):
    (tmp_path / "in").mkdir()
    place = zipped(tmp_path / "in" / "x.zip", **{name: CONTENT})
    assert Source(place, tmp_path / "cache", only=True).content(FILE) == CONTENT
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == ["x.zip"]


def test_a_bomb_is_not_unpacked(tmp_path, monkeypatch):
    monkeypatch.setattr(fetch, "LARGEST", 1_000_000)
    place = zipped(tmp_path / "x.zip", **{"u.data": bytes(2_000_000)})
    with pytest.raises(InputError, match="unpacks to more than"):
        Source(place, tmp_path, only=True).content(FILE)


def test_a_damaged_or_locked_archive(tmp_path):
    place = zipped(tmp_path / "x.zip", **{"u.data": CONTENT * 100})
    content = bytearray(place.read_bytes())
    content[45:60] = bytes(15)
    place.write_bytes(content)
    with pytest.raises(InputError, match=r"holds no u\.data"):
        Source(place, tmp_path, only=True).content(FILE)


def test_only_one_module_unpickles():
    """And that one by its restricted reader, of content whose hash was checked."""
    root = Path(eautorec.__file__).parent
    unsafe = ("import pickle", "torch.load", "allow_pickle=True", "import joblib", "read_pickle")
    found = [
        path.relative_to(root).as_posix()
        for path in root.rglob("*.py")
        if any(word in path.read_text(encoding="utf-8") for word in unsafe)
    ]
    assert found == ["datasets/fetch.py"]
