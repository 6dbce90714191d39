"""One run after the other, with looks at every layer: the part that is the same in every framework."""

import json
import sys
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


def train_all(job, labels, learners):
    """Every arm with every seed. `learners` by name of arm."""
    probe = probe_batch(job, labels)
    return [
        {"arm": arm.name, **train_run(job, labels, learners[arm.name], seed, probe)}
        for seed in range(job.seeds)
        for arm in job.arms
    ]


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
    can compare. `open_peer(job, images, labels)` returns an object with `learners`, `trunk` (moments of the frozen
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
        runs = train_all(job, labels, peer.learners)
        result = {"trunk": peer.trunk, "runs": runs, "comparisons": compare_arms(job, labels, final_accuracy(job, runs))}
    Path(sys.argv[2]).write_text(json.dumps(result))


def final_accuracy(job, runs):
    return {arm.name: [run["scores"][-1][1][1] for run in runs if run["arm"] == arm.name] for arm in job.arms}
