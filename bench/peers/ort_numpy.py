"""
The frozen trunk in onnxruntime, the heads in NumPy: all arms and seeds are stacked, so that one batched product trains
them all. The model was converted by `to_onnx.py` beforehand and lies in the folder that ONNX names.
"""

import json
import os
import sys
from pathlib import Path

import numpy as np
import onnxruntime

from job import compare_arms, load_images, probe_batch, read_job, split_of, steps_to_observe

# What stays in the cache.
CHUNK = 16


class Trunk:
    def __init__(self, job, folder):
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = job.threads
        self.fast, self.observed = (onnxruntime.InferenceSession(folder / f"{name}.onnx", options) for name in ("trunk", "observed"))

    def features(self, images, arm):
        """Of images [n, 3, size, size] in 0..255."""
        starts = range(0, len(images), CHUNK)
        return np.concatenate([self.fast.run(None, {"input": treated(images[start : start + CHUNK], arm)})[0] for start in starts])

    def moments(self, images, arm):
        """Mean and population standard deviation of every layer."""
        names = [output.name for output in self.observed.get_outputs()][1:]
        values = iter(self.observed.run(names, {"input": treated(images, arm)}))
        found = {}
        for name, mean, norm, size in zip(names[::3], values, values, values):
            found[name.removesuffix("/mean")] = [float(mean), float(np.sqrt(max(float(norm) ** 2 / size - float(mean) ** 2, 0)))]
        return found


def treated(images, arm):
    """(x - mean) / std for channels that come first."""
    mean, std = (np.float32(values)[:, None, None] for values in (arm.mean, arm.std))
    x = images - mean
    x /= std
    return x


class Heads:
    """
    Dense layers of every run at once: kernels [runs, in, out], in one vector with all biases so that Adam is one pass.
    ReLU after all but the last; softmax and cross-entropy at the end.
    """

    def __init__(self, specs, depth, runs):
        self.names = [spec["name"] for spec in specs]
        self.rectified = [spec.get("activation") == "relu" for spec in specs]
        shapes = []
        for spec in specs:
            shapes += [(runs, depth, spec["units"]), (runs, 1, spec["units"])]
            depth = spec["units"]
        sizes = [int(np.prod(shape)) for shape in shapes]
        self.values, self.gradient, self.first, self.second = (np.zeros(sum(sizes), np.float32) for _ in range(4))
        cut = np.cumsum(sizes)[:-1]
        self.weights, self.gradients = (
            [part.reshape(shape) for part, shape in zip(np.split(vector, cut), shapes)] for vector in (self.values, self.gradient)
        )
        self.step = 0

    def initialize(self, specs, seeds):
        """He's normal, else Glorot's uniform, drawn for each seed once: its arms start alike."""
        for layer, spec in enumerate(specs):
            kernel = self.weights[2 * layer]
            _, fan_in, units = kernel.shape
            for run, seed in enumerate(seeds):
                random = np.random.default_rng([seed, layer])
                if spec.get("kernel-initializer") == "he-normal":
                    kernel[run] = random.normal(0, np.sqrt(2 / fan_in), (fan_in, units))
                else:
                    limit = np.sqrt(6 / (fan_in + units))
                    kernel[run] = random.uniform(-limit, limit, (fan_in, units))

    def forward(self, x):
        """Outputs of all layers for x [runs, batch, depth]."""
        outputs = []
        for layer, rectified in enumerate(self.rectified):
            x = x @ self.weights[2 * layer] + self.weights[2 * layer + 1]
            if rectified:
                np.maximum(x, 0, out=x)
            outputs.append(x)
        return outputs

    def backward(self, x, outputs, labels, weights=True):
        """Gradients of the mean loss by every layer's output; by the weights into `gradients`."""
        dy = softmax(outputs[-1])
        np.put_along_axis(dy, labels[..., None], np.take_along_axis(dy, labels[..., None], 2) - 1, 2)
        dy /= labels.shape[1]
        found = [dy]
        for layer in reversed(range(len(outputs))):
            if layer < len(outputs) - 1:
                found.insert(0, dy)
            if self.rectified[layer]:
                dy = dy * (outputs[layer] > 0)
            if weights:
                before = outputs[layer - 1] if layer else x
                np.matmul(before.transpose(0, 2, 1), dy, out=self.gradients[2 * layer])
                np.sum(dy, 1, keepdims=True, out=self.gradients[2 * layer + 1])
            if layer:
                dy = dy @ self.weights[2 * layer].transpose(0, 2, 1)
        return found

    def update(self, x, labels, rate):
        """Adam of Kingma and Ba (2015)."""
        self.backward(x, self.forward(x), labels)
        self.step += 1
        self.first += 0.1 * (self.gradient - self.first)
        self.second += 0.001 * (self.gradient * self.gradient - self.second)
        corrected = np.sqrt(self.second * np.float32(1 / (1 - 0.999**self.step)))
        corrected += 1e-7
        self.values -= np.float32(rate / (1 - 0.9**self.step)) * self.first / corrected


