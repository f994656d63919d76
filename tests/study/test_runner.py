"""Runs under every choice, leaks caught, measures against plain loops."""

from dataclasses import fields, replace

import numpy as np
import pytest

from eautorec.study import models, runner
from eautorec.study.protocol import CONTROLS, LISTS, MODELS, Protocol, Run
from eautorec.synthetic import movielens_like


@pytest.fixture(scope="module", autouse=True)
def data(tmp_path_factory):
    """A small set of ratings in a file, as `execute` takes it, and quick trainings."""
    path = tmp_path_factory.mktemp("study") / "small.csv"
    ratings = movielens_like(60, 150, 2500)
    ratings.to_frame()[["user", "item", "rating"]].to_csv(path, index=False)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(models, "LAST_EPOCH", 5)
        for options in models.OPTIMIZERS.values():
            patch.setitem(options, "max_epochs", 5)
        yield str(path)


def quick(model="E-AutoRec", **options):
    """Weak regularization: so few ratings would not move the encoder otherwise."""
    return Run(model, 0, n_hidden=4, n_neighbors=8, regularization=0.3, **options)


def records_of(run, data):
    [(_, records, _)] = runner.execute([run], data)
    return {(metric, x): value for metric, x, value in records}


CHOICES = [
    {option.name: value} for option in fields(Protocol) for value in option.metadata["values"][1:]
]


@pytest.mark.parametrize("turned", CHOICES, ids=str)
def test_every_choice_can_be_turned_and_matters(turned, data):
    plain = records_of(quick(theta=1.0), data)
    other = records_of(quick(theta=0.4 if "theta_scale" in turned else 1.0,
                             protocol=Protocol(**turned)), data)  # fmt: skip
    assert np.isfinite([v for (m, _), v in other.items() if "quartile" not in m]).all()
    # On so few ratings no prediction leaves the scale, and nobody has more relevant items than n.
    if turned not in ({"clip": "no"}, {"map_divisor": "relevant"}):
        assert plain != other, "the choice changes nothing"


@pytest.mark.parametrize("model", [*MODELS, *CONTROLS, *LISTS, *runner.BASELINES])
def test_every_model_is_measured(model, data):
    found = records_of(quick(model), data)
    assert 0 <= found["map", 10] <= 1 and 0 <= found["mep", 10] <= 1
    assert ("rmse", 0) in found or model in runner.RANK_ONLY
    assert records_of(quick(model), data) == found, "a second time differs"


def test_ranking_by_e_is_all_explainable(data):
    assert records_of(quick("by E"), data)["mep", 5] == 1.0


def test_judging_choices_share_one_training(data, monkeypatch):
    runs = [quick(), quick(protocol=Protocol(map_divisor="n")), quick(protocol=Protocol(clip="no"))]
    fits = []
    fit = runner.train_model
    monkeypatch.setattr(runner, "train_model", lambda *a: fits.append(1) or fit(*a))
    results = runner.execute(runs, data)
    assert len(fits) == 1 and [run for run, _, _ in results] == runs
    alone = [runner.execute([run], data)[0][1] for run in runs]
    assert [records for _, records, _ in results] == alone


def test_measured_like_the_paper_says(data):
    """MAP@5 and MEP@5 of one run, from lists by plain sorting and loops."""
    run = quick(protocol=Protocol(map_divisor="n"))
    train, test, everything = runner._split_data(data, 0, "all ratings")
    scores, _ = runner._train(run, train, test, everything)
    found = {(m, x): v for m, x, v in runner.measure(run, train, test, everything, scores)}
    e = runner.explain(train, everything, run).scores.toarray()
    rated, tested = train.matrix.toarray(), test.matrix.toarray()
    precision, explained = [], []
    for user in range(train.n_users):
        items = [i for i in range(train.n_items) if rated[user, i] == 0]
        best = sorted(items, key=lambda i: (-scores[user, i], i))[:5]
        hits = [tested[user, i] >= 4 for i in best]
        if (tested[user] >= 4).any():
            ap = sum(hit * np.mean(hits[: k + 1]) for k, hit in enumerate(hits)) / 5
            precision.append(ap)
        if tested[user].any():
            explained.append(np.mean([e[user, i] > 0 for i in best]))
    assert found["map", 5] == pytest.approx(np.mean(precision))
    assert found["mep", 5] == pytest.approx(np.mean(explained))


