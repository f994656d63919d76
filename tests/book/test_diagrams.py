"""The diagrams show what is computed: an arrow for each neighbour, and each fold tested once."""

import matplotlib.pyplot as plt
import pytest
from matplotlib.patches import FancyArrowPatch

from eautorec import Explainability
from eautorec.synthetic import five_users
from eautorec_book import diagrams, style


@pytest.fixture
def ax():
    fig, ax = plt.subplots()
    yield ax
    plt.close(fig)


def words(ax):
    return [text.get_text() for text in ax.texts]


def test_an_arrow_leads_from_each_neighbour(ax):
    world = five_users()
    expl = Explainability(2).fit(world)
    diagrams.draw_neighbour_layer(ax, expl, world)
    arrows = [patch for patch in ax.patches if isinstance(patch, FancyArrowPatch)]
    assert len(arrows) == expl.averaging.nnz
    own = [
        a for a in arrows if a.get_edgecolor()[:3] == plt.matplotlib.colors.to_rgb(style.EAUTOREC)
    ]
    assert len(own) == len(expl.neighbors(1))


def test_three_folds_are_drawn_each_with_its_own_test_part(ax):
    diagrams.draw_splits(ax)
    orange = plt.matplotlib.colors.to_rgb(style.EAUTOREC)
    tested = [
        p.get_x() for p in ax.patches if hasattr(p, "get_x") and p.get_facecolor()[:3] == orange
    ]
    assert tested == [0, 1, 9, 0]  # the last is that of step 3
    assert {"fold 1", "fold 2", "fold 10", "validation"} <= set(words(ax))


@pytest.mark.parametrize("explained", [False, True])
def test_the_network_names_its_matrices_with_their_shapes(ax, explained):
    diagrams.draw_network(ax, explained)
    said = " ".join(words(ax))
    first = ("W_r", "W_e") if explained else ("W_1",)
    assert all(f"${name}$: $k \\times n$" in said for name in first)
    assert "$W_2$: $n \\times k$" in said and ("$2n$ inputs" in said) == explained
