"""Many runs in parallel, each stored as it ends: here in processes, elsewhere on a Dask cluster."""

from __future__ import annotations

import os
import threading
from collections import defaultdict
from collections.abc import Iterable, Iterator
from concurrent.futures import Executor, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing import get_context, parent_process

from tqdm import tqdm

from eautorec.errors import InputError
from eautorec.reading import Source
from eautorec.study.protocol import Run
from eautorec.study.runner import execute
from eautorec.study.store import Store

ATTEMPTS = 3
"""How often a task is begun before workers that die end the sweep."""


def sweep(
    runs: Iterable[Run],
    store: Store,
    *,
    data: Source | str = "100k",
    workers: int | None = None,
    scheduler: str | None = None,
) -> int:
    """Execute the runs that the store does not have yet. Returns how many were executed.

    Runs that train the same model are one task. A task that a dying worker took along is given to
    another one, at most ATTEMPTS times.

    Parameters
    ----------
    data : what `execute` trains on: a file of ratings, or the name of a MovieLens set.
    workers : processes on this machine, with one thread each; None for one on each core.
    scheduler : the address of a Dask scheduler to take instead, or "local" for one started here.
    """
    finished = store.finished()
    tasks: defaultdict[str, dict[str, Run]] = defaultdict(dict)
    for run in runs:
        if run.key() not in finished:
            tasks[run.fit_key()][run.key()] = run
    total = sum(map(len, tasks.values()))
    with tqdm(total=total, desc="study", unit="run", disable=None, smoothing=0.05) as progress:
        for attempt in range(1, ATTEMPTS + 1):
            try:
                with _executor(workers, scheduler) as executor:
                    futures = {
                        executor.submit(execute, list(task.values()), data, store.data): key
                        for key, task in tasks.items()
                    }
                    for future in as_completed(futures):
                        for run, records, seconds in future.result():
                            store.add(run, records, seconds)
                            progress.update()
                        del tasks[futures[future]]
                break
            except BrokenProcessPool:
                if attempt == ATTEMPTS:
                    raise
    return total


@contextmanager
def _executor(workers: int | None, scheduler: str | None) -> Iterator[Executor]:
    """Something with `submit`, as in concurrent.futures."""
    if scheduler is None:
        executor: Executor = ProcessPoolExecutor(
            workers or os.cpu_count(), mp_context=get_context("spawn"), initializer=_prepare_worker
        )
        try:
            yield executor
        finally:
            # After an error or Ctrl-C, what has not begun is not begun.
            executor.shutdown(wait=True, cancel_futures=True)
        return
    try:
        from distributed import Client
    except ImportError:
        raise InputError(
            "A scheduler needs Dask: install it with pip install 'eautorec[cluster]'."
        ) from None
    try:
        if scheduler == "local":
            client = Client(n_workers=workers or os.cpu_count(), threads_per_worker=1)
        else:
            client = Client(scheduler)
    except (OSError, ValueError) as error:
        raise InputError(
            f"There is no Dask scheduler at {scheduler!r} ({type(error).__name__}): give an "
            "address such as tcp://host:8786, or 'local'."
        ) from None
    with client:
        client.run(_one_thread)
        yield client.get_executor()


def _prepare_worker() -> None:
    """In each process of the pool."""
    _one_thread()

    # Where the program that started us is killed, nobody wants our results.
    def exit_with_parent() -> None:
        parent = parent_process()
        if parent is not None:
            parent.join()
            os._exit(1)

    threading.Thread(target=exit_with_parent, daemon=True).start()


def _one_thread() -> None:
    """Side by side, workers with several threads each make each other wait."""
    import torch
    from threadpoolctl import threadpool_limits

    torch.set_num_threads(1)
    threadpool_limits(1)
