"""Independent figures for the test of the segmentation task, from scikit-learn and NumPy.

    python3 -m venv venv && venv/bin/pip install numpy==2.4.6 scikit-learn==1.9.1
    venv/bin/python scripts/reference/segmentation.py

Writes __tests__/experiment/reference/segmentation.json. All is drawn from a fixed seed, so a second run gives the same file.
"""

import json
from pathlib import Path

import numpy as np
from sklearn.metrics import accuracy_score, jaccard_score, log_loss

OUT = Path(__file__).resolve().parents[2] / "__tests__" / "experiment" / "reference" / "segmentation.json"
UNLABELLED = 255
SMOOTHING = 1e-5


def softmax(logits):
    powers = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return powers / powers.sum(axis=-1, keepdims=True)


def dice_loss(masks, probabilities):
    """1 minus the soft Dice coefficient, mean over images and classes; unlabelled pixels are left out."""
    losses = []
    for mask, shares in zip(masks, probabilities):
        labelled = mask != UNLABELLED
        targets = np.eye(shares.shape[-1])[mask[labelled]]
        p = shares[labelled]
        overlap, total = (p * targets).sum(axis=0), p.sum(axis=0) + targets.sum(axis=0)
        losses.extend(1 - (2 * overlap + SMOOTHING) / (total + SMOOTHING))
    return float(np.mean(losses))


def constant_dice(masks, shares):
    return dice_loss(masks, np.broadcast_to(shares, (*masks.shape, len(shares))))


def case(rng, images, height, width, classes, occurring, ignored, scale):
    masks = rng.integers(0, occurring, (images, height, width))
    masks[rng.random(masks.shape) < ignored] = UNLABELLED
    # As the network puts them out, in single precision.
    logits = (scale * rng.standard_normal((images, height, width, classes))).astype(np.float32)
    labelled = masks != UNLABELLED
    truth, scores = masks[labelled], logits[labelled].astype(np.float64)
    answers, probabilities = scores.argmax(axis=-1), softmax(scores)
    counts = np.bincount(truth, minlength=classes)
    shares, most = counts / counts.sum(), int(counts.argmax())
    # A class that is answered but does not occur is none to be judged by.
    present = np.unique(truth)
    iou = jaccard_score(truth, answers, labels=np.arange(classes), average=None, zero_division=0)
    occurs = shares[shares > 0]
    entropy = float(-(occurs * np.log(occurs)).sum())
    certain = np.eye(classes)[most]
    return {
        "size": [height, width],
        "classes": classes,
        "masks": masks.ravel().tolist(),
        "logits": [float(value) for value in logits.ravel()],
        "accuracy": float(accuracy_score(truth, answers)),
        "iou": [float(value) if label in present else None for label, value in enumerate(iou)],
        "meanIou": float(jaccard_score(truth, answers, labels=present, average="macro")),
        "crossEntropy": float(log_loss(truth, probabilities, labels=np.arange(classes))),
        "dice": dice_loss(masks, softmax(logits.astype(np.float64))),
        "trivial": {
            "meanIou": float(jaccard_score(truth, np.full_like(truth, most), average="macro", zero_division=0)),
            "crossEntropy": entropy,
            "dice": min(constant_dice(masks, shares), constant_dice(masks, certain)),
            "sum": entropy + constant_dice(masks, shares),
        },
    }


def main():
    rng = np.random.default_rng(7)
    cases = [
        case(rng, images=4, height=3, width=5, classes=3, occurring=3, ignored=0, scale=2),
        case(rng, images=3, height=4, width=4, classes=2, occurring=2, ignored=0.3, scale=6),
        # The last class occurs nowhere, but is answered; most pixels are unlabelled.
        case(rng, images=5, height=2, width=3, classes=4, occurring=3, ignored=0.6, scale=1),
    ]
    OUT.parent.mkdir(exist_ok=True)
    OUT.write_text(json.dumps(cases, separators=(",", ":")) + "\n")


main()