def softmax(logits):
    powers = np.exp(logits - logits.max(2, keepdims=True))
    return powers / powers.sum(2, keepdims=True)


def moments(values):
    """Mean and standard deviation for each run [runs, batch, units]."""
    return np.stack([values.mean((1, 2)), values.std((1, 2))], 1).tolist()


def look(heads, x, labels):
    """Layers without dropout and batch normalization do the same in both modes: one pass serves both."""
    outputs = heads.forward(x)
    gradients = heads.backward(x, outputs, labels, weights=False)
    forward = {name: moments(y) for name, y in zip(heads.names, outputs)}
    return forward, {name: moments(dy) for name, dy in zip(heads.names, gradients)}


def look_of_run(found, step, run):
    forward, gradient = ({name: rows[run] for name, rows in part.items()} for part in found)
    return {"step": step, "inference": forward, "training": forward, "gradient": gradient}


def score(heads, x, labels):
    logits = heads.forward(x)[-1]
    top = logits.max(2)
    own = np.take_along_axis(logits, labels[..., None], 2)[..., 0]
    loss = top + np.log(np.exp(logits - top[..., None]).sum(2)) - own
    return list(zip(loss.mean(1).tolist(), (logits.argmax(2) == labels).mean(1).tolist()))


def train_heads(job, features, labels, specs):
    """Every arm with every seed."""
    grid = [(seed, arm) for seed in range(job.seeds) for arm in range(len(job.arms))]
    seeds, arms = np.array(grid).T
    values = np.stack([features[arm.name] for arm in job.arms])
    splits = [split_of(job, labels, seed) for seed in range(job.seeds)]
    train, held = (np.stack([splits[seed][part] for seed in seeds]) for part in (0, 1))
    probe = probe_batch(job, labels)
    heads = Heads(specs, values.shape[2], len(grid))
    heads.initialize(specs, seeds)

    def batch(indices):
        return values[arms[:, None], indices], labels[indices]

    observed = steps_to_observe(-(-train.shape[1] // job.batch_size), job.epochs)
    train_set, held_set, probe_set = batch(train), batch(held), batch(np.broadcast_to(probe, (len(grid), len(probe))))
    scores = [(score(heads, *train_set), score(heads, *held_set))]
    looks = [(0, look(heads, *probe_set))]
    for epoch in range(1, job.epochs + 1):
        orders = np.stack([np.random.default_rng([seed, epoch]).permutation(splits[seed][0]) for seed in range(job.seeds)])[seeds]
        for start in range(0, orders.shape[1], job.batch_size):
            heads.update(*batch(orders[:, start : start + job.batch_size]), job.learning_rate)
            if heads.step in observed:
                looks.append((heads.step, look(heads, *probe_set)))
        scores.append((score(heads, *train_set), score(heads, *held_set)))
    return [
        {
            "arm": job.arms[arm].name,
            "seed": seed,
            "scores": [[part[run] for part in pair] for pair in scores],
            "looks": [look_of_run(found, step, run) for step, found in looks],
        }
        for run, (seed, arm) in enumerate(grid)
    ]


def follow(job, check, features, labels, specs):
    """Looks at given steps, from given weights, with given batches: what must be equal in every framework."""
    values = features[job.arms[0].name]
    heads = Heads(specs, values.shape[1], 1)
    for layer, spec in enumerate(specs):
        for offset, variable in enumerate(("kernel", "bias")):
            heads.weights[2 * layer + offset].flat = check["weights"][f"{spec['name']}/{variable}"]["values"]
    probe = probe_batch(job, labels)
    looks = []
    for step in range(len(check["batches"]) + 1):
        if step in check["steps"]:
            looks.append(look_of_run(look(heads, values[probe][None], labels[probe][None]), step, 0))
        if step < len(check["batches"]):
            indices = check["batches"][step]
            heads.update(values[indices][None], labels[indices][None], job.learning_rate)
    return looks


def run():
    job = read_job(sys.argv[1])
    folder = Path(os.environ["ONNX"])
    images, labels = load_images(job)
    specs = [spec for spec in job.layers if "units" in spec]
    trunk = Trunk(job, folder)
    probe = probe_batch(job, labels)
    features, observed = {}, {}
    images = np.ascontiguousarray(images.transpose(0, 3, 1, 2))
    for arm in job.arms:
        features[arm.name] = trunk.features(images, arm)
        observed[arm.name] = trunk.moments(images[probe], arm)
    if len(sys.argv) > 3:
        check = json.loads(Path(sys.argv[3]).read_text())
        result = {
            "features": {arm: rows[probe].tolist() for arm, rows in features.items()},
            "trunk": observed,
            "looks": follow(job, check, features, labels, specs),
        }
    else:
        runs = train_heads(job, features, labels, specs)
        accuracy = {arm.name: [run["scores"][-1][1][1] for run in runs if run["arm"] == arm.name] for arm in job.arms}
        result = {"trunk": observed, "runs": runs, "comparisons": compare_arms(job, labels, accuracy)}
    Path(sys.argv[2]).write_text(json.dumps(result, default=int))


if __name__ == "__main__":
    run()
