"""Packed files, JSON lines and Parquet."""

import gzip
import io
import json
import re
import sys
import zipfile

import numpy as np
import pandas as pd
import pytest

from eautorec import InputError, read_ratings
from eautorec.reading import read, unpack

TEXT = "user,item,rating\n007,a,4.5\n8,b,3\n"
ROWS = [["007", "a", 4.5], ["8", "b", 3.0]]


def rows(path, **options):
    return read_ratings(path, **options).to_frame().to_numpy(object).tolist()


def zipped(*members, **options):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, **options) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return file.getvalue()


@pytest.mark.parametrize("name", ["ratings.csv.gz", "ratings"])
def test_gzip_is_known_by_its_content(file, name):
    found = read(file(gzip.compress(TEXT.encode()), name))
    assert found.ratings.to_frame().to_numpy(object).tolist() == ROWS
    assert found.format == "text in gzip"


@pytest.mark.parametrize(
    "members",
    [
        [("ratings.csv", TEXT)],
        [("ml/", ""), ("ml/ratings.csv", TEXT), ("__MACOSX/ml/._ratings.csv", "x")],
        [("../../ratings.csv", TEXT)],
        [("/etc/ratings.csv", TEXT)],
    ],
)
def test_the_one_file_in_a_zip_is_read_and_nothing_is_written(file, members, monkeypatch):
    path = file(zipped(*members), "ratings.zip")
    before = sorted(path.parent.parent.rglob("*"))
    monkeypatch.chdir(path.parent)
    found = read(path)
    assert found.ratings.to_frame().to_numpy(object).tolist() == ROWS
    assert found.format == "text in zip"
    assert sorted(path.parent.parent.rglob("*")) == before


def with_password(content):
    """The flag of a password set, in both headers."""
    raw = bytearray(zipped(("ratings.csv", content)))
    for signature, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        raw[raw.index(signature) + place] |= 1
    return bytes(raw)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (zipped(("a.csv", TEXT), ("b.csv", TEXT)), "holds 2 files, such as 'a.csv': unpack it"),
        (zipped(), "holds 0 files"),
        (zipped(("[Content_Types].xml", ""), ("xl/a.xml", "")), "spreadsheet: save its sheet as"),
        (with_password(TEXT), "cannot be unpacked here .*password"),
        (zipped(("a.csv", TEXT))[:-30], "is damaged"),
        (gzip.compress(TEXT.encode())[:-12], "is damaged"),
        (gzip.compress(TEXT.encode())[:-8] + b"\0" * 8, "is damaged"),
        (b"PK\x03\x04....", "is damaged"),
        (zipped(("inner.zip", zipped(("a.csv", TEXT)))), "not a text file|not UTF-8"),
        (gzip.compress(b""), "is empty"),
        (b"PAR1....PAR1", "damaged Parquet file|needs the package pyarrow"),
    ],
    ids="two none sheet password cut-zip cut-gzip sum no-zip nested empty parquet".split(),
)
def test_what_cannot_be_unpacked_is_told(file, content, message):
    path = file(content, "ratings.bin")
    with pytest.raises(InputError, match=message) as caught:
        read_ratings(path)
    assert "\n" not in str(caught.value)


def test_no_more_is_unpacked_than_is_stated(file, monkeypatch):
    many = "user,item,rating\n" + "".join(f"{k},1,5\n" for k in range(30_000))
    packed = [(gzip.compress(many.encode()), "a.gz"), (zipped(("a.csv", many)), "a.zip")]
    assert all(len(read_ratings(file(*one))) == 30_000 for one in packed)
    monkeypatch.setattr(unpack, "MAX_UNPACKED", 100_000)
    for one in packed:
        with pytest.raises(InputError, match="unpacks to more than .* GiB: if that is right"):
            read_ratings(file(*one))
    assert len(read_ratings(file(many))) == 30_000  # what is not packed is no trap


def test_one_endless_line_is_no_text(file):
    with pytest.raises(InputError, match="not a text file"):
        read_ratings(file(gzip.compress(bytes(50_000_000)), "bomb.gz"))
    with pytest.raises(InputError, match="line 1 is longer than"):
        read_ratings(file(gzip.compress(b"1" * 50_000_000), "bomb.gz"))


@pytest.mark.parametrize("name", ["ratings.jsonl", "ratings.ndjson", "ratings.json.gz"])
def test_json_lines(file, name):
    lines = [
        '{"reviewerID": "A", "asin": 7, "overall": 5.0, "text": "a \\"good\\" one, {}"}',
        "",
        '{"asin": "007", "overall": 3, "reviewerID": "A"}',
        '{"reviewerID": 1.10, "asin": "1e5", "overall": "4.5"}',
    ]
    content = "\n".join(lines).encode()
    found = read(file(gzip.compress(content) if name.endswith("gz") else content, name))
    assert found.ratings.to_frame().to_numpy(object).tolist() == [
        ["A", "7", 5.0], ["A", "007", 3.0], ["1.10", "1e5", 4.5],
    ]  # fmt: skip
    assert found.columns == {"user": "reviewerID", "item": "asin", "rating": "overall"}
    assert found.format.startswith("JSON lines")


