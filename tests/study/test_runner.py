"""Runs under every choice, leaks caught, measures against plain loops."""

from dataclasses import fields, replace

import numpy as np
import pytest
from threadpoolctl import threadpool_limits

from eautorec import InputError, Ratings
from eautorec.study import models, runner
from eautorec.study.protocol import CONTROLS, LISTS, MODELS, N_FOLDS, Protocol, Run
from eautorec.study.tuned import CHOSEN, Tuned
from eautorec.synthetic import movielens_like

WORLD = movielens_like(60, 150, 2500)


@pytest.fixture(scope="module", autouse=True)
def data(tmp_path_factory):
    """A small set of ratings in a file, as `execute` takes it, and quick trainings."""
    path = tmp_path_factory.mktemp("study") / "small.csv"
    WORLD.to_frame()[["user", "item", "rating"]].to_csv(path, index=False)
    with pytest.MonkeyPatch.context() as patch:
        for options in (*models.OPTIMIZERS.values(), *models.ENDINGS.values()):
            patch.setitem(options, "max_epochs", 5)
        # One thread, as workers have: several wait for each other where a machine is busy.
        with threadpool_limits(1):
            yield str(path)


@pytest.fixture(scope="module")
def dated(data):
    """The same ratings, each with a time, of which some are the same."""
    times = np.random.default_rng(0).integers(1000, size=len(WORLD))
    ratings = Ratings.from_frame(WORLD.to_frame(), scale=(1, 5), times=times)
    load = runner._load_once
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(runner, "_load_once", lambda name: ratings if name == "dated" else load(name))
        yield "dated"


def quick(model="E-AutoRec", fold=0, start=0, **options):
    """Weak regularization: so few ratings would not move the encoder otherwise."""
    options = {"regularization": 0.3} | options
    return Run(model, fold, start, n_hidden=4, n_neighbors=8, **options)


def records_of(run, data):
    [(_, records, _)] = runner.execute([run], data)
    return {(metric, x): value for metric, x, value in records}


CHOICES = [
    {option.name: value} for option in fields(Protocol) for value in option.metadata["values"][1:]
]

WITHOUT_EFFECT = ({"starts": "one"}, {"step": "AutoRec's"})
"""They choose what is run, and not what a run with its own lambda and rate does."""


@pytest.fixture(scope="module")
def plain(data):
    return records_of(quick(theta=1.0), data)


@pytest.mark.parametrize("turned", CHOICES, ids=str)
def test_every_choice_can_be_turned_and_matters(turned, plain, dated):
    other = records_of(quick(theta=0.4 if "theta_scale" in turned else 1.0,
                             protocol=Protocol(**turned)), dated)  # fmt: skip
    assert np.isfinite([v for (m, _), v in other.items() if "quartile" not in m]).all()
    assert (plain != other) == (turned not in WITHOUT_EFFECT)


def test_the_chosen_lambda_and_rate_reach_the_training(data, monkeypatch):
    """AutoRec's for both models, where the protocol says so."""
    both = {"AutoRec": Tuned(0.1, 0.5), "E-AutoRec": Tuned(0.3, 1.0)}
    monkeypatch.setitem(CHOSEN, ("lbfgs", "minimum"), both)
    for protocol, (regularization, rate) in (
        (Protocol(), both["E-AutoRec"]),
        (Protocol(step="AutoRec's"), both["AutoRec"]),
    ):
        own = quick(regularization=None, protocol=protocol)
        given = quick(regularization=regularization, learning_rate=rate, protocol=protocol)
        assert records_of(own, data) == records_of(given, data)
    assert records_of(quick(regularization=None), data) != records_of(own, data)


@pytest.mark.parametrize("model", [*MODELS, *CONTROLS, *LISTS, *runner.BASELINES])
def test_every_model_is_measured(model, data):
    found = records_of(quick(model), data)
    assert 0 <= found["map", 10] <= 1 and 0 <= found["mep", 10] <= 1
    assert ("rmse", 0) in found or model in runner.RANK_ONLY
    assert records_of(quick(model), data) == found, "a second time differs"


def test_other_ratings_than_those_meant_are_refused(data):
    """A file that was changed since the store was opened."""
    assert runner.execute([quick("popular")], data, WORLD.fingerprint)
    with pytest.raises(InputError, match="has changed since the study began"):
        runner.execute([quick("popular")], data, "0123456789abcdef")


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
    train, test, everything = runner.split_data(data, quick())
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
    train, test, everything = runner.split_data(data, quick())
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


def cells(ratings):
    """What was rated, and how: a set of (user, item, rating)."""
    index = zip(ratings.user_index, ratings.item_index, ratings.values, strict=True)
    return {(int(u), int(i), float(r)) for u, i, r in index}


