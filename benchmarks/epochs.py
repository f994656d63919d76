"""One worker: train for some seconds and count the epochs."""

import json
import sys
import time

import torch

import eautorec
from eautorec.datasets import load_ratings
from eautorec.ratings import split
from eautorec_benchmarks.core import stepper

if __name__ == "__main__":
    kind, model, name, seconds, threads = sys.argv[1:]
    torch.set_num_threads(int(threads))
    train, _ = split(load_ratings(name), 0.1, seed=0)
    step = stepper(kind, getattr(eautorec, model)(), train)
    for _ in range(3):
        step()
    count, start = 0, time.perf_counter()
    while time.perf_counter() - start < float(seconds):
        step()
        count += 1
    print(json.dumps({"epochs_a_second": count / (time.perf_counter() - start)}))