GOOD = '{"user": 1, "item": 10, "rating": 5}\n'


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (GOOD + '{"user": 1, "item": 11', "line 2 is no JSON object"),
        (GOOD + "[1, 2, 3]\n", "line 2 is no JSON object"),
        (GOOD + "7\n", "line 2 is no JSON object"),
        (GOOD + '{"user": 1, "item": 11}\n', "line 2, column rating: the cell is empty"),
        (GOOD + '\n{"user": null, "item": 1, "rating": 2}\n', "line 3, column user: .* empty"),
        (GOOD + '{"user": [1], "item": 11, "rating": 5}\n', "line 2, column user: the value is"),
        (GOOD + '{"user": true, "item": 11, "rating": 5}\n', "column user: the value is True"),
        (GOOD + '{"user": 1, "item": 11, "rating": NaN}\n', "column rating: the cell is 'NaN'"),
        ('{"who": 1, "what": 2, "stars": 3}\n', "no column for the user among 'who', 'what'"),
        ("[" + GOOD.strip() + "]\n", "is one JSON list: give a file with one object a line"),
    ],
)  # fmt: skip
def test_json_that_is_no_rating_is_told(file, lines, message):
    with pytest.raises(InputError, match=message) as caught:
        read_ratings(file(lines, "ratings.json"))
    assert "\n" not in str(caught.value)


def test_columns_of_json_can_be_said(file):
    path = file('{"a": 3, "b": 1, "c": 2}\n', "x.jsonl")
    assert rows(path, columns=("b", "c", "a")) == [[1, 2, 3]]
    assert rows(path, columns=(2, 3, 1)) == [[1, 2, 3]]


FRAME = pd.DataFrame(
    {
        "rating": np.array([0.1, 3, 0], np.float32),
        "userId": ["007", "8", "8"],
        "movieId": [30, 20, 10],
    }
)


def test_parquet(tmp_path):
    pytest.importorskip("pyarrow")
    path = tmp_path / "ratings.parquet"
    FRAME.to_parquet(path)
    found = read(path)
    assert found.ratings.to_frame().to_numpy(object).tolist() == [
        ["007", 30, np.float32(0.1)], ["8", 20, 3], ["8", 10, 0],
    ]  # fmt: skip
    assert found.format == "Parquet" and found.columns["item"] == "movieId"
    assert rows(path, missing=0, columns=(2, 3, 1)) == rows(path)[:2]
    FRAME.set_index("userId").to_parquet(path)
    assert read(path).ratings.equals(found.ratings)
    FRAME.astype({"userId": "category"}).to_parquet(path)
    assert read(path).ratings.equals(found.ratings)
    FRAME.assign(movieId=[30, None, 10]).to_parquet(path)
    with pytest.raises(InputError, match="row 1, column item: the cell is empty"):
        read_ratings(path)
    assert rows(path, missing=3) == [["007", 30, np.float32(0.1)], ["8", 10, 0]]


def test_parquet_without_a_package_says_what_to_install(file, monkeypatch):
    for name in ("pyarrow", "fastparquet"):
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(InputError, match=re.escape("pyarrow: install it with pip install")):
        read_ratings(file(b"PAR1....PAR1", "ratings.parquet"))


def test_parquet_with_a_package_of_no_use_says_why(file, tmp_path, monkeypatch):
    (tmp_path / "pyarrow.py").write_text("raise ImportError('made for another NumPy')")
    monkeypatch.setitem(sys.modules, "fastparquet", None)
    for name in [name for name in sys.modules if name.split(".")[0] == "pyarrow"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(InputError, match=re.escape("used: made for another NumPy): install it")):
        read_ratings(file(b"PAR1....PAR1", "ratings.parquet"))


def test_the_same_ratings_in_every_format(file, tmp_path):
    table = FRAME.assign(rating=[4.5, 3, 1])
    text = table.to_csv(index=False)
    objects = "".join(json.dumps(row) + "\n" for row in table.to_dict("records"))
    found = [
        read_ratings(file(text)),
        read_ratings(file(gzip.compress(text.encode()), "a.csv.gz")),
        read_ratings(file(zipped(("a.csv", text)), "a.zip")),
        read_ratings(file(objects, "a.jsonl")),
    ]
    assert all(one.equals(found[0]) for one in found)
