"""Reads the trunk from a TensorFlow.js LayersModel: model.json and its weight files, float32 and float16 mixed."""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np


@dataclass(frozen=True)
class Layer:
    """One layer in Keras's words. `weights` by variable name, in TensorFlow's layouts."""

    kind: str
    name: str
    config: dict
    inputs: list
    weights: dict


def read_layers(model_json):
    """The layers in topological order, without the input layer, whose name is replaced by `input`."""
    path = Path(model_json)
    model = json.loads(path.read_text())
    weights = {}
    for group in model["weightsManifest"]:
        data = b"".join((path.parent / shard).read_bytes() for shard in group["paths"])
        offset = 0
        for entry in group["weights"]:
            stored = np.dtype(entry.get("quantization", {}).get("dtype", entry["dtype"]))
            count = int(np.prod(entry["shape"], dtype=np.int64))
            values = np.frombuffer(data, stored, count, offset).astype(np.float32).reshape(entry["shape"])
            layer, variable = entry["name"].rsplit("/", 1)
            weights.setdefault(layer, {})[variable] = values
            offset += count * stored.itemsize
    layers = []
    for entry in model["modelTopology"]["model_config"]["config"]["layers"]:
        if entry["class_name"] == "InputLayer":
            assert entry["name"] == "input", "the input layer has another name than peers expect"
            continue
        inputs = [source[0] for source in entry["inbound_nodes"][0]]
        layers.append(Layer(entry["class_name"], entry["name"], entry["config"], inputs, weights.get(entry["name"], {})))
    return layers


def same_padding(size, kernel, stride):
    """TensorFlow's `same`: what is odd goes behind. Pixels before and after."""
    total = max((-(-size // stride) - 1) * stride + kernel - size, 0)
    return total // 2, total - total // 2
