"""Independent figures for the tests of src/stats, from SciPy and NumPy.

    python3 -m venv venv && venv/bin/pip install numpy==2.4.6 scipy==1.17.1
    venv/bin/python scripts/reference/statistics.py

Writes __tests__/stats/reference.json. Nothing is drawn at random, so a second run gives the same file.
"""

import json
from pathlib import Path

import numpy as np
from scipy import integrate, optimize, special, stats

OUT = Path(__file__).resolve().parents[2] / "__tests__" / "stats" / "reference.json"


def student():
    cdf = [
        {"t": t, "df": df, "value": float(stats.t.cdf(t, df))}
        for df in (1, 2.5, 5, 17.3, 59, 1e4)
        for t in (-40.0, -3.2, -0.01, 0.0, 0.7, 2.0, 12.0)
    ]
    quantile = [
        {"p": p, "df": df, "value": float(stats.t.ppf(p, df))}
        for df in (1, 2.5, 5, 17.3, 59, 1e4)
        for p in (0.001, 0.05, 0.5, 0.9, 0.95, 0.975, 0.9999)
    ]
    return {"cdf": cdf, "quantile": quantile}


def sign_flip():
    cases = [
        [3.0, 1.0, 2.0, 4.0, 0.5, 2.5],
        [3.0, 3.0, 3.0, -1.0, 0.0, 2.0],
        [2.5, -2.5, 5.0, 2.5, 0.0, -5.0, 7.5],
        [0.1, 0.2, -0.3, 0.6, 0.1, 0.1, -0.2, 0.4],
        [float(np.sin(7.3 * i) + 0.4) for i in range(15)],
    ]
    out = []
    for case in cases:
        test = stats.permutation_test((case,), np.mean, permutation_type="samples", n_resamples=np.inf)
        out.append({"differences": case, "p": float(test.pvalue)})
    return out


def interval(estimate, standard_error, df, level):
    half = float(stats.t.ppf((1 + level) / 2, df)) * standard_error
    return {
        "estimate": float(estimate),
        "standardError": float(standard_error),
        "df": float(df),
        "low": float(estimate - half),
        "high": float(estimate + half),
    }


def corrected_resampled_t():
    differences = [8.1, 2.4, 11.0, 5.5, -1.2, 9.3]
    out = []
    for train, validation, level in ((200, 40, 0.95), (180, 60, 0.9), (1000, 10, 0.99)):
        variance = (1 / len(differences) + validation / train) * np.var(differences, ddof=1)
        expected = interval(np.mean(differences), np.sqrt(variance), len(differences) - 1, level)
        out.append({"differences": differences, "trainImages": train, "validationImages": validation, "level": level, **expected})
    return out


def crossed_components():
    """Sums of squares by nested least squares, not by the means that the implementation uses."""
    out = []
    for seeds, examples, by_seed, by_example in ((6, 40, 0.0, 0.0), (6, 40, 30.0, 0.0), (4, 25, 4.0, 60.0), (12, 10, 0.0, 90.0)):
        s, e = np.meshgrid(np.arange(seeds), np.arange(examples), indexing="ij")
        noise = 100 * np.sin(1.7 * s * s + 12.9898 * e + 78.233 * s * e)
        table = 5 + noise + by_seed * np.cos(2.1 * s) + by_example * np.sin(1.3 * e + 1)
        y = table.ravel()
        one = np.ones((y.size, 1))
        seed = np.eye(seeds)[s.ravel()]
        example = np.eye(examples)[e.ravel()]

        def residual(*parts):
            design = np.hstack(parts)
            return float(np.sum((y - design @ np.linalg.lstsq(design, y, rcond=None)[0]) ** 2))

        nothing, both = residual(one), residual(one, seed, example)
        df = [seeds - 1, examples - 1, (seeds - 1) * (examples - 1)]
        mean_squares = [(nothing - residual(one, seed)) / df[0], (nothing - residual(one, example)) / df[1], both / df[2]]
        total = mean_squares[0] + mean_squares[1] - mean_squares[2]
        largest = int(np.argmax(mean_squares[:2]))
        if total >= mean_squares[largest]:
            pooled, used = total, max(1.0, total**2 / sum(m**2 / d for m, d in zip(mean_squares, df)))
        else:
            pooled, used = mean_squares[largest], df[largest]
        expected = interval(y.mean(), np.sqrt(pooled / y.size), used, 0.95)
        out.append({"differences": table.tolist(), "level": 0.95, "truncated": bool(total < mean_squares[largest]), **expected})
    return out