def test_test_ratings_do_not_reach_the_scores(data):
    """Other test ratings, the same predictions, bit for bit; where a leak is asked for, others."""
    train, test, everything = runner._split_data(data, 0, "all ratings")
    values = everything.values.copy()
    cells = {(u, i) for u, i in zip(test.user_index, test.item_index, strict=True)}
    place = [
        k
        for k, cell in enumerate(zip(everything.user_index, everything.item_index, strict=True))
        if cell in cells
    ]
    values[place] = 6 - values[place]
    other_everything = replace(everything, values=values)
    other_test = replace(test, values=6 - test.values)
    others = ("AutoRec", *CONTROLS, *LISTS, *runner.BASELINES)
    for model, turned, leaks in (
        ("E-AutoRec", {}, False),
        ("E-AutoRec", {"removed": "biases"}, False),
        ("E-AutoRec", {"e_from": "all"}, True),
        ("E-AutoRec", {"test_input": "test"}, True),
        *((model, {}, False) for model in others),
    ):
        run = quick(model, protocol=Protocol(**turned))
        first, _ = runner._train(run, train, test, everything)
        second, _ = runner._train(run, train, other_test, other_everything)
        assert np.array_equal(first, second) != leaks, (model, turned)


def test_per_user_split_takes_a_tenth_of_each(data):
    train, test, everything = runner._split_data(data, 0, "per user")
    counts = everything.matrix.getnnz(axis=1)
    taken = test.matrix.getnnz(axis=1)
    assert len(train) + len(test) == len(everything)
    assert (np.abs(taken - 0.1 * counts) < 1).all()


@pytest.mark.parametrize("kind", ["all ratings", "per user"])
def test_each_seed_has_its_split(kind, data):
    first, again, other = (runner._split_data(data, seed, kind)[1] for seed in (0, 0, 1))
    assert first.equals(again) and not first.equals(other)


def test_the_seed_reaches_the_training(data, monkeypatch):
    """On the same split: the start, the validation part and the draws of a control follow it."""
    train, test, everything = runner._split_data(data, 0, "all ratings")
    assert models.settings_of(replace(quick(), seed=7)).seed == 7
    for model in ("AutoRec", "E-AutoRec", "noise", "shuffled", "random"):
        first, second = (
            runner._train(replace(quick(model), seed=seed), train, test, everything)[0]
            for seed in (0, 7)
        )
        assert not np.array_equal(first, second), model


def test_settings_are_those_of_the_run():
    run = Run("E-AutoRec", 3, n_hidden=70, regularization=4.0, learning_rate=0.02)
    found = models.settings_of(replace(run, protocol=Protocol(optimizer="adam in batches")))
    assert (found.n_hidden, found.regularization, found.learning_rate) == (70, 4.0, 0.02)
    assert (found.optimizer, found.batch_size, found.patience) == ("adam", 128, 10)
    assert found.refit == "scratch"
    last = models.settings_of(replace(run, protocol=Protocol(epoch="last")))
    assert (last.validation_fraction, last.max_epochs) == (0, models.LAST_EPOCH)


def test_lists_are_judged_by_training_ratings_whatever_the_model_saw(data):
    """A leaking E is a model's business: the same scores, the same MEP."""
    train, test, everything = runner._split_data(data, 0, "all ratings")
    scores = np.random.default_rng(0).random(train.matrix.shape)
    runs = (quick(protocol=Protocol(e_from=e_from)) for e_from in ("training", "all"))
    honest, leaky = (
        dict_of(runner.measure(run, train, test, everything, scores)) for run in runs
    )
    assert honest == leaky
    leak = runner.explain(train, everything, quick(protocol=Protocol(e_from="all"))).scores
    assert (leak != runner.explain(train, everything, quick()).scores).nnz > 0


def dict_of(records):
    return {(metric, x): value for metric, x, value in records if value == value}


