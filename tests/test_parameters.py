"""What is out of range is refused in one sentence; numpy's numbers are numbers."""

import numpy as np
import pytest

from eautorec import AutoRec, EAutoRec, Explainability, InputError
from eautorec.models.denoising import DenoisingAutoRec
from eautorec.parameters import number, one_of, whole_number
from eautorec.synthetic import five_users


def test_numbers_become_plain_ones():
    assert whole_number("n", np.int64(3), at_least=1) == 3
    assert type(whole_number("n", np.int64(3), at_least=1)) is int
    assert number("x", np.float32(0.5), at_least=0.5, below=0.6) == 0.5
    assert type(number("x", np.float32(0.5))) is float
    assert one_of("a", "b", ["a", "b"]) == "b"


@pytest.mark.parametrize("value", [0, 2.5, "3", None, True, float("nan")], ids=repr)
def test_no_whole_number_from_one(value):
    with pytest.raises(InputError, match="n is .*: it must be a whole number, 1 or more"):
        whole_number("n", value, at_least=1)


@pytest.mark.parametrize("value", [-0.1, 1.0, "x", None, True, np.nan, np.inf], ids=repr)
def test_no_number_from_zero_below_one(value):
    with pytest.raises(InputError, match="x is .*: it must be a number, 0 or more and below 1"):
        number("x", value, at_least=0, below=1)


def test_bounds_are_as_they_say():
    assert number("x", 0, at_least=0) == 0
    for value in (0, -1):
        with pytest.raises(InputError, match="above 0"):
            number("x", value, above=0)
    with pytest.raises(InputError, match="a finite number"):
        number("x", float("inf"))


BAD = [
    ({"n_hidden": 0}, "n_hidden is 0"),
    ({"n_hidden": 2.5}, "n_hidden is 2.5"),
    ({"max_epochs": 0}, "max_epochs is 0"),
    ({"max_epochs": -3}, "max_epochs is -3"),
    ({"refit_epochs": 0}, "refit_epochs is 0"),
    ({"refit": "again"}, "refit is 'again'"),
    ({"refit": "continue", "optimizer": "adam"}, "refit is 'continue': 'adam' cannot go on"),
    ({"refit": "continue", "optimizer": "rprop"}, "refit is 'continue': 'rprop' cannot go on"),
    ({"patience": 0}, "patience is 0"),
    ({"regularization": -1}, "regularization is -1"),
    ({"regularization": float("nan")}, "regularization is nan"),
    ({"pseudo_ratings": -0.5}, "pseudo_ratings is -0.5"),
    ({"pseudo_ratings": float("inf")}, "pseudo_ratings is inf"),
    ({"validation_fraction": 1}, "validation_fraction is 1"),
    ({"validation_fraction": float("nan")}, "validation_fraction is nan"),
    ({"optimizer": "sgd"}, "optimizer is 'sgd'"),
    ({"batch_size": 5}, "batch_size is 5: 'lbfgs' takes all users at once"),
    ({"batch_size": 5, "optimizer": "rprop"}, "batch_size is 5: 'rprop' takes all users at once"),
    ({"batch_size": 0, "optimizer": "adam"}, "batch_size is 0"),
    ({"learning_rate": 0}, "learning_rate is 0"),
    ({"learning_rate": float("inf")}, "learning_rate is inf"),
    ({"seed": None}, "seed is None"),
    ({"seed": -1}, "seed is -1"),
    ({"device": "gpu"}, "device is 'gpu'"),
    ({"device": None}, "device is None"),
    ({"device": "cuda:99"}, "device is 'cuda:99'"),
]


@pytest.mark.parametrize("bad, said", BAD, ids=[said for _, said in BAD])
def test_models_tell_what_is_wrong(tastes, bad, said):
    for model in (AutoRec, EAutoRec):
        with pytest.raises(InputError, match=said) as told:
            model(**bad).fit(tastes)
        assert len(str(told.value).splitlines()) == 1


@pytest.mark.parametrize(
    "bad, said",
    [
        ({"n_neighbors": 0}, "n_neighbors is 0"),
        ({"n_neighbors": 2.5}, "n_neighbors is 2.5"),
        ({"theta": -0.5}, "theta is -0.5"),
        ({"theta": float("nan")}, "theta is nan"),
        ({"theta": "1"}, "theta is '1'"),
        ({"similarity": "pearson"}, "similarity is 'pearson'"),
        ({"denominator": "all"}, "denominator is 'all'"),
        ({"least_rating": float("nan")}, "least_rating is nan"),
    ],
    ids=str,
)
def test_explainability_tells_what_is_wrong(tastes, bad, said):
    with pytest.raises(InputError, match=said):
        Explainability(**bad).fit(tastes)


def test_use_before_fit():
    expl = Explainability()
    for use in (
        lambda: expl.score(1, 1),
        lambda: expl.scores,
        lambda: expl.averaging,
        lambda: expl.rows([0]),
        lambda: expl.neighbors(1),
        lambda: expl.explain(1, 1),
        lambda: expl.levels,
        lambda: expl.is_product,
        lambda: expl.with_theta(1),
    ):
        with pytest.raises(InputError, match=r"knows no ratings yet: call fit\(train\) first"):
            use()
    for model in (AutoRec(), EAutoRec()):
        for use in (
            lambda m: m.predict(1, 1),
            lambda m: m.predict_cells([0], [0]),
            lambda m: m.predict_rows([0]),
            lambda m: m.recommend(1),
            lambda m: m.explain(1, 1),
            lambda m: m.explainability_,
            lambda m: m.save("model.npz"),
        ):
            with pytest.raises(InputError, match=r"is not trained yet: call fit\(train\) first"):
                use(model)


def test_as_many_users_as_items(tastes):
    model = AutoRec(4, max_epochs=2).fit(tastes)
    assert len(model.predict([], [])) == 0
    assert len(model.predict([1, 2, 3], 4)) == len(model.predict(4, [1, 2, 3])) == 3
    with pytest.raises(InputError, match="2 users and 3 items"):
        model.predict([1, 2], [1, 2, 3])


def test_numbers_beyond_what_is_computed_with():
    """Found by random values: beyond all floats, beyond single precision, beyond the memory."""
    for name, value in (
        ("learning_rate", 10**400),
        ("learning_rate", 3.4e38),
        ("seed", 2**63),
        ("n_hidden", 10**400),
    ):
        with pytest.raises(InputError, match=f"{name} is .*: it must be"):
            AutoRec(**{"max_epochs": 1, name: value}).fit(five_users())
    with pytest.raises(InputError, match="at most 8 are taken: take fewer hidden units"):
        AutoRec(10**13).fit(five_users())
    with pytest.raises(InputError, match="at most 8 are taken: take fewer hidden units"):
        DenoisingAutoRec(n_hidden=10**13).fit(five_users())
