"""Whatever the dialect that a file is written in, the same ratings come out."""

import csv
import io
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from eautorec import InputError, Ratings, read_ratings
from eautorec.reading import tables, text
from eautorec.reading.columns import Layout
from eautorec.reading.dialect import Dialect
from eautorec.reading.tables import row_batches, text_batches, text_rows
from eautorec.reading.text import Block

LABELS = st.one_of(
    st.integers(0, 30).map(str),
    st.sampled_from(["007", "1.10", "12E5", "NA", "Amélie", "'Night' Bus", "-3", "True", "٣"]),
)
ROUGH = st.text("ab1 ,;|\t\"'é:-.", min_size=1, max_size=6).filter(
    lambda label: label.strip() == label and "::" not in label
)
VALUES = st.sampled_from(["0.5", "1", "2.5", "4.25", "5"])


def written(labels):
    return st.lists(
        st.tuples(labels, labels, VALUES), min_size=2, max_size=30, unique_by=lambda row: row[:2]
    )


def read_text(content, written_as="utf-8", **options):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "ratings.csv"
        path.write_bytes(content.encode(written_as))
        return read_ratings(path, **options)


def expected(rows):
    frame = pd.DataFrame(rows, columns=["user", "item", "rating"])
    return Ratings.from_frame(frame.assign(rating=frame["rating"].astype(float)))


@settings(max_examples=50)
@given(
    written(LABELS),
    st.sampled_from([",", "\t", ";", "|", "::", " "]),
    st.sampled_from(["\n", "\r\n", "\r"]),
    st.sampled_from(["", "\ufeff"]),
    st.booleans(),
    st.booleans(),
)
def test_any_dialect_gives_the_same_ratings(rows, separator, end, mark, header, comma):
    """Without a word, as long as labels need no quotation marks."""
    rows = [tuple(cell.replace(" ", "_") for cell in row) for row in rows]
    comma = comma and separator != ","
    lines = [["user", "item", "rating"]] * header + [
        [user, item, rating.replace(".", ",") if comma else rating] for user, item, rating in rows
    ]
    content = mark + "".join(separator.join(line) + end for line in lines)
    assert read_text(content).equals(expected(rows))


@settings(max_examples=50)
@given(
    written(st.one_of(LABELS, ROUGH)),
    st.sampled_from(",\t;|"),
    st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC]),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "cp1252"]),
)
def test_quoted_labels_may_hold_anything(rows, separator, quoting, encoding):
    rows = [tuple(cell.replace("٣", "three") for cell in row) for row in rows]
    file = io.StringIO(newline="")
    writer = csv.writer(file, delimiter=separator, quoting=quoting)
    writer.writerows([["user", "item", "rating"], *rows])
    said = {} if encoding.startswith("utf-8") else {"encoding": encoding}
    assert read_text(file.getvalue(), encoding, **said).equals(expected(rows))


LINES = st.lists(
    st.lists(st.text("a1 .-é", max_size=3), min_size=2, max_size=4).map(",".join), max_size=8
)


@given(LINES, st.integers(1, 4))
@example(["a,b,1", "a,b", "c,d,1,e"], 1)  # separators that add up
@example(["a,b,1", "", "  ", ",,", ",, ", "c,d,2"], 5)
@example([",, ", " ,b,1"], 1)
def test_fast_and_slow_cut_the_same_cells(lines, n_lines):
    """Blocks of regular lines go through pandas; one by one they go through csv."""
    layout = Layout((0, 1, 2), 3, 0)
    blocks = [
        Block(k + 1, "".join(line + "\n" for line in lines[k : k + n_lines]))
        for k in range(0, len(lines), n_lines)
    ]

    def cells(batches):
        try:
            found = [[np.array(c.texts, object)[c.codes] for c in batch] for batch in batches]
        except InputError as error:
            return str(error)
        columns = [np.concatenate(parts) for parts in zip(*found, strict=True)]
        return [[cell.strip() for cell in column] for column in columns]

    slow = cells(row_batches(text_rows(blocks, Dialect(","), layout, "x"), layout.places))
    assert cells(text_batches(blocks, Dialect(","), layout, "x")) == slow


@settings(max_examples=50)
@given(written(LABELS), st.integers(1, 40))
def test_the_size_of_a_block_changes_nothing(rows, size):
    content = "".join(",".join(row) + "\r\n" for row in rows)
    with pytest.MonkeyPatch.context() as patch, tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "ratings.csv"
        path.write_text(content, "utf-8", newline="")
        whole = [block.text for block in text.blocks(path, "utf-8")]
        patch.setattr("eautorec.reading.unpack.CHUNK", size)
        patch.setattr(tables, "BATCH", 3)
        parts = list(text.blocks(path, "utf-8"))
        assert "".join(block.text for block in parts) == "".join(whole)
        for block in parts:
            before = content.replace("\r\n", "\n")[: sum(len(b.text) for b in parts if b < block)]
            assert block.first_line == before.count("\n") + 1


def test_lines_are_counted_through_all_blocks(file, monkeypatch):
    monkeypatch.setattr("eautorec.reading.unpack.CHUNK", 64)
    lines = [f"{k},{k},5\n" for k in range(100)]
    for bad, message in (
        ("7,x,good\n", "line 101, column rating"),
        ("7,7,5\n", "line 101: user 7 rated item 7 already in line 8"),
        (",1,5\n", "line 101, column user"),
        ('7,"a""b",3,4\n', "line 101 has 4 cells, but line 1 has 3"),
        ("7,7\n", "line 101 has 2 cells"),
    ):
        with pytest.raises(InputError, match=message):
            read_ratings(file("".join(lines) + bad + "1,2,3\n"))
    with pytest.raises(InputError, match="line 101: byte 0xE9"):
        read_ratings(file("".join(lines).encode() + b"1,\xe9,3\n"))
    with pytest.raises(InputError, match="line 103: user 7 rated item 7 already in line 9"):
        read_ratings(file("".join(["1,x,-1\n", *lines, "8,y,-1\n", "7,7,5\n"])), missing=-1)


def test_labels_are_told_apart_as_text_whatever_pandas_makes_of_them(file, monkeypatch):
    """pandas 3.1 takes categories for numbers where it can, 2.1 leaves them as text: so columns are
    read as objects, and no version is asked what a label is."""
    asked = []
    plain = pd.read_csv

    def noted(*arguments, **options):
        asked.append(options)
        return plain(*arguments, **options)

    monkeypatch.setattr(tables.pd, "read_csv", noted)
    ratings = read_ratings(file("007,1.10,5\n7,1.1,4\n1e1,01,3\n"))
    assert ratings.users.tolist() == ["007", "1e1", "7"]
    assert ratings.items.tolist() == ["01", "1.1", "1.10"]
    assert [(o["dtype"], o["na_filter"]) for o in asked] == [(object, False)]
