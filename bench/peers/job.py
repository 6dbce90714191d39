"""The job as every peer in Python does it: read the images, split them, and compare the arms at the end."""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image


@dataclass(frozen=True)
class Arm:
    """One input treatment: (x - mean) / std, x in 0..255, channel by channel."""

    name: str
    mean: list
    std: list


@dataclass(frozen=True)
class Job:
    """What `job.json` says: the settings of a check, every default filled in."""

    data: str
    size: int
    folds: int
    model: str | None
    train: str
    layers: list
    arms: list
    seeds: int
    epochs: int
    batch_size: int
    learning_rate: float
    probe_images: int
    threads: int


def read_job(path):
    fields = json.loads(Path(path).read_text())
    return Job(**{**fields, "arms": [Arm(**arm) for arm in fields["arms"]]})


def load_images(job):
    """All images [n, size, size, 3] as float32 in 0..255, and their labels: classes and files in order of name."""
    folders = sorted(entry for entry in Path(job.data).iterdir() if entry.is_dir())
    files = [(path, label) for label, folder in enumerate(folders) for path in sorted(folder.glob("*.png"))]
    images = np.empty((len(files), job.size, job.size, 3), np.float32)
    taps = {}
    for row, (path, _) in enumerate(files):
        with Image.open(path) as image:
            pixels = np.asarray(image.convert("RGB"), np.float32)
        height, width, _ = pixels.shape
        for side in (height, width):
            if side not in taps:
                taps[side] = bilinear_taps(side, job.size)
        columns = taps[height] @ pixels.reshape(height, width * 3)
        images[row] = np.matmul(taps[width], columns.reshape(job.size, width, 3))
    return images, np.array([label for _, label in files])


def bilinear_taps(source, target):
    """Weights [target, source] of Pillow's BILINEAR, so that scaling is two matrix products and nothing is rounded."""
    scale = source / target
    radius = max(scale, 1.0)
    centres = (np.arange(target)[:, None] + 0.5) * scale
    weights = np.maximum(1 - np.abs((np.arange(source) + 0.5 - centres) / radius), 0)
    return (weights / weights.sum(1, keepdims=True)).astype(np.float32)


def treated(images, arm):
    return (images - np.float32(arm.mean)) / np.float32(arm.std)


def split_of(job, labels, seed):
    """Stratified folds: seed i holds out fold i mod k of partition i div k. Indices that train, indices held out."""
    partition, fold = divmod(seed, job.folds)
    draw = np.random.default_rng(partition).random(len(labels))
    fold_of = np.empty(len(labels), np.int64)
    fold_of[np.lexsort((draw, labels))] = np.arange(len(labels)) % job.folds
    return np.flatnonzero(fold_of != fold), np.flatnonzero(fold_of == fold)


def probe_batch(job, labels):
    """The fixed batch on which layers are observed: at even distances in the order of classes."""
    by_class = np.argsort(labels, kind="stable")
    count = min(job.probe_images, len(labels))
    return by_class[((np.arange(count) + 0.5) * len(labels) / count).astype(np.int64)]


def steps_to_observe(steps_per_epoch, epochs):
    """Updates after which layers are observed: 0, 1, 2, 4, 8, ... and the last of each epoch."""
    last = steps_per_epoch * epochs
    powers = {2**k for k in range(last.bit_length()) if 2**k < last}
    return powers | {0} | {epoch * steps_per_epoch for epoch in range(1, epochs + 1)}


def compare_arms(job, labels, accuracy):
    """
    The first arm against each other one: difference in points with its 95 % interval (corrected resampled t of Nadeau
    and Bengio, 2003) and the exact sign-flip p. `accuracy` holds one list of final validation accuracies per arm.
    """
    train, validation = split_of(job, labels, 0)
    first, *others = (np.array(accuracy[arm.name]) for arm in job.arms)
    comparisons = []
    for arm, other in zip(job.arms[1:], others):
        differences = 100 * (first - other)
        n = len(differences)
        error = np.sqrt((1 / n + len(validation) / len(train)) * differences.var(ddof=1))
        half = student_quantile(0.975, n - 1) * error
        signs = 1 - 2 * ((np.arange(2**n)[:, None] >> np.arange(n)) & 1)
        extreme = np.abs(signs @ differences) >= abs(differences.sum()) - 1e-9
        mean = differences.mean()
        comparisons.append({"arm": arm.name, "benefit": mean, "low": mean - half, "high": mean + half, "p": extreme.mean()})
    return comparisons


def student_quantile(share, df):
    """Quantile of Student's t by integration of its density, which spares the import of SciPy."""
    t = np.linspace(0, 200, 200_001)
    density = (1 + t * t / df) ** (-(df + 1) / 2)
    mass = np.cumsum((density[1:] + density[:-1]) / 2)
    return float(np.interp(share - 0.5, np.concatenate(([0], mass)) / mass[-1] / 2, t))
