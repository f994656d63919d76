import io
import lzma
import os
import pickle
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pooch
import pytest

from eautorec import InputError, load_movielens
from eautorec.datasets.fetch import RestrictedUnpickler, _reason
from eautorec.datasets.movielens import _load_2016, _load_edition


@pytest.fixture
def no_network(monkeypatch):
    def refuse(*_, **__):
        raise OSError("Max retries exceeded: Failed to resolve")

    monkeypatch.setattr("pooch.HTTPDownloader.__call__", refuse)
    monkeypatch.setattr("eautorec.datasets.fetch._pip_downloader", lambda mirror: refuse)
    monkeypatch.delenv("EAUTOREC_DATA", raising=False)


def test_the_real_data(movielens):
    assert (len(movielens), movielens.n_users, movielens.n_items) == (100_000, 943, 1682)
    assert movielens.scale == (1, 5)
    assert movielens.to_frame().iloc[0].tolist() == [196, 242, 3]


def test_the_times_are_those_of_the_file(movielens):
    """In the order of the ratings: seconds, from September 1997 to April 1998."""
    assert movielens.times[:2].tolist() == [881250949, 891717742]
    first, last = (datetime.fromtimestamp(t, UTC) for t in np.sort(movielens.times)[[0, -1]])
    assert (first.year, first.month, last.year, last.month) == (1997, 9, 1998, 4)


def test_the_fingerprint_is_of_these_ratings(movielens):
    """The study keeps its runs under it."""
    assert movielens.fingerprint == "72a585320d171848"


class Files:
    """A source with these contents, by the name of the file, none of them local."""

    def __init__(self, **contents):
        self.contents = contents

    def content(self, file):
        return self.contents[file.name.partition(".")[0].replace("-", "_")]

    def local_content(self, file):
        return None

    def local_folder(self, name, members):
        return None


def test_a_million_ratings_have_times_too():
    """A file in the form of MovieLens-1M."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("ml-1m/ratings.dat", "1::10::5::978300760\n2::10::3::978302109\n")
        archive.writestr("ml-1m/movies.dat", "10::Misérables, Les (1995)::Drama".encode("latin-1"))
    found = _load_edition("1m", Files(ml_1m=content.getvalue()))
    assert found.to_frame().values.tolist() == [[1, 10, 5], [2, 10, 3]]
    assert found.times.tolist() == [978300760, 978302109]
    assert found.title(10) == "Misérables, Les (1995)"


def test_the_edition_of_2016_has_times_too(monkeypatch):
    columns = ["movieId", "title", "year", "userId", "rating", "timestamp"]
    rows = [[31, "Dangerous Minds", 1995, 1, 2.5, 1260759144], [7, "Untold", None, 2, 4, 9]]
    frame = pd.DataFrame(rows, columns=columns)
    monkeypatch.setattr(RestrictedUnpickler, "load", lambda self: frame)
    found = _load_2016(Files(movielens=lzma.compress(b"")))
    assert found.to_frame().values.tolist() == [[1, 31, 2.5], [2, 7, 4]]
    assert found.times.tolist() == [1260759144, 9] and found.scale == (0.5, 5)
    assert (found.title(31), found.title(7)) == ("Dangerous Minds (1995)", "Untold")


def test_titles_and_their_encoding(movielens):
    assert movielens.title(251) == "Shall We Dance? (1996)"
    assert movielens.title(1286) == "Shall We Dance? (1937)"
    assert movielens.title(1104) == "C'est arrivé près de chez vous (1992)"
    assert movielens.title(267) == "unknown"
    assert movielens.title(1412).endswith("(1995) (V)")
    assert set(movielens.titles) == set(movielens.items.tolist())


def test_without_network_one_sentence(no_network, tmp_path):
    with pytest.raises(InputError, match="no connection.*EAUTOREC_DATA") as caught:
        load_movielens(cache=tmp_path)
    assert "\n" not in str(caught.value)
    assert not any(tmp_path.rglob("u.data"))


def test_a_page_instead_of_the_data_never_reaches_the_cache(monkeypatch, tmp_path):
    def page(url, output_file, pooch):
        with open(output_file, "w") as file:
            file.write("<html>maintenance</html>")

    monkeypatch.setattr("pooch.HTTPDownloader.__call__", lambda self, *args: page(*args))
    monkeypatch.setattr("eautorec.datasets.fetch._pip_downloader", lambda mirror: page)
    monkeypatch.delenv("EAUTOREC_DATA", raising=False)
    with pytest.raises(InputError, match="sent something else"):
        load_movielens(cache=tmp_path)
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


def test_a_full_disk_is_no_fault_of_the_publisher(monkeypatch, tmp_path):
    def full(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pooch.HTTPDownloader.__call__", full)
    monkeypatch.delenv("EAUTOREC_DATA", raising=False)
    with pytest.raises(InputError, match=r"Cannot write .*u\.data: no space left on device"):
        load_movielens(cache=tmp_path)
    assert not list(tmp_path.iterdir())


def test_a_damaged_cache_is_not_used(no_network, tmp_path):
    (tmp_path / "u.data").write_text("1\t1\t5\t0\n")
    with pytest.raises(InputError, match="could not be fetched"):
        load_movielens(cache=tmp_path)


def test_a_local_copy_must_be_the_published_one(tmp_path, monkeypatch):
    (tmp_path / "u.data").write_text("1\t1\t5\t0\n")
    with pytest.raises(InputError, match="not the published file"):
        load_movielens(path=tmp_path)
    monkeypatch.setenv("EAUTOREC_DATA", str(tmp_path / "absent"))
    with pytest.raises(InputError, match="does not exist"):
        load_movielens()
    with pytest.raises(InputError, match=r"holds no u\.data"):
        (tmp_path / "empty").mkdir()
        load_movielens(path=tmp_path / "empty")


def test_a_local_zip_file_is_read(movielens, tmp_path):
    cache = Path(os.environ.get("EAUTOREC_CACHE") or pooch.os_cache("eautorec"))
    with zipfile.ZipFile(tmp_path / "ml-100k.zip", "w") as archive:
        for file in cache.glob("*"):
            if file.name in ("u.data", "u.item", "ml-100k.item"):
                archive.write(file, f"ml-100k/{file.name}")
    for path in (tmp_path, tmp_path / "ml-100k.zip"):
        assert load_movielens(path=path).equals(movielens)
        assert load_movielens(path=path).titles == movielens.titles


def test_unknown_names_are_told():
    with pytest.raises(InputError, match="choose one of 100k, 1m, .*latest-small"):
        load_movielens("100m")


def test_the_pickle_reader_refuses_code():
    with pytest.raises(InputError, match="system"):
        RestrictedUnpickler(io.BytesIO(pickle.dumps(os.system))).load()


def test_reasons_are_short():
    expired = OSError("HTTPSConnectionPool: Max retries (SSLError CERTIFICATE_VERIFY_FAILED)")
    assert _reason(expired) == "its certificate is not valid"
