"""AutoRec's protocol, on a small set of MovieLens-1M's form whose noise is known."""

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from eautorec import Ratings
from eautorec.cli import app
from eautorec.models.biases import Biases
from eautorec.study import autorec_1m


def world(n_users=120, n_items=80, noise=0.3):
    """Tastes of rank 2 on a scale from 1 to 5, half of all cells rated."""
    generator = np.random.default_rng(0)
    taste = generator.normal(size=(n_users, 2)) @ generator.normal(size=(2, n_items))
    users, items = np.nonzero(generator.random((n_users, n_items)) < 0.5)
    values = 3 + 0.8 * taste[users, items] + noise * generator.normal(size=len(users))
    frame = {"user": users, "item": items, "rating": np.clip(values, 1, 5)}
    return Ratings.from_frame(pd.DataFrame(frame))


@pytest.mark.slow
def test_the_protocol_learns_what_there_is_to_learn():
    found = autorec_1m.table(world(), repeats=2, n_hidden=20, penalties=(0.5, 2.0, 200.0))
    assert found.groupby("model").size().tolist() == [2, 2]
    assert set(found["lambda"]) <= {0.5, 2.0}  # the third is far too much
    train, test = autorec_1m.split(world(), autorec_1m.FRACTION, seed=0)
    biases = autorec_1m.test_rmse(Biases().fit(train), train, test)
    assert (found["rmse"] < biases).all() and (found["rmse"] > 0.25).all()


def test_what_is_cold_gets_three_stars():
    class Fives:
        def scores(self):
            return np.full((2, 2), 5.0)

    frame = pd.DataFrame({"user": [1, 2, 2], "item": [1, 1, 2], "rating": [5.0, 5.0, 3.0]})
    everything = Ratings.from_frame(frame)
    train, test = everything.take(np.array([0, 1])), everything.take(np.array([2]))
    assert autorec_1m.test_rmse(Fives(), train, test) == 0  # item 2 has no training rating
    assert autorec_1m.test_rmse(Fives(), train, train) == 0


def test_the_command_refuses_another_file(tmp_path):
    (tmp_path / "ml-1m.zip").write_bytes(b"another one")
    done = CliRunner().invoke(
        app, ["study", "autorec-1m", "--path", str(tmp_path / "ml-1m.zip"), "--to", str(tmp_path)]
    )
    assert done.exit_code != 0 and not (tmp_path / "autorec-1m.csv").exists()
    assert "Traceback" not in done.output and "ml-1m" in done.output + str(done.exception)


def test_published_numbers_are_those_of_the_paper():
    assert autorec_1m.PUBLISHED == {"U-AutoRec": 0.874, "I-AutoRec": 0.831}