def repeated_folds():
    """Clustered covariance of weighted least squares on a constant, by design matrices of the clusters, not by sums over runs.

    `odd` examples are left out of the first fold of each round, so that folds are not of one size; seeds count alike.
    """
    out = []
    for seeds, folds, size, by_seed, by_example, odd in ((6, 6, 40, 0.0, 0.0, 0), (6, 6, 40, 40.0, 0.0, 0), (12, 6, 5, 10.0, 60.0, 0), (24, 4, 6, 0.0, 5.0, 0), (4, 6, 3, 5.0, 5.0, 0), (12, 6, 7, 10.0, 60.0, 3), (8, 4, 6, 30.0, 0.0, 4)):
        images = folds * size
        runs = []
        for s in range(seeds):
            # Another partition for each round of the folds.
            order = np.argsort(np.sin(99.7 * np.arange(images) * (1 + s // folds)))
            left_out = odd if s % folds == 0 else 0
            examples = np.sort(order[(s % folds) * size + left_out : (s % folds + 1) * size])
            values = 3 + by_seed * np.cos(2.1 * s) + by_example * np.sin(1.3 * examples) + 100 * np.sin(12.9898 * examples + 78.233 * s * (examples + 1))
            runs.append((examples, values))
        y = np.concatenate([values for _, values in runs])
        example = np.concatenate([examples for examples, _ in runs])
        sizes = [examples.size for examples, _ in runs]
        seed = np.repeat(np.arange(seeds), sizes)
        weight = np.repeat([1 / size for size in sizes], sizes)
        x = np.ones((y.size, 1))
        bread = np.linalg.inv(x.T @ (x * weight[:, None]))
        estimate = bread @ x.T @ (weight * y)
        residual = weight * (y - x @ estimate)

        def clustered(labels):
            groups = np.unique(labels)
            member = (labels[:, None] == groups[None, :]).astype(float)
            scores = member.T @ (x * residual[:, None])
            return float((bread @ (scores.T @ scores) @ bread)[0, 0]) * groups.size / (groups.size - 1), groups.size - 1

        parts = [clustered(seed), clustered(example), clustered(np.arange(y.size))]
        total = parts[0][0] + parts[1][0] - parts[2][0]
        larger = max(parts[:2])
        if total > larger[0] * (1 + 1e-9):
            variance, df = total, max(1.0, total**2 / sum(v**2 / d for v, d in parts))
        else:
            variance, df = larger
        out.append({"runs": [{"examples": e.tolist(), "differences": v.tolist()} for e, v in runs], "level": 0.95, **interval(float(estimate[0]), np.sqrt(variance), df, 0.95)})
    return out


def effect_sizes():
    out = []
    for differences in ([8.1, 2.4, 11.0, 5.5, -1.2, 9.3], [1.0, -1.0, 0.0, 2.5], [float(np.sin(3 * i)) for i in range(24)]):
        d = np.asarray(differences)
        df = d.size - 1
        # Unbiased for a normal mean: J is 1 / E[sqrt(df) / chi(df)] (Hedges 1981), here by quadrature.
        inverse_chi = integrate.quad(lambda x: np.sqrt(df) / x * stats.chi.pdf(x, df), 0, np.inf)[0]
        out.append({"differences": differences, "effect": float(d.mean() / d.std(ddof=1) / inverse_chi), "superiority": float(np.mean((np.sign(d) + 1) / 2))})
    return out


ACTIVATIONS = {
    "relu": lambda z: max(z, 0),
    "elu": lambda z: z if z > 0 else np.expm1(z),
    "gelu": lambda z: z * special.ndtr(z),
    "gelu-new": lambda z: 0.5 * z * (1 + np.tanh(np.sqrt(2 / np.pi) * (z + 0.044715 * z**3))),
    "silu": lambda z: z * special.expit(z),
    "mish": lambda z: z * np.tanh(np.logaddexp(0, z)),
    "softplus": lambda z: np.logaddexp(0, z),
}


def second_moment(phi):
    pieces = [integrate.quad(lambda z: phi(z) ** 2 * stats.norm.pdf(z), a, b, epsabs=1e-13)[0] for a, b in ((-14, 0), (0, 14))]
    return float(sum(pieces))


def gains():
    out = [{"name": name, "gain": 1 / np.sqrt(second_moment(phi))} for name, phi in ACTIVATIONS.items()]
    for alpha in (0.01, 0.3):
        out.append({"name": "leaky-relu", "alpha": alpha, "gain": 1 / np.sqrt(second_moment(lambda z: z if z > 0 else alpha * z))})
    out.append({"name": "elu", "alpha": 0.5, "gain": 1 / np.sqrt(second_moment(lambda z: z if z > 0 else 0.5 * np.expm1(z)))})
    return out


def planned():
    """Margins of plans: t quantiles, and the power of two one-sided tests by adaptive quadrature over the estimated error."""
    out = []
    for kind, train, held_out, seeds, alpha in (("folds", 200, 40, 6, 0.05), ("folds", 200, 40, 24, 0.009375), ("fixed", 180, 60, 6, 0.05), ("folds", 1000, 500, 3, 0.05), ("fixed", 500, 2000, 12, 0.03125)):
        outcomes = seeds * held_out
        images = held_out if kind == "fixed" else min(outcomes, train + held_out)
        error = 100 * np.sqrt(0.1 / images + 0.25 / outcomes)
        df = images - 1

        def found(margin, estimated, quantile):
            room = margin - quantile * estimated
            return max(0.0, stats.norm.cdf(room, margin / 5, error) - stats.norm.cdf(-room, margin / 5, error)) if room > 0 else 0.0

        def power(margin):
            single = found(margin, error, stats.t.ppf(1 - alpha, df))
            if kind == "fixed":
                return single
            between = stats.chi(seeds - 1, scale=1 / np.sqrt(seeds - 1))
            turn = np.sqrt(outcomes / images)
            quantile = stats.t.ppf(1 - alpha, seeds - 1)
            above = integrate.quad(lambda root: between.pdf(root) * found(margin, error * root / turn, quantile), turn, 10, limit=500)[0]
            return between.cdf(turn) * single + above

        reach = optimize.brentq(lambda margin: power(margin) - 0.8, error, 50 * error)
        margin = (stats.t.ppf(1 - alpha / 2, df) + stats.t.ppf(0.8, df)) * error
        out.append({"kind": kind, "trainImages": train, "validationImages": held_out, "seeds": seeds, "alpha": alpha, "margin": float(margin), "equivalence": float(reach)})
    return out


reference = {
    "planned": planned(),
    "student": student(),
    "signFlip": sign_flip(),
    "correctedResampledT": corrected_resampled_t(),
    "crossedComponents": crossed_components(),
    "repeatedFolds": repeated_folds(),
    "gains": gains(),
    "effectSizes": effect_sizes(),
}
OUT.write_text(json.dumps(reference, separators=(",", ":")) + "\n", encoding="utf-8", newline="\n")
