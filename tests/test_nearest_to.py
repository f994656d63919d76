"""One person's neighbours are those of the table of all."""

import numpy as np
import pytest

from eautorec.neighbours import nearest_neighbours, nearest_to, squared_norms
from eautorec.synthetic import movielens_like, two_tastes


@pytest.mark.parametrize("k", [1, 5, 40, 500])
@pytest.mark.parametrize("ratings", [two_tastes(density=0.2), movielens_like(70, 90, 900)])
def test_one_row_is_that_of_all(ratings, k):
    """Also where many are equally near, and where fewer than k have anything in common."""
    matrix, norms = ratings.matrix, squared_norms(ratings.matrix)
    neighbours, cosines = nearest_neighbours(matrix, k)
    for row in range(ratings.n_users):
        own = matrix[[row]].toarray().ravel()
        for stored in (matrix, ratings.by_item):
            found, cosine = nearest_to(own, stored, norms, k, but=row)
            there = neighbours[row] >= 0
            np.testing.assert_array_equal(found, neighbours[row][there])
            np.testing.assert_allclose(cosine, cosines[row][there], rtol=1e-12)
