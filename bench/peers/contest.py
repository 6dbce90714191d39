"""One run after the other, with looks at every layer: the part that is the same in every framework."""

import json
import os
import sys
import time
from pathlib import Path

import numpy as np

from job import compare_arms, load_images, probe_batch, read_job, split_of, steps_to_observe


def train_run(job, labels, learner, seed, probe):
    """
    One training of one arm. A learner has `start(seed)`, `update(indices)`, `score(indices)` -> (loss, accuracy) and
    `look(indices)` -> moments of every layer in both modes.
    """
    train, validation = split_of(job, labels, seed)
    steps_per_epoch = -(-len(train) // job.batch_size)
    observed = steps_to_observe(steps_per_epoch, job.epochs)
    learner.start(seed)
    scores = [(learner.score(train), learner.score(validation))]
    looks = [{"step": 0, **learner.look(probe)}]
    step = 0
    for epoch in range(1, job.epochs + 1):
        order = np.random.default_rng([seed, epoch]).permutation(train)
        for start in range(0, len(order), job.batch_size):
            learner.update(order[start : start + job.batch_size])
            step += 1
            if step in observed:
                looks.append({"step": step, **learner.look(probe)})
        scores.append((learner.score(train), learner.score(validation)))
    return {"seed": seed, "scores": scores, "looks": looks}


def train_all(job, labels, learners, seeds):
    """Every arm with the first `seeds` seeds, and the seconds of each run. `learners` by name of arm."""
    probe = probe_batch(job, labels)
    runs, seconds = [], []
    for seed in range(seeds):
        for arm in job.arms:
            start = time.perf_counter()
            runs.append({"arm": arm.name, **train_run(job, labels, learners[arm.name], seed, probe)})
            seconds.append(time.perf_counter() - start)
    return runs, seconds


def follow(check, learner, probe):
    """Looks at given steps, from given weights, with given batches: what must be equal in every framework."""
    learner.start(0, {name: np.array(entry["values"], np.float32).reshape(entry["shape"]) for name, entry in check["weights"].items()})
    looks = []
    for step in range(len(check["batches"]) + 1):
        if step in check["steps"]:
            looks.append({"step": step, **learner.look(probe)})
        if step < len(check["batches"]):
            learner.update(np.array(check["batches"][step]))
    return looks


def main(open_peer):
    """
    `peer.py JOB RESULT` does the job; with a third argument it does what the file asks for instead, so that the harness
    can compare. With SEEDS in the environment it trains so many seeds only, and says what the others would have taken.
    `open_peer(job, images, labels)` returns an object with `learners`, `trunk` (moments of the frozen
    layers by arm) and `features(arm)` (what the trained part is fed, or None).
    """
    job = read_job(sys.argv[1])
    images, labels = load_images(job)
    peer = open_peer(job, images, labels)
    if len(sys.argv) > 3:
        check = json.loads(Path(sys.argv[3]).read_text())
        probe = probe_batch(job, labels)
        features = {arm.name: peer.features(arm.name) for arm in job.arms}
        result = {
            "features": {arm: rows[probe].tolist() for arm, rows in features.items() if rows is not None},
            "trunk": peer.trunk,
            "looks": follow(check, peer.learners[job.arms[0].name], probe),
        }
    else:
        seeds = min(int(os.environ.get("SEEDS", job.seeds)), job.seeds)
        runs, seconds = train_all(job, labels, peer.learners, seeds)
        result = {"trunk": peer.trunk, "runs": runs}
        if seeds == job.seeds:
            result["comparisons"] = compare_arms(job, labels, final_accuracy(job, runs))
        else:
            result["missing"] = missing(job, seconds)
    Path(sys.argv[2]).write_text(json.dumps(result))


def missing(job, seconds):
    """What the runs left out would take. The first run is left aside: it compiles and warms up for all."""
    pace = float(np.mean(seconds[1:]))
    whole = job.seeds * len(job.arms)
    return {"seconds": pace * (whole - len(seconds)), "how": f"{len(seconds)} of {whole} runs measured, the others taken to last as long as the mean of all but the first"}


def final_accuracy(job, runs):
    return {arm.name: [run["scores"][-1][1][1] for run in runs if run["arm"] == arm.name] for arm in job.arms}
