"""X^T X on the workers of a Dask cluster."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from eautorec.arrays import Array, Matrix
from eautorec.gram import gram


def gram_on(client: Any) -> Callable[[Iterable[Matrix], int], Array]:
    """`gram`, with each block multiplied by one of the client's workers and added up there.

    The blocks are read here, one after another, never more of them ahead than there are workers. A
    worker needs memory for three matrices of n_items^2 numbers, this process for one.

    Parameters
    ----------
    client : a `distributed.Client` (pip install 'eautorec[cluster]').

    Example
    -------
    `EASE().fit_blocks(blocks, sum_up=gram_on(Client("tcp://scheduler:8786")))`
    """
    from distributed import wait

    def summed(blocks: Iterable[Matrix], n_items: int) -> Array:
        n_workers = max(1, len(client.scheduler_info()["workers"]))
        sums: list[Any] = []
        for number, x in enumerate(blocks):
            part = client.submit(gram, [x], n_items, pure=False)
            if number < n_workers:
                sums.append(part)
                continue
            turn = number % n_workers
            wait(sums[turn])
            sums[turn] = client.submit(np.add, sums[turn], part, pure=False)
        total = sums[0]
        for other in sums[1:]:
            total = client.submit(np.add, total, other, pure=False)
        # What a worker sends back may be read-only.
        return np.require(total.result(), requirements="W")

    return summed
