"""What a person is told: every sentence, every number of the dictionary, the histogram."""

import json

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import pandas as pd
import pytest

from eautorec import Explanation
from eautorec.explanation import NEWCOMER

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


HEAD = (
    "10 of the 20 people nearest to user 42 rated Night Bus (5 gave it 4, 2 gave it 5 and 3 "
    "something else)"
)


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
            "8 of the 20 people nearest to user 42 rated Night Bus (5 gave it 3, 2 gave it 5 and 1 "
            "something else), so its explainability is 1.35 of 5.",
        ),
        (
            {"counts": {1.0: 0, 5.0: 1}, "n_neighbors": 1, "divisor": 1},
            "1 of the 1 people nearest to user 42 rated Night Bus (1 gave it 5), so its "
            "explainability is 5.00 of 5.",
        ),
        (
            {"counts": {2.0: 3, 5.0: 5}},
            "8 of the 20 people nearest to user 42 rated Night Bus (5 gave it 5 and 3 gave it 2), "
            "so its explainability is 1.55 of 5.",
        ),
        (
            {"n_neighbors": 0, "counts": {5.0: 0}},
            "Nobody is similar to user 42: there is no explanation.",
        ),
        (
            {"counts": {5.0: 0}},
            "None of the 20 people nearest to user 42 rated Night Bus: there is no explanation.",
        ),
        (
            {"score": 3.5},
            f"{HEAD}, so its explainability is 1.90 of 5. The model predicts 3.50.",
        ),
        (
            {"score": 3.5, "score_without": 3.5},
            f"{HEAD}, so its explainability is 1.90 of 5. The model predicts 3.50, with or without "
            "this reason.",
        ),
        (
            {"score": 3.5, "score_without": 3.504},
            f"{HEAD}, so its explainability is 1.90 of 5. The model predicts 3.50, and without "
            "this reason hardly anything else (-0.0040).",
        ),
        (
            {"score": 3.5, "score_without": 3.49},
            f"{HEAD}, so its explainability is 1.90 of 5. The model predicts 3.50; without this "
            "reason it would predict 3.49 (+0.010 through the reason).",
        ),
        (
            {"score": 3.5, "score_without": 3.75},
            f"{HEAD}, so its explainability is 1.90 of 5. The model predicts 3.50; without this "
            "reason it would predict 3.75 (-0.250 through the reason).",
        ),
    ],
    ids=str,
)
def test_sentences(options, sentence):
    assert str(reason(**options)) == sentence


OWN = pd.DataFrame(
    {
        "item": [1, 2, 3, 4, 5],
        "title": ["Alien", "Brazil", "Cube", "Diva", "Eyes"],
        "rating": [5.0, 4.0, 4.5, 3.0, 1.0],
        "contribution": [0.3, 0.2, 0.1, 0.05, -0.05],
    }
)
RANKED = {"predicts": False, "score": 0.6, "score_without": 0.15, "rank": 1, "rank_without": 37}


@pytest.mark.parametrize(
    "options, sentence",
    [
        (
            RANKED,
            "10 of the 20 people nearest to user 42 rated Night Bus, 7 of them with 4 or more. "
            "They carry 75% of its score; without them it would fall from rank 1 to 37.",
        ),
        (
            RANKED | {"user": NEWCOMER, "by_item": OWN, "rank": 4, "rank_without": 2},
            "10 of the 20 people nearest to you rated Night Bus, 7 of them with 4 or more. They "
            "carry 75% of its score; without them it would rise from rank 4 to 2. What speaks for "
            "it most among your own ratings: Alien (5), Brazil (4), Cube (4.5).",
        ),
        (
            RANKED | {"by_item": OWN.tail(2), "rank_without": 1},
            "10 of the 20 people nearest to user 42 rated Night Bus, 7 of them with 4 or more. "
            "They carry 75% of its score; without them it would keep rank 1. What speaks for it "
            "most among the user's own ratings: Diva (3).",
        ),
        (
            RANKED | {"counts": {1.0: 0, 5.0: 1}, "by_item": OWN.tail(1)},
            "1 of the 20 people nearest to user 42 rated Night Bus, 1 of them with 5. That carries "
            "75% of its score; without them it would fall from rank 1 to 37.",
        ),
        (
            RANKED | {"counts": {5.0: 0}, "by_item": OWN.head(1)},
            "None of the 20 people nearest to user 42 rated Night Bus. What speaks for it most "
            "among the user's own ratings: Alien (5).",
        ),
        (
            {"predicts": False, "score": 0.6},
            "10 of the 20 people nearest to user 42 rated Night Bus, 7 of them with 4 or more.",
        ),
    ],
)
def test_sentences_of_a_model_that_only_orders(options, sentence):
    assert str(reason(**options)) == sentence


def test_numbers_by_hand():
    """2 + 2 x 3 + 5 x 4 + 2 x 5 = 38 stars from ten of twenty neighbours."""
    told = reason(theta=1.8)
    assert (told.n_raters, told.n_silent) == (10, 10)
    assert told.probabilities == {1.0: 0, 2.0: 0.05, 3.0: 0.1, 4.0: 0.25, 5.0: 0.1}
    assert told.expected == told.explainability == 1.9 and told.explainable
    assert reason(theta=1.9).explainability == 0 and not reason(theta=1.9).explainable
    assert reason(divisor=10).expected == 3.8 and reason(divisor=10).probabilities[4.0] == 0.5
    assert reason(divisor=0, counts={5.0: 0}).expected == 0
    assert reason().effect is None and reason(score=3.0).effect is None
    moved = reason().of_model("AutoRec", score=3.0, score_without=3.5)
    assert (moved.model, moved.effect) == ("AutoRec", -0.5)
    assert moved.share == pytest.approx(-0.5 / 3) and reason(score=0.0).share is None
    assert (told.n_liked, told.liked_from) == (7, 4.0)


def test_the_dictionary_is_all_of_it():
    told = reason(theta=1.0).of_model("AutoRec", score=4.0, score_without=3.5, rank=2)
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
        "explainability": 1.9,
        "model": "AutoRec",
        "score": 4.0,
        "score_without": 3.5,
        "effect": 0.5,
        "prediction": 4.0,
        "prediction_without": 3.5,
        "rank": 2,
        "rank_without": None,
        "by_user": None,
        "by_item": None,
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


def test_the_bars_of_contributions_end_at_the_score():
    figure, ax = plt.subplots()
    told = reason(predicts=False, score=0.6, by_item=OWN)
    assert told.plot_contributions(ax, n=2) is ax
    widths = [bar.get_width() for bar in ax.patches]
    assert widths == pytest.approx([0.3, 0.2, 0.1])
    assert ax.patches[-1].get_x() + ax.patches[-1].get_width() == pytest.approx(0.6)
    names = [label.get_text() for label in ax.get_yticklabels()]
    assert names == ["Alien (5)", "Brazil (4)", "3 others"]
    plt.close(figure)
    with pytest.raises(ValueError, match="no sum over ratings"):
        reason().plot_contributions()


def test_frames_become_records():
    told = reason(predicts=False, score=0.6, by_item=OWN).to_dict()
    assert told["by_item"][1] == {
        "item": 2, "title": "Brazil", "rating": 4.0, "contribution": 0.2
    }  # fmt: skip
    assert told["prediction"] is None and json.loads(json.dumps(told)) == told
