"""What a person is told: every sentence, every number of the dictionary, the histogram."""

import json

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import pytest

from eautorec import Explanation

COUNTS = {1.0: 0, 2.0: 1, 3.0: 2, 4.0: 5, 5.0: 2}


def reason(**options):
    plain = {
        "user": 42,
        "item": 7,
        "title": "Night Bus",
        "counts": COUNTS,
        "n_neighbors": 20,
        "divisor": 20,
        "theta": 0.0,
    }
    return Explanation(**plain | options)


HEAD = "10 of the 20 users most similar to user 42 rated Night Bus (5 gave it 4 and 2 gave it 5)"


@pytest.mark.parametrize(
    "options, sentence",
    [
        ({}, f"{HEAD}, so its explainability is 1.90 of 5."),
        (
            {"theta": 1.9},
            f"{HEAD}, so its explainability is 1.90 of 5, not above theta = 1.9.",
        ),
        (
            {"counts": {**COUNTS, 3.0: 5, 4.0: 0}},
            "8 of the 20 users most similar to user 42 rated Night Bus (5 gave it 3 and 2 gave it "
            "5), so its explainability is 1.35 of 5.",
        ),
        (
            {"counts": {1.0: 0, 5.0: 1}, "n_neighbors": 1, "divisor": 1},
            "1 of the 1 users most similar to user 42 rated Night Bus (1 gave it 5), so its "
            "explainability is 5.00 of 5.",
        ),
        (
            {"n_neighbors": 0, "counts": {5.0: 0}},
            "User 42 shares no rated item with anybody: there is no explanation.",
        ),
        (
            {"counts": {5.0: 0}},
            "None of the 20 users most similar to user 42 rated Night Bus: there is no "
            "explanation.",
        ),
        (
            {"prediction": 3.5},
            f"{HEAD}, so its explainability is 1.90 of 5. The model predicts 3.50.",
        ),
        (
            {"prediction": 3.5, "prediction_without": 3.5},
            f"{HEAD}, so its explainability is 1.90 of 5. The model predicts 3.50, with or without "
            "this reason.",
        ),
        (
            {"prediction": 3.5, "prediction_without": 3.504},
            f"{HEAD}, so its explainability is 1.90 of 5. The model predicts 3.50, and without "
            "this reason the same to two digits.",
        ),
        (
            {"prediction": 3.5, "prediction_without": 3.49},
            f"{HEAD}, so its explainability is 1.90 of 5. The model predicts 3.50; without this "
            "reason it would predict 3.49 (+0.01 through the reason).",
        ),
        (
            {"prediction": 3.5, "prediction_without": 3.75},
            f"{HEAD}, so its explainability is 1.90 of 5. The model predicts 3.50; without this "
            "reason it would predict 3.75 (-0.25 through the reason).",
        ),
    ],
    ids=str,
)
def test_sentences(options, sentence):
    assert str(reason(**options)) == sentence


def test_numbers_by_hand():
    """2 + 2 x 3 + 5 x 4 + 2 x 5 = 38 stars from ten of twenty neighbours."""
    told = reason(theta=1.8)
    assert (told.n_raters, told.n_silent) == (10, 10)
    assert told.probabilities == {1.0: 0, 2.0: 0.05, 3.0: 0.1, 4.0: 0.25, 5.0: 0.1}
    assert told.expected == told.score == 1.9 and told.explainable
    assert reason(theta=1.9).score == 0 and not reason(theta=1.9).explainable
    assert reason(divisor=10).expected == 3.8 and reason(divisor=10).probabilities[4.0] == 0.5
    assert reason(divisor=0, counts={5.0: 0}).expected == 0
    assert reason().effect is None and reason(prediction=3.0).effect is None
    moved = reason().with_predictions(3.0, 3.5)
    assert (moved.prediction, moved.prediction_without, moved.effect) == (3.0, 3.5, -0.5)


def test_the_dictionary_is_all_of_it():
    told = reason(theta=1.0).with_predictions(4.0, 3.5)
    expected = {
        "user": 42,
        "item": 7,
        "title": "Night Bus",
        "n_neighbors": 20,
        "n_raters": 10,
        "counts": {"1": 0, "2": 1, "3": 2, "4": 5, "5": 2},
        "probabilities": {"1": 0, "2": 0.05, "3": 0.1, "4": 0.25, "5": 0.1},
        "expected": 1.9,
        "theta": 1.0,
        "explainable": True,
        "score": 1.9,
        "prediction": 4.0,
        "prediction_without": 3.5,
        "effect": 0.5,
        "sentence": str(told),
    }
    assert told.to_dict() == expected
    assert json.loads(json.dumps(told.to_dict())) == expected


def test_the_histogram_shows_every_neighbour():
    figure, ax = plt.subplots()
    assert reason().plot(ax) is ax
    assert [bar.get_height() for bar in ax.patches] == [0, 1, 2, 5, 2, 10]
    names = [label.get_text() for label in ax.get_xticklabels()]
    assert names == ["1", "2", "3", "4", "5", "not rated"]
    assert [text.get_text() for text in ax.texts] == ["0", "1", "2", "5", "2", "10"]
    assert ax.get_xlabel() == "Rating of Night Bus" and ax.get_ylabel() == "Neighbours"
    plt.close(figure)
    figure, ax = plt.subplots()
    assert reason().plot() is ax
    plt.close(figure)
