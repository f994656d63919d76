"""Coverage-guided fuzzing (package `atheris`) of what reads files from elsewhere: ratings, models,
the store. Whatever the bytes, the answer is a result or an InputError, soon and in bounded memory.

`python tests/fuzz/fuzz.py ratings -max_total_time=600`; `make fuzz` takes all three.
"""

import sys
import tempfile
import warnings
import zipfile
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["eautorec"]):
    from eautorec import EASE, read_ratings
    from eautorec.errors import InputError
    from eautorec.models import load
    from eautorec.study import store as study_store
    from eautorec.study.protocol import Run
    from eautorec.synthetic import five_users

warnings.simplefilter("ignore")
MEMORY = "/dev/shm" if Path("/dev/shm").is_dir() else None
FOLDER = Path(tempfile.mkdtemp(dir=MEMORY))  # a disk would take most of the time
BOUNDS = ["-timeout=20", "-rss_limit_mb=3000", "-max_len=8192", "-len_control=0"]
BOUNDS += [f"-artifact_prefix={FOLDER}/"]

NAMES = ("a.csv", "a.tsv", "a.dat", "a.txt", "a.jsonl", "a.csv.gz", "a.zip")
SEEDS = {
    "ratings": [
        b"\0user,item,rating\n1,2,3\n1,3,4.5\n2,2,5\n",
        b"\x01user\titem\trating\ttime\nu1\ti1\t3\t9\nu1\ti2\t4\t9\n",
        b"\x02" + b"1::2::3::978300760\n1::3::4::978302109\n2::2::5::978301968\n",
        b'\0"User-ID";"ISBN";"Book-Rating"\n"276725";"034545104X";"0"\n"276726";"0155061224";"5"\n',
        b"\x03anna Heat 4\nbert Heat 3\nbert Fargo 5\n",
        b"\0sep=;\nuser;item;rating\n1;10;4,5\n2;10;0,75\n",
        b'\x04{"user": 1, "item": 2, "rating": 3}\n{"user": 1, "item": 3, "rating": 4}\n',
        "\0user,item,rating\nJürgen,Amélie,4\nJürgen,\u201cM\u201d,5\n".encode(),
        b"\0\xef\xbb\xbfuserId,movieId,rating,timestamp\n1,1,4.0,964982703\n1,3,4.0,964981247\n",
    ],
    "model": [],
    "store": [],
}


def ratings(content: bytes) -> None:
    """The first byte chooses the name that the others are read under."""
    path = FOLDER / NAMES[content[0] % len(NAMES)] if content else FOLDER / NAMES[0]
    path.write_bytes(content[1:])
    found = read_ratings(path)
    assert len(found) and found.matrix.nnz == len(found)
    low, high = found.scale
    assert low <= found.values.min() and found.values.max() <= high


def parts() -> dict[str, bytes]:
    """Those of the file of a small model, by their name."""
    EASE(2.0).fit(five_users()).save(FOLDER / "whole.npz")
    with zipfile.ZipFile(FOLDER / "whole.npz") as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def model(content: bytes) -> None:
    """The first byte chooses the part of a good file that the others take the place of: a zip file
    is refused at nearly every changed byte, and what it holds would never be reached. Beyond the
    parts, the whole file."""
    path, number = FOLDER / "model.npz", content[0] if content else len(PARTS)
    if number < len(PARTS):
        changed = {list(PARTS)[number]: content[1:]}
        with zipfile.ZipFile(path, "w") as archive:
            for name, part in (PARTS | changed).items():
                archive.writestr(name, part)
    else:
        path.write_bytes(content[1:])
    found = load(path)
    found.recommend(found.ratings_.users[0].item(), 3)


def store(content: bytes) -> None:
    path = FOLDER / "store.sqlite"
    for old in FOLDER.glob("store.sqlite*"):
        old.unlink()
    path.write_bytes(content)
    kept = study_store.Store("data", path)
    try:
        kept.finished()
        kept.add(Run("AutoRec", 0), [("map", 5, 0.1)], 1.0)
        kept.frame([Run("AutoRec", 0)])
    finally:
        kept.close()


PARTS = parts()
study_store.code_version = lambda: "code"  # which reads all of the library each time
TARGETS = {"ratings": ratings, "model": model, "store": store}


def once(name: str, content: bytes) -> None:
    """One input: anything but a result or an InputError is a finding."""
    try:
        TARGETS[name](content)
    except InputError as told:
        assert str(told)


def begin(corpus: Path) -> None:
    """Files to mutate."""
    for name, seeds in SEEDS.items():
        (corpus / name).mkdir(parents=True, exist_ok=True)
        for number, seed in enumerate(seeds):
            (corpus / name / f"seed-{number}").write_bytes(seed)
    whole = b"\xff" + (FOLDER / "whole.npz").read_bytes()
    for number, part in enumerate(PARTS.values()):
        (corpus / "model" / f"part-{number}").write_bytes(bytes([number]) + part)
    (corpus / "model" / "whole").write_bytes(whole)
    kept = study_store.Store("data", corpus / "store" / "seed")
    kept.add(Run("AutoRec", 0), [("map", 5, 0.1)], 1.0)
    for smaller in ("pragma journal_mode = delete", "pragma page_size = 512", "vacuum"):
        kept.connection.execute(smaller)
    kept.close()


if __name__ == "__main__":
    what, *options = sys.argv[1:]
    corpus = Path(tempfile.mkdtemp())
    begin(corpus)
    atheris.Setup(
        [sys.argv[0], *BOUNDS, *options, str(corpus / what)], lambda content: once(what, content)
    )
    atheris.Fuzz()
