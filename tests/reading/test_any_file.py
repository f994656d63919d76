"""Whatever a file holds: ratings, or one sentence."""

import tempfile
import warnings
from pathlib import Path

from hypothesis import example, given, settings
from hypothesis import strategies as st

from eautorec import InputError
from eautorec.reading import How, read

CELLS = st.one_of(
    st.text("ab01.,;:|\"' \t-é{}[]", max_size=5),
    st.sampled_from(["user", "item", "rating", "userId", "time", "881250949", "4.5", "1", "99"]),
)
TABLES = st.tuples(
    st.sampled_from([",", "\t", ";", "::", "|", " ", '","']),
    st.lists(st.lists(CELLS, max_size=5), max_size=6),
).map(lambda table: "\n".join(table[0].join(line) for line in table[1]).encode())
SAID = st.builds(
    How,
    columns=st.sampled_from([None, (1, 2, 3), (3, 1, 2), ("user", "item", "rating")]),
    separator=st.sampled_from([None, ",", "tab", "blanks", "::"]),
    decimal=st.sampled_from([None, ".", ","]),
    encoding=st.sampled_from([None, "latin-1", "utf-16", "utf-7", "ascii"]),
    missing=st.sampled_from([(), (0, -1), ("",)]),
    duplicates=st.sampled_from(["error", "last"]),
)


@settings(max_examples=200)
@given(st.one_of(TABLES, st.binary(max_size=40)), st.one_of(st.just(How()), SAID))
@example(b"\x1f\x8b", How())
@example(b"PK\x03\x04", How())
@example(b"PAR1", How())
@example(b"sep=", How())
@example(b'{"user": {}}', How())
def test_ratings_or_one_sentence(content, how):
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("error")
        path = Path(folder) / "ratings.csv"
        path.write_bytes(content)
        try:
            found = read(path, how)
        except InputError as error:
            sentence = str(error)
            assert sentence.endswith(".") and "\n" not in sentence and len(sentence) < 800
        else:
            assert len(found.ratings) > 0 and found.ratings.scale[0] >= 0
            assert found.n_missing >= 0 and found.n_duplicates >= 0
