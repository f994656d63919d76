"""EFM, explicit factors (Zhang et al., 2014): what users care about, and what items are good at."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
import pandas as pd

from eautorec.arrays import Array, check_room
from eautorec.errors import InputError
from eautorec.models.features import incidence
from eautorec.models.recommender import Recommender
from eautorec.parameters import number, whole_number
from eautorec.ratings import Ratings

TINY = 1e-9
"""Keeps a quotient of sums finite."""

MENTIONS = ("user", "item", "feature", "opinion")


class EFM(Recommender):
    """Users care about features (X), items are good at them (Y), and ratings (A) share the factors:

        X_uf = 1 + (N - 1) (2 / (1 + exp(-t_uf)) - 1),     t: how often u mentioned f
        Y_if = 1 + (N - 1) / (1 + exp(-k_if s_if)),        k: how often f of i was, s: how kindly
        minimise  |U1 U2' + H1 H2' - A|^2 + lambda_x |U1 V' - X|^2 + lambda_y |U2 V' - Y|^2
                  + lambda_u (|U1|^2 + |U2|^2) + lambda_h (|H1|^2 + |H2|^2) + lambda_v |V|^2

    over the cells that are known, all factors being 0 or more, by the paper's multiplicative steps.
    N is the highest rating. A list goes by

        alpha * sum over the n_cared features f with the highest X~_uf of X~_uf Y~_if / (n_cared N)
        + (1 - alpha) A~_ui

    The paper reads features and opinions in reviews. Where there are none, this is a variant: who
    rates an item mentions each of its features, kindly by as much as the rating lies above the mean
    of all.

    Parameters
    ----------
    n_explicit, n_hidden : columns of U1, U2, V, and of H1, H2.
    n_cared, alpha : of the list.
    lambda_x, lambda_y, lambda_u, lambda_h, lambda_v : as above.
    n_epochs, seed : of the training.
    least : features that fewer items have are left out.

    Attributes
    ----------
    features_ : names of the features. cares_, good_at_ : X~ (n_users, n_features) and Y~ (n_items,
        n_features). history_ : what is minimised, after each epoch.
    """

    name = "EFM"
    predicts = False

    def __init__(
        self,
        n_explicit: int = 40,
        n_hidden: int = 60,
        *,
        n_cared: int = 15,
        alpha: float = 0.85,
        lambda_x: float = 1.0,
        lambda_y: float = 1.0,
        lambda_u: float = 0.01,
        lambda_h: float = 0.01,
        lambda_v: float = 0.01,
        n_epochs: int = 100,
        least: int = 10,
        seed: int = 0,
    ):
        self.n_explicit = n_explicit
        self.n_hidden = n_hidden
        self.n_cared = n_cared
        self.alpha = alpha
        self.lambda_x = lambda_x
        self.lambda_y = lambda_y
        self.lambda_u = lambda_u
        self.lambda_h = lambda_h
        self.lambda_v = lambda_v
        self.n_epochs = n_epochs
        self.least = least
        self.seed = seed

    def fit(
        self,
        train: Ratings,
        features: pd.DataFrame | None = None,
        mentions: pd.DataFrame | None = None,
    ) -> Self:
        """Train on ratings and features.

        Parameters
        ----------
        features : what is known of the items: the columns item and feature.
        mentions : what users said, in place of it: the columns user, item, feature and opinion,
            above 0 for praise, below 0 for blame; see `eautorec.reviews`.

        Raises InputError where there is neither, or a parameter is out of range.
        """
        p = self._checked()
        if (features is None) == (mentions is None):
            raise InputError("EFM needs features of the items or mentions of users: give fit one.")
        self._keep(train, self.get_params())
        if mentions is not None:
            if missing := set(MENTIONS) - set(mentions):
                raise InputError(f"The table of mentions has no column {sorted(missing)[0]}.")
            self.features_, _ = incidence(mentions, train.items, p["least"])
        else:
            self.features_, self._has = incidence(features, train.items, p["least"])
        check_room("The features of all users", (train.n_users, len(self.features_)), "take fewer")
        self._x, self._y = self._from(mentions)
        self._learn(p)
        return self

    def _from(self, mentions: pd.DataFrame | None) -> tuple[Array, Array]:
        """X and Y, 0 where nothing is known."""
        train = self.ratings_
        highest = train.scale[1]
        if mentions is None:
            rated = train.matrix.toarray() != 0
            has = self._has.toarray()
            kind = np.where(rated, train.matrix.toarray() - train.values.mean(dtype=float), 0.0)
            times = rated @ has
            k_s = kind.sum(axis=0)[:, None] * has
            spoken = rated.sum(axis=0)[:, None] * has
        else:
            said = mentions[mentions["feature"].astype(str).isin(self.features_)]
            said = said[said["user"].isin(train.users) & said["item"].isin(train.items)]
            user = pd.Index(train.users).get_indexer(said["user"])
            item = pd.Index(train.items).get_indexer(said["item"])
            feature = np.searchsorted(self.features_, said["feature"].to_numpy().astype(str))
            times = np.zeros((train.n_users, len(self.features_)))
            k_s, spoken = (np.zeros((train.n_items, len(self.features_))) for _ in range(2))
            np.add.at(times, (user, feature), 1)
            np.add.at(k_s, (item, feature), said["opinion"].to_numpy(float))
            np.add.at(spoken, (item, feature), 1)
        x = np.where(times > 0, 1 + (highest - 1) * (2 / (1 + np.exp(-times)) - 1), 0.0)
        y = np.where(spoken > 0, 1 + (highest - 1) / (1 + np.exp(-k_s)), 0.0)
        return x, y

    def _learn(self, p: dict[str, Any]) -> None:
        a = self.ratings_.matrix.toarray().astype(float)
        x, y = self._x, self._y
        generator = np.random.default_rng(p["seed"])
        sizes = [(len(a), p["n_explicit"]), (a.shape[1], p["n_explicit"])]
        sizes += [(x.shape[1], p["n_explicit"])]
        sizes += [(len(a), p["n_hidden"]), (a.shape[1], p["n_hidden"])]
        u1, u2, v, h1, h2 = (generator.uniform(0.01, 0.5, size) for size in sizes)
        lx, ly, lu, lh, lv = (p[f"lambda_{name}"] for name in "xyuhv")
        known_a, known_x, known_y = a > 0, x > 0, y > 0
        self.history_ = []
        for _ in range(p["n_epochs"]):
            v *= _step(
                lx * x.T @ u1 + ly * y.T @ u2,
                lx * (known_x * (u1 @ v.T)).T @ u1 + ly * (known_y * (u2 @ v.T)).T @ u2 + lv * v,
            )
            rest = known_a * (u1 @ u2.T + h1 @ h2.T)
            u1 *= _step(a @ u2 + lx * x @ v, rest @ u2 + lx * (known_x * (u1 @ v.T)) @ v + lu * u1)
            rest = known_a * (u1 @ u2.T + h1 @ h2.T)
            u2 *= _step(
                a.T @ u1 + ly * y @ v, rest.T @ u1 + ly * (known_y * (u2 @ v.T)) @ v + lu * u2
            )
            rest = known_a * (u1 @ u2.T + h1 @ h2.T)
            h1 *= _step(a @ h2, rest @ h2 + lh * h1)
            rest = known_a * (u1 @ u2.T + h1 @ h2.T)
            h2 *= _step(a.T @ h1, rest.T @ h1 + lh * h2)
            rest = known_a * (u1 @ u2.T + h1 @ h2.T)
            penalty = lu * ((u1**2).sum() + (u2**2).sum()) + lv * (v**2).sum()
            penalty += lh * ((h1**2).sum() + (h2**2).sum())
            self.history_.append(
                float(
                    ((a - rest) ** 2).sum()
                    + lx * ((x - known_x * (u1 @ v.T)) ** 2).sum()
                    + ly * ((y - known_y * (u2 @ v.T)) ** 2).sum()
                    + penalty
                )
            )
        self.cares_, self.good_at_ = u1 @ v.T, u2 @ v.T
        self._factors = (u1, u2, h1, h2)

    def _scores_of(self, rows: slice) -> Array:
        u1, u2, h1, h2 = self._factors
        p, highest = self._parameters, self.ratings_.scale[1]
        cares = self.cares_[rows]
        n_cared = min(p["n_cared"], cares.shape[1])
        least = np.partition(cares, -n_cared, axis=1)[:, -n_cared][:, None]
        by_features = np.where(cares >= least, cares, 0) @ self.good_at_.T / (n_cared * highest)
        ratings = u1[rows] @ u2.T + h1[rows] @ h2.T
        return np.asarray(p["alpha"] * by_features + (1 - p["alpha"]) * ratings)

    def liked(self, user: object, item: object, n: int = 3) -> pd.DataFrame:
        """Of the features that the user cares most about, those that the item is best at.

        Returns
        -------
        DataFrame with the columns feature, cares (X~) and good_at (Y~), best first.
        """
        self._check_fitted()
        row, column = self.ratings_.user_row(user), self.ratings_.item_column(item)
        cared = np.argsort(-self.cares_[row], kind="stable")[: self._parameters["n_cared"]]
        best = cared[np.argsort(-self.good_at_[column, cared], kind="stable")]
        best = best[: whole_number("n", n, at_least=1)]
        return pd.DataFrame(
            {
                "feature": self.features_[best],
                "cares": self.cares_[row, best],
                "good_at": self.good_at_[column, best],
            }
        )

    def _checked(self) -> dict[str, Any]:
        p = self.get_params()
        for name in ("n_explicit", "n_hidden", "n_cared", "n_epochs", "least"):
            whole_number(name, p[name], at_least=1)
        whole_number("seed", p["seed"], at_least=0)
        number("alpha", p["alpha"], at_least=0, below=1 + 1e-9)
        for name in "xyuhv":
            number(f"lambda_{name}", p[f"lambda_{name}"], at_least=0)
        return p


def _step(above: Array, below: Array) -> Array:
    """The factor of a multiplicative step."""
    return np.asarray(np.sqrt(above / (below + TINY)))