@pytest.mark.parametrize("kind", ["all ratings", "per user"])
def test_ten_folds_partition_the_ratings(data, kind):
    """Each rating is in the test once, and in the training of the nine others."""
    tests = []
    for fold in range(N_FOLDS):
        run = quick(fold=fold, protocol=Protocol(split=kind))
        train, test, everything = runner.split_data(data, run)
        assert cells(train) | cells(test) == cells(everything) == cells(WORLD)
        assert not cells(train) & cells(test)
        assert train.matrix.shape == test.matrix.shape == WORLD.matrix.shape
        tests.append(test)
    assert set.union(*map(cells, tests)) == cells(WORLD)
    sizes = [len(test) for test in tests]
    assert sum(sizes) == len(WORLD) and max(sizes) - min(sizes) <= 1


def test_a_fold_per_user_has_a_tenth_of_each(data):
    """Rounded down or up; with all ratings mixed it is another number."""
    counts = WORLD.matrix.getnnz(axis=1)
    away = []
    for kind in ("per user", "all ratings"):
        runs = (quick(fold=fold, protocol=Protocol(split=kind)) for fold in range(10))
        taken = [runner.split_data(data, run)[1].matrix.getnnz(axis=1) for run in runs]
        away.append(np.abs(np.array(taken) - counts / 10).max())
    assert away[0] < 1 < away[1]


def test_a_split_is_of_the_fold_alone(data):
    """Not of the start or of the model: differences are taken on the same ratings."""
    _, first, _ = runner.split_data(data, quick())
    for run in (quick(start=3), quick("popular"), quick(protocol=Protocol(loss="all"))):
        assert runner.split_data(data, run)[1].equals(first)
    assert not runner.split_data(data, quick(fold=1))[1].equals(first)
    by_user = quick(protocol=Protocol(split="per user"))
    assert not runner.split_data(data, by_user)[1].equals(first)


def test_the_latest_tenth_of_each_user_by_plain_sorting(dated):
    """Of the ratings given in the same second it is any."""
    run = quick(fold=4, protocol=Protocol(split="latest"))
    train, test, everything = runner.split_data(dated, run)
    assert cells(train) | cells(test) == cells(WORLD) and not cells(train) & cells(test)
    assert len(everything.times) == len(WORLD) and everything.times.std() > 0
    for user in range(WORLD.n_users):
        all_times = sorted(everything.times[everything.user_index == user].tolist())
        n = round(len(all_times) / 10)
        found = sorted(test.times[test.user_index == user].tolist())
        assert found == all_times[len(all_times) - n :]
    again = runner.split_data(dated, replace(run, fold=0))[1]
    assert again.equals(test), "there is one such tenth only"


def test_ratings_without_a_time_have_no_latest(data):
    with pytest.raises(InputError, match="does not say when a rating was given"):
        runner.split_data(data, quick(protocol=Protocol(split="latest")))


@pytest.mark.parametrize("kind", ["all ratings", "per user", "latest"])
def test_on_validation_ratings_the_test_is_nowhere(dated, kind):
    """A tenth of the training ratings stands in its place."""
    run = quick(fold=2, protocol=Protocol(split=kind))
    train, test, _ = runner.split_data(dated, run)
    validating = replace(run, measured_on="validation")
    inner, validation, everything = runner.split_data(dated, validating)
    assert cells(inner) | cells(validation) == cells(everything) == cells(train)
    assert not cells(inner) & cells(validation)
    assert not cells(everything) & cells(test)
    assert len(validation) == round(len(train) / 10)
    other = replace(validating, start=5)
    assert runner.split_data(dated, other)[1].equals(validation)


def test_what_is_measured_on_validation_ratings_knows_no_test_rating(data, monkeypatch):
    """Other ratings in the fold's test, the same records: even where a leak is asked for."""
    _, test, _ = runner.split_data(data, quick())
    hidden = cells(test)
    values = [
        6 - r if (int(u), int(i), float(r)) in hidden else r
        for u, i, r in zip(WORLD.user_index, WORLD.item_index, WORLD.values, strict=True)
    ]
    changed = replace(WORLD, values=np.array(values, np.float32))
    load = runner._load_once
    monkeypatch.setattr(runner, "_load_once", lambda name: changed if name == "c" else load(name))
    for turned in ({}, {"e_from": "all"}, {"ending": "best on test"}, {"test_input": "test"}):
        run = quick(protocol=Protocol(**turned), measured_on="validation")
        assert records_of(run, data) == records_of(run, "c"), turned
        tested = replace(run, measured_on="test")
        assert records_of(tested, data) != records_of(tested, "c"), turned


def test_the_start_reaches_the_training(data):
    """On the same fold: the initial weights and the draws of a control follow it."""
    train, test, everything = runner.split_data(data, quick())
    assert models.settings_of(quick(start=7)).seed == quick(start=7).seed
    for model in ("AutoRec", "E-AutoRec", "noise", "shuffled", "random"):
        first, second = (
            runner._train(quick(model, start=start), train, test, everything)[0] for start in (0, 7)
        )
        assert not np.array_equal(first, second), model