def test_biases_are_added_back(data):
    """Predictions of residuals would lie around 0."""
    train, test, everything = runner._split_data(data, 0, "all ratings")
    run = quick(protocol=Protocol(removed="biases"))
    scores, _ = runner._train(run, train, test, everything)
    found = scores[test.user_index, test.item_index]
    assert np.sqrt(np.mean((found - test.values) ** 2)) < test.values.std() * 1.05
    assert abs(found.mean() - test.values.mean()) < 0.2


def test_a_fixed_judge_is_the_default_e(data):
    """While the run's own k and theta vary."""
    train, test, everything = runner._split_data(data, 0, "all ratings")
    scores = np.random.default_rng(0).random(train.matrix.shape)

    def mep(judge, **options):
        run = quick(protocol=Protocol(judge=judge), **options)
        return dict_of(runner.measure(run, train, test, everything, scores))["mep", 10]

    assert mep("own", theta=0.0) != mep("own", theta=2.0)
    assert mep("fixed", theta=0.0) == mep("fixed", theta=2.0)
    default = Run("E-AutoRec", 0, protocol=Protocol())
    found = dict_of(runner.measure(default, train, test, everything, scores))
    assert mep("fixed") == found["mep", 10]


def test_quarters_are_of_the_users_with_test_ratings(data):
    train, test, _ = runner._split_data(data, 0, "all ratings")
    asked = np.unique(test.user_index)
    quarter = runner._quartiles(train, asked)
    counts = train.matrix.getnnz(axis=1)
    assert set(quarter[asked]) == {0, 1, 2, 3}
    assert (np.delete(quarter, asked) == -1).all()
    for q in range(3):
        assert counts[quarter == q].max() < counts[quarter == q + 1].min()
    sizes = np.bincount(quarter[asked])
    assert sizes.max() - sizes.min() <= len(asked) / 4


def test_quarters_and_clipping_by_plain_loops(data):
    """RMSE of a quarter is that of its users' test ratings, MAP@10 the mean over its users."""
    train, test, everything = runner._split_data(data, 0, "all ratings")
    generator = np.random.default_rng(0)
    scores = generator.normal(3.5, 2.0, train.matrix.shape)  # many beyond the scale
    quarter = runner._quartiles(train, np.unique(test.user_index))
    found = dict_of(runner.measure(quick(), train, test, everything, scores))
    free = quick(protocol=Protocol(clip="no"))
    unclipped = dict_of(runner.measure(free, train, test, everything, scores))
    lists = runner.top_lists(scores, train.matrix, 10)
    tested = test.matrix.toarray()
    for q in range(4):
        errors, plain, precision = [], [], []
        for user, item, value in zip(test.user_index, test.item_index, test.values, strict=True):
            if quarter[user] == q:
                errors.append((min(max(scores[user, item], 1), 5) - value) ** 2)
                plain.append((scores[user, item] - value) ** 2)
        for user in np.flatnonzero(quarter == q):
            liked = set(np.flatnonzero(tested[user] >= 4))
            if liked:
                hits = [item in liked for item in lists[user]]
                total = sum(hit * np.mean(hits[: k + 1]) for k, hit in enumerate(hits))
                precision.append(total / min(10, len(liked)))
        assert found["rmse by quartile", q] == pytest.approx(np.sqrt(np.mean(errors)))
        assert unclipped["rmse by quartile", q] == pytest.approx(np.sqrt(np.mean(plain)))
        assert found["map by quartile", q] == pytest.approx(np.mean(precision))
    assert found["rmse", 0] < unclipped["rmse", 0]


def test_the_history_is_recorded(data):
    found = records_of(quick(), data)
    epochs = [x for metric, x in found if metric == "rmse at epoch"]
    assert epochs == [1, 2, 3, 4, 5]
    validated = [found["validation rmse at epoch", x] for x in epochs]
    assert found["validation rmse", 0] == min(validated)
    assert found["epochs", 0] == 1 + int(np.argmin(validated))
    last = records_of(quick(protocol=Protocol(epoch="last")), data)
    assert ("validation rmse", 0) not in last and ("rmse at epoch", 5) in last
