"""How often the crossed-components interval holds the truth: the table in docs/statistics.md.

    venv/bin/python scripts/reference/coverage.py        (numpy and scipy, as for statistics.py)

Each line simulates 4,000 tables of normal numbers with the given variances of seeds, images and rest.
"""

import numpy as np
from scipy import stats

REPEATS, LEVEL = 4000, 0.95
SIZES = [(6, 40), (6, 60), (12, 60), (3, 100)]
VARIANCES = [
    (0, 0, 1), (1, 0, 1e-4), (0, 1, 1e-4), (0.01, 0.3, 0.7), (0.05, 0.3, 0.65),
    (0, 0.3, 0.7), (0.02, 0, 1), (0.2, 0, 1), (0.005, 0.05, 1),
]  # fmt: skip


def coverage(rng, seeds, images, by_seed, by_image, rest):
    shape = (REPEATS, seeds, images)
    table = (
        rng.normal(size=(REPEATS, seeds, 1)) * by_seed**0.5
        + rng.normal(size=(REPEATS, 1, images)) * by_image**0.5
        + rng.normal(size=shape) * rest**0.5
    )
    mean, rows, columns = table.mean((1, 2)), table.mean(2), table.mean(1)
    residual = table - rows[:, :, None] - columns[:, None, :] + mean[:, None, None]
    df = seeds - 1, images - 1, (seeds - 1) * (images - 1)
    ms_seeds = images * ((rows - mean[:, None]) ** 2).sum(1) / df[0]
    ms_images = seeds * ((columns - mean[:, None]) ** 2).sum(1) / df[1]
    ms_rest = (residual**2).sum((1, 2)) / df[2]
    total = ms_seeds + ms_images - ms_rest
    largest = np.maximum(ms_seeds, ms_images)
    satterthwaite = total**2 / (ms_seeds**2 / df[0] + ms_images**2 / df[1] + ms_rest**2 / df[2])
    truncated = np.where(ms_seeds >= ms_images, df[0], df[1])
    used = np.where(total >= largest, np.maximum(1, satterthwaite), truncated)
    half = stats.t.ppf((1 + LEVEL) / 2, used) * np.sqrt(np.maximum(total, largest) / (seeds * images))
    return float((np.abs(mean) <= half).mean())


generator = np.random.default_rng(1)
for size in SIZES:
    for variances in VARIANCES:
        print(f"{size[0]:3} seeds x {size[1]:3} images, variances {variances}: {coverage(generator, *size, *variances):.1%}")