def test_what_chooses_an_epoch_is_the_same_for_every_start(data, monkeypatch):
    """So that starts differ in one thing."""
    train, test, everything = runner.split_data(data, quick())
    seen, fit = [], models.fit

    def watching(ratings, pose, settings, **options):
        return fit(ratings, lambda part: seen.append(part) or pose(part), settings, **options)

    monkeypatch.setattr(models, "fit", watching)
    for start in (0, 1):
        run = quick(start=start, protocol=Protocol(ending="chosen"))
        runner._train(run, train, test, everything)
    first, _, second, _ = seen
    assert first.equals(second) and len(first) == len(train) - round(len(train) / 10)


def test_settings_are_those_of_the_run():
    run = Run("E-AutoRec", 3, n_hidden=70, regularization=4.0, learning_rate=0.02)
    found = models.settings_of(replace(run, protocol=Protocol(optimizer="adam in batches")))
    assert (found.n_hidden, found.regularization, found.learning_rate) == (70, 4.0, 0.02)
    assert (found.optimizer, found.batch_size, found.patience) == ("adam", 128, 10)
    assert found.validation_fraction == 0, "to the minimum"
    refit = models.settings_of(replace(run, protocol=Protocol(ending="scratch")))
    assert (refit.validation_fraction, refit.refit) == (0.1, "scratch")


def test_lists_are_judged_by_training_ratings_whatever_the_model_saw(data):
    """A leaking E is a model's business: the same scores, the same MEP."""
    train, test, everything = runner.split_data(data, quick())
    scores = np.random.default_rng(0).random(train.matrix.shape)
    runs = (quick(protocol=Protocol(e_from=e_from)) for e_from in ("training", "all"))
    honest, leaky = (dict_of(runner.measure(run, train, test, everything, scores)) for run in runs)
    assert honest == leaky
    leak = runner.explain(train, everything, quick(protocol=Protocol(e_from="all"))).scores
    assert (leak != runner.explain(train, everything, quick()).scores).nnz > 0


def dict_of(records):
    return {(metric, x): value for metric, x, value in records if value == value}


def test_biases_are_added_back(data):
    """Predictions of residuals would lie around 0."""
    train, test, everything = runner.split_data(data, quick())
    run = quick(protocol=Protocol(removed="biases"))
    scores, _ = runner._train(run, train, test, everything)
    found = scores[test.user_index, test.item_index]
    assert np.sqrt(np.mean((found - test.values) ** 2)) < test.values.std() * 1.05
    assert abs(found.mean() - test.values.mean()) < 0.2


def test_a_fixed_judge_is_the_default_e(data):
    """While the run's own k and theta vary."""
    train, test, everything = runner.split_data(data, quick())
    scores = np.random.default_rng(0).random(train.matrix.shape)

    def mep(judge, **options):
        run = quick(protocol=Protocol(judge=judge), **options)
        return dict_of(runner.measure(run, train, test, everything, scores))["mep", 10]

    assert mep("own", theta=0.0) != mep("own", theta=2.0)
    assert mep("fixed", theta=0.0) == mep("fixed", theta=2.0)
    default = Run("E-AutoRec", 0)
    found = dict_of(runner.measure(default, train, test, everything, scores))
    assert mep("fixed") == found["mep", 10]


def test_quarters_are_of_the_users_with_test_ratings(data):
    train, test, _ = runner.split_data(data, quick())
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
    train, test, everything = runner.split_data(data, quick())
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
    """Of the main replication: the RMSE at each epoch, the last of which is measured."""
    found = records_of(quick(), data)
    epochs = [x for metric, x in found if metric == "rmse at epoch"]
    assert epochs == [1, 2, 3, 4, 5]
    assert found["rmse at epoch", 5] == pytest.approx(found["rmse", 0], rel=1e-5)
    assert found["epochs", 0] == 5 and ("validation rmse", 0) not in found
    assert found["objective", 0] > 0


def test_the_search_for_an_epoch_is_recorded(data):
    """And not the refit after it, whose epochs have the same numbers."""
    found = records_of(quick(protocol=Protocol(ending="scratch")), data)
    assert [x for metric, x in found if metric == "rmse at epoch"] == [1, 2, 3, 4, 5]
    assert 1 <= found["epochs", 0] <= 5
    chosen = records_of(quick(protocol=Protocol(ending="chosen")), data)
    for name in ("validation rmse", "epochs"):
        assert found[name, 0] == chosen[name, 0]
    at_best = chosen["rmse at epoch", chosen["epochs", 0]]
    assert chosen["rmse", 0] == pytest.approx(at_best, rel=0.02)
    assert found["objective", 0] > chosen["objective", 0], "it is of a tenth more ratings"
