"""The networks in PyTorch, built from the same layer lists, observed layer by layer."""

import torch
from torch import nn
from torch.nn import functional as F

from weights import same_padding


class Block(nn.Module):
    """One layer with its name, the layers that it reads, and the padding that PyTorch cannot express."""

    def __init__(self, name, inputs, module, pad=None):
        super().__init__()
        self.name, self.inputs, self.module, self.pad = name, inputs, module, pad

    def forward(self, *values):
        if self.pad is not None:
            values = (F.pad(values[0], self.pad),)
        return self.module(*values)


class Add(nn.Module):
    def forward(self, a, b):
        return a + b


class GlobalAveragePool(nn.Module):
    def forward(self, x):
        return x.mean((2, 3))


class Network(nn.Module):
    """Runs its layers in order. `watch(name, y)` sees every output, and what it returns is passed on."""

    def __init__(self, blocks):
        super().__init__()
        self.blocks = nn.ModuleList(blocks)
        readers = {}
        for index, block in enumerate(blocks):
            for source in block.inputs:
                readers[source] = index
        self.last_reader = readers

    def forward(self, x, watch=None):
        values = {"input": x}
        for index, block in enumerate(self.blocks):
            y = block(*(values[source] for source in block.inputs))
            if watch is not None:
                watch(block.name, y)
            for source in block.inputs:
                if self.last_reader[source] == index:
                    values.pop(source, None)
            values[block.name] = y
        return y


def trunk_blocks(layers, size):
    """Blocks of a pretrained trunk with its weights."""
    sides = {"input": size}
    channels = {"input": 3}
    blocks = []
    for layer in layers:
        source = layer.inputs[0]
        side, depth = sides[source], channels[source]
        module, pad = None, None
        if layer.kind in ("Conv2D", "DepthwiseConv2D"):
            (kernel, _), (stride, _) = layer.config["kernel_size"], layer.config["strides"]
            grouped = layer.kind == "DepthwiseConv2D"
            filters = depth if grouped else layer.config["filters"]
            module, pad = convolution(depth, filters, kernel, stride, side, grouped)
            value = layer.weights["depthwise_kernel" if grouped else "kernel"]
            module.weight.data = torch.from_numpy(value.transpose((2, 3, 0, 1) if grouped else (3, 2, 0, 1)).copy())
            side, depth = -(-side // stride), filters
        elif layer.kind == "BatchNormalization":
            module = batch_norm(depth, layer.config)
            module.weight.data = torch.from_numpy(layer.weights["gamma"])
            module.bias.data = torch.from_numpy(layer.weights["beta"])
            module.running_mean = torch.from_numpy(layer.weights["moving_mean"])
            module.running_var = torch.from_numpy(layer.weights["moving_variance"])
        elif layer.kind == "ReLU":
            module = nn.ReLU6()
        elif layer.kind == "Add":
            module = Add()
        else:
            raise ValueError(f"{layer.kind} is not in the trunk that this script was written for")
        sides[layer.name], channels[layer.name] = side, depth
        blocks.append(Block(layer.name, layer.inputs, module, pad))
    return blocks, side, depth


def head_blocks(specs, source, side, depth):
    """Blocks of the new layers; a softmax at the end belongs to the loss."""
    blocks = []
    for index, spec in enumerate(specs):
        kind, pad = spec["layer"], None
        if kind == "global-average-pooling-2d":
            module, side = GlobalAveragePool(), None
        elif kind == "dense":
            module = nn.Linear(depth, spec["units"])
            depth = spec["units"]
            if spec.get("activation") == "relu":
                module = nn.Sequential(module, nn.ReLU())
        elif kind == "conv-2d":
            stride = spec.get("strides", 1)
            module, pad = convolution(depth, spec["filters"], spec["kernel-size"], stride, side, False)
            side, depth = -(-side // stride), spec["filters"]
        elif kind == "batch-normalization":
            module = batch_norm(depth, {"momentum": 0.99, "epsilon": 1e-3})
        elif kind == "re-lu":
            module = nn.ReLU()
        elif kind == "max-pooling-2d":
            module, side = nn.MaxPool2d(spec["pool-size"]), side // spec["pool-size"]
        else:
            raise ValueError(f"{kind} is not in the heads that this script was written for")
        name = spec.get("name", f"head_{index + 1}")
        blocks.append(Block(name, [source], module, pad))
        source = name
    return blocks


def convolution(depth, filters, kernel, stride, side, grouped):
    before, after = same_padding(side, kernel, stride)
    even = before == after
    module = nn.Conv2d(depth, filters, kernel, stride, before if even else 0, groups=depth if grouped else 1, bias=False)
    return module, None if even else (before, after, before, after)


def batch_norm(depth, config):
    return nn.BatchNorm2d(depth, eps=config["epsilon"], momentum=1 - config["momentum"])


def weighted(block):
    """The module of a block that holds weights, whatever is around it."""
    return block.module[0] if isinstance(block.module, nn.Sequential) else block.module


def initialize(blocks, specs):
    """Draws the new layers' weights as the specs say: He's normal, else Glorot's uniform; biases zero."""
    for block, spec in zip(blocks, specs):
        module = weighted(block)
        if isinstance(module, (nn.Linear, nn.Conv2d)):
            if spec.get("kernel-initializer") == "he-normal":
                nn.init.kaiming_normal_(module.weight, nonlinearity="relu")
            else:
                nn.init.xavier_uniform_(module.weight)
            if module.bias is not None:
                nn.init.zeros_(module.bias)
        elif isinstance(module, nn.BatchNorm2d):
            module.reset_parameters()


def assign(blocks, weights):
    """Puts given weights, in TensorFlow's layouts, in the place of drawn ones."""
    names = {"gamma": "weight", "beta": "bias", "moving_mean": "running_mean", "moving_variance": "running_var", "bias": "bias", "kernel": "weight"}
    known = {block.name: weighted(block) for block in blocks}
    for name, value in weights.items():
        layer, variable = name.rsplit("/", 1)
        value = torch.from_numpy(value)
        if variable == "kernel":
            value = value.permute(3, 2, 0, 1) if value.dim() == 4 else value.T
        with torch.no_grad():
            getattr(known[layer], names[variable]).copy_(value)
