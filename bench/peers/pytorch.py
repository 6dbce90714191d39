"""
The job in PyTorch. `MODE=cached` computes the output of the frozen trunk once for each arm and image, `MODE=naive`
computes it again in every step, as most training scripts do. Where everything trains, both are the same.
`DTYPE=float64` makes it the referee: slower, and without the rounding of which everybody else has some.
"""

import os

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F
from torch.nn.utils.fusion import fuse_conv_bn_eval

from contest import main
from job import probe_batch, treated
from torch_network import Block, Network, assign, head_blocks, initialize, trunk_blocks
from weights import read_layers

DTYPE = getattr(torch, os.environ.get("DTYPE", "float32"))
CACHED = os.environ.get("MODE", "cached") == "cached"


def moments(y):
    """Mean and mean square, each in one pass; `torch.std_mean` takes ten times as long."""
    flat = (y.permute(0, 2, 3, 1) if y.dim() == 4 else y).reshape(-1)
    return flat.mean(), torch.dot(flat, flat) / flat.numel()


def chunk_of(job):
    """Images that go through the network at once where no gradient is needed: so many stay in the cache."""
    return max(16, 2**16 // job.size**2)


class Learner:
    """Trains `network` on `inputs`, after passing them through `frozen` where that is given."""

    def __init__(self, job, inputs, labels, network, specs, frozen=None):
        self.job, self.inputs, self.labels, self.network, self.frozen = job, inputs, labels, network, frozen
        self.specs = specs
        # Features of a frozen trunk are small: all at once.
        self.chunk = chunk_of(job) if inputs.dim() == 4 else len(labels)
        self.new_blocks = list(network.blocks)[len(network.blocks) - len(specs) :]
        self.stored = {name: value.clone() for name, value in network.state_dict().items()}

    def start(self, seed, weights=None):
        self.network.load_state_dict(self.stored)
        torch.manual_seed(seed)
        initialize(self.new_blocks, self.specs)
        if weights:
            assign(self.network.blocks, weights)
        self.optimizer = torch.optim.Adam(self.network.parameters(), lr=self.job.learning_rate, eps=1e-7, fused=True)

    def batch(self, indices):
        x = self.inputs[torch.from_numpy(indices)]
        if self.frozen is None:
            return x
        with torch.inference_mode():
            features = self.frozen(x)
        return features.clone()

    def update(self, indices):
        if not self.network.training:
            self.network.train()
        loss = F.cross_entropy(self.network(self.batch(indices)), self.labels[torch.from_numpy(indices)])
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        self.optimizer.step()

    @torch.no_grad()
    def score(self, indices):
        self.network.eval()
        logits = torch.cat([self.network(self.batch(part)) for part in np.array_split(indices, -(-len(indices) // self.chunk))])
        labels = self.labels[indices]
        return F.cross_entropy(logits, labels).item(), (logits.argmax(1) == labels).float().mean().item()

    def look(self, indices):
        x = self.batch(indices)
        inference = {}
        self.network.eval()
        with torch.no_grad():
            self.network(x, lambda name, y: inference.__setitem__(name, moments(y)))
        training, outputs = {}, {}
        self.network.train()

        def watch(name, y):
            training[name] = moments(y.detach())
            outputs[name] = y

        with kept_statistics(self.network):
            loss = F.cross_entropy(self.network(x, watch), self.labels[indices])
        gradients = torch.autograd.grad(loss, list(outputs.values()))
        return {
            "inference": as_numbers(inference),
            "training": as_numbers(training),
            "gradient": as_numbers({name: moments(dy) for name, dy in zip(outputs, gradients)}),
        }


class kept_statistics:
    """A look in training mode must not move what batch normalization remembers."""

    def __init__(self, network):
        self.layers = [layer for layer in network.modules() if isinstance(layer, nn.BatchNorm2d)]

    def __enter__(self):
        self.momenta = [layer.momentum for layer in self.layers]
        for layer in self.layers:
            layer.momentum = 0.0

    def __exit__(self, *_):
        for layer, momentum in zip(self.layers, self.momenta):
            layer.momentum = momentum


def as_numbers(found):
    """Mean and population standard deviation. All at once: every `.item()` is a round trip of its own."""
    means, squares = np.float64(torch.stack([value for pair in found.values() for value in pair]).numpy()).reshape(-1, 2).T
    stds = np.sqrt(np.maximum(squares - means**2, 0))
    return dict(zip(found, zip(means.tolist(), stds.tolist())))


def folded(network):
    """The same trunk for inference: batch normalization goes into the convolution before it."""
    blocks = []
    for block in network.blocks:
        if isinstance(block.module, nn.BatchNorm2d):
            before = blocks[-1]
            blocks[-1] = Block(block.name, before.inputs, fuse_conv_bn_eval(before.module, block.module), before.pad)
        else:
            blocks.append(block)
    return Network(blocks).eval().to(memory_format=torch.channels_last)


class Peer:
    def __init__(self, job, images, labels):
        torch.set_num_threads(job.threads)
        self.job = job
        self.labels = torch.from_numpy(labels)
        self.by_arm = {arm.name: as_batch(treated(images, arm)) for arm in job.arms}
        self.trunk, self.cached = {}, None
        layers = read_layers(job.model) if job.model else []
        blocks, side, depth = trunk_blocks(layers, job.size) if layers else ([], job.size, 3)
        source = blocks[-1].name if blocks else "input"
        if layers and job.train == "head":
            self.open_frozen(job, blocks, source, side, depth)
        else:
            network = Network([*blocks, *head_blocks(job.layers, source, side, depth)]).to(memory_format=torch.channels_last, dtype=DTYPE)
            self.learners = {arm: Learner(job, x, self.labels, network, job.layers) for arm, x in self.by_arm.items()}

    def open_frozen(self, job, blocks, source, side, depth):
        """The first new layers without weights (the pooling) belong to what never changes."""
        constant = next(index for index, spec in enumerate(job.layers) if "units" in spec)
        specs = job.layers[constant:]
        pooled = head_blocks(job.layers[:constant], source, side, depth)
        frozen = Network([*blocks, *pooled]).eval().to(memory_format=torch.channels_last)
        head = Network(head_blocks(specs, "input", None, depth))
        probe = probe_batch(job, self.labels.numpy())
        for arm, x in self.by_arm.items():
            found = {}
            with torch.inference_mode():
                frozen(x[probe], lambda name, y: found.__setitem__(name, moments(y)))
            self.trunk[arm] = as_numbers(found)
        fast = folded(frozen)
        if CACHED:
            with torch.inference_mode():
                self.cached = {arm: torch.cat([fast(part) for part in x.split(chunk_of(job))]) for arm, x in self.by_arm.items()}
            # Tensors of inference mode cannot take part in training.
            self.cached = {arm: x.clone() for arm, x in self.cached.items()}
            self.learners = {arm: Learner(job, x, self.labels, head, specs) for arm, x in self.cached.items()}
        else:
            self.fast = fast
            self.learners = {arm: Learner(job, x, self.labels, head, specs, fast) for arm, x in self.by_arm.items()}

    def features(self, arm):
        if not self.trunk:
            return None
        if self.cached:
            return self.cached[arm].numpy()
        with torch.inference_mode():
            return torch.cat([self.fast(part) for part in self.by_arm[arm].split(chunk_of(self.job))]).numpy()


def as_batch(images):
    return torch.from_numpy(images).to(DTYPE).permute(0, 3, 1, 2).contiguous(memory_format=torch.channels_last)


if __name__ == "__main__":
    main(Peer)
