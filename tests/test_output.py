"""What goes wrong in writing: told before the work where it can be, in one sentence, and nothing
stays behind."""

import io
import json
import os
import stat
import subprocess
import sys

import pytest
from typer.testing import CliRunner

from eautorec import EASE, InputError
from eautorec.cli import app, main
from eautorec.files import check_can_write, make_folder, write_whole
from eautorec.study.kept import Kept
from eautorec.synthetic import two_tastes

ODD = "anna,Amélie,5\nanna,千と千尋,4\nben,Amélie,4\nben,Łódź,5\ncarla,Łódź,3\ncarla,千と千尋,2\n"


@pytest.fixture
def odd(tmp_path):
    path = tmp_path / "odd.csv"
    path.write_text(ODD, encoding="utf-8")
    return str(path)


@pytest.mark.parametrize("encoding", ["ascii", "latin-1"])
def test_a_terminal_that_lacks_a_letter_shows_the_rest(odd, encoding, monkeypatch):
    def shown(*options):
        terminal = io.TextIOWrapper(io.BytesIO(), encoding)
        monkeypatch.setattr(sys, "stdout", terminal)
        monkeypatch.setattr(sys, "argv", ["eautorec", "recommend", odd, "--user", "anna", *options])
        with pytest.raises(SystemExit) as done:
            main()
        assert done.value.code == 0
        return terminal.buffer.getvalue().decode(encoding)

    assert "?" in shown("--explain")
    assert json.loads(shown("--json"))["recommendations"][0]["item"] == "Łódź"


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="has no /dev/full")
def test_a_full_disk_is_one_line(odd):
    command = [sys.executable, "-m", "eautorec.cli", "data", odd]
    with open("/dev/full", "w") as full:
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True)
    assert done.returncode == 1 and done.stderr == "eautorec: no space left on device.\n"


def test_who_stops_reading_is_told_nothing(odd):
    command = f"{sys.executable} -m eautorec.cli data {odd} --json | true"
    assert subprocess.run(command, shell=True, capture_output=True).stderr == b""


def test_a_link_stays_a_link_and_a_device_a_device(tmp_path):
    (tmp_path / "real").write_text("old")
    (tmp_path / "link").symlink_to(tmp_path / "real")
    write_whole(tmp_path / "link", "new")
    assert (tmp_path / "link").is_symlink() and (tmp_path / "real").read_text() == "new"
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(InputError, match="is no usual file"):
        write_whole(tmp_path / "pipe", "x")
    assert stat.S_ISFIFO((tmp_path / "pipe").stat().st_mode)


def test_a_model_is_trained_only_where_it_can_be_kept(odd, tmp_path):
    (tmp_path / "here.npz").mkdir()
    for place, said in (("absent/m.npz", "There is no folder"), ("here.npz", "is a folder")):
        path = str(tmp_path / place)
        done = CliRunner().invoke(app, ["fit", odd, "-o", path])
        assert isinstance(done.exception, InputError) and said in str(done.exception)
    with pytest.raises(InputError, match="There is no folder"):
        EASE().fit(two_tastes()).save(tmp_path / "absent" / "m.npz")


def test_a_disk_that_fills_leaves_nothing(tmp_path, monkeypatch):
    def full(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("numpy.savez", full)
    with pytest.raises(InputError, match=r"m\.npz: no space left on device"):
        EASE().fit(two_tastes()).save(tmp_path / "m.npz")
    assert not list(tmp_path.iterdir())


def test_folders_are_made_or_told(tmp_path, monkeypatch):
    assert make_folder(tmp_path / "a" / "b").is_dir()
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="Cannot make the folder .*file"):
        make_folder(tmp_path / "file")
    with pytest.raises(InputError, match="Cannot make the folder"):
        make_folder(tmp_path / "file" / "below")
    monkeypatch.setenv("EAUTOREC_CACHE", str(tmp_path / "file"))
    with pytest.raises(InputError, match="Cannot make the folder"):
        Kept("eautorec.study.concise", "0123")
    monkeypatch.setattr(os, "access", lambda *_: False)
    with pytest.raises(InputError, match="Nothing may be written"):
        make_folder(tmp_path)
    with pytest.raises(InputError, match="Nothing may be written"):
        check_can_write(tmp_path / "x")


def test_a_label_stands_once_where_there_are_no_titles(tmp_path):
    long = "a-label-of-sixty-letters-" + 35 * "x"
    text = ODD.replace("Łódź", long)
    (tmp_path / "long.csv").write_text(text, encoding="utf-8")
    shown = CliRunner().invoke(app, ["recommend", str(tmp_path / "long.csv"), "--user", "anna"])
    assert shown.stdout.replace("\n", "").count("a-label-of-sixty") == 1
    assert "title" not in shown.stdout and "item" in shown.stdout


def test_a_user_is_the_same_in_both_answers(odd, tmp_path):
    (tmp_path / "numbers.csv").write_text("1,10,5\n1,11,4\n2,10,4\n2,12,5\n3,12,3\n")
    for file, user, item in ((str(tmp_path / "numbers.csv"), "1", "12"), (odd, "anna", "Łódź")):
        one, other = (
            json.loads(CliRunner().invoke(app, [*command, "--user", user, "--json"]).stdout)
            for command in (["recommend", file, "--explain"], ["explain", file, "--item", item])
        )
        assert one["user"] == other["user"] == one["recommendations"][0]["explanation"]["user"]
        assert one["user"] in (1, "anna")


def test_the_median_of_an_even_number_is_in_the_middle(tmp_path):
    (tmp_path / "r.csv").write_text(
        "1,1,5\n2,1,4\n2,2,4\n2,3,4\n3,1,2\n3,2,2\n4,1,3\n4,2,3\n4,3,3\n"
    )
    found = CliRunner().invoke(app, ["data", str(tmp_path / "r.csv"), "--json"]).stdout
    assert json.loads(found)["ratings_per_user_median"] == 2.5


def test_what_somebody_rated_twice_is_told(odd):
    asked = ["recommend", odd, "--rated", "Amélie=5,Łódź=2,Amélie=4"]
    done = CliRunner().invoke(app, asked)
    assert "--rated, number 3: 'Amélie' was rated before" in str(done.exception)
