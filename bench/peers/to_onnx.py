"""
Writes the frozen trunk as ONNX, as one does once, beforehand: `to_onnx.py JOB FOLDER`.
`trunk.onnx` maps images [n, 3, size, size] to features; `observed.onnx` gives mean, norm and size of every layer's
output, computed inside the graph: hundreds of activations as outputs would cost more than the network itself.
"""

import sys
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from job import read_job
from weights import read_layers, same_padding


def convolution(layer, side, nodes, initializers):
    (kernel, _), (stride, _) = layer.config["kernel_size"], layer.config["strides"]
    grouped = layer.kind == "DepthwiseConv2D"
    value = layer.weights["depthwise_kernel" if grouped else "kernel"]
    initializers.append(constant(f"{layer.name}/kernel", value.transpose((2, 3, 0, 1) if grouped else (3, 2, 0, 1))))
    before, after = same_padding(side, kernel, stride)
    nodes.append(
        helper.make_node(
            "Conv", [*layer.inputs, f"{layer.name}/kernel"], [layer.name], kernel_shape=[kernel, kernel],
            strides=[stride, stride], pads=[before, before, after, after], group=value.shape[2] if grouped else 1,
        )
    )
    return -(-side // stride)


def constant(name, value):
    return numpy_helper.from_array(np.ascontiguousarray(value, np.float32), name)


def trunk_graph(job, observed):
    nodes = []
    initializers = [constant("zero", 0), constant("six", 6)]
    sides = {"input": job.size}
    sites = []
    for layer in read_layers(job.model):
        side = sides[layer.inputs[0]]
        if layer.kind in ("Conv2D", "DepthwiseConv2D"):
            side = convolution(layer, side, nodes, initializers)
        elif layer.kind == "BatchNormalization":
            names = [f"{layer.name}/{variable}" for variable in ("gamma", "beta", "moving_mean", "moving_variance")]
            initializers += [constant(name, layer.weights[name.rsplit("/")[-1]]) for name in names]
            nodes.append(helper.make_node("BatchNormalization", [*layer.inputs, *names], [layer.name], epsilon=layer.config["epsilon"]))
        elif layer.kind == "ReLU":
            nodes.append(helper.make_node("Clip", [*layer.inputs, "zero", "six"], [layer.name]))
        else:
            nodes.append(helper.make_node(layer.kind, layer.inputs, [layer.name]))
        sides[layer.name] = side
        sites.append(layer.name)
    pool = job.layers[0]
    assert pool["layer"] == "global-average-pooling-2d", "the head begins with another layer than peers expect"
    initializers.append(numpy_helper.from_array(np.array([2, 3]), "positions"))
    nodes.append(helper.make_node("ReduceMean", [sites[-1], "positions"], [pool["name"]], keepdims=0))
    sites.append(pool["name"])
    outputs = [pool["name"]]
    if observed:
        for site in sites:
            nodes.append(helper.make_node("ReduceMean", [site], [f"{site}/mean"], keepdims=0))
            nodes.append(helper.make_node("ReduceL2", [site], [f"{site}/norm"], keepdims=0))
            nodes.append(helper.make_node("Size", [site], [f"{site}/size"]))
            outputs += [f"{site}/mean", f"{site}/norm", f"{site}/size"]
    images = helper.make_tensor_value_info("input", TensorProto.FLOAT, ["n", 3, job.size, job.size])
    infos = [helper.make_tensor_value_info(name, TensorProto.INT64 if name.endswith("/size") else TensorProto.FLOAT, None) for name in outputs]
    graph = helper.make_graph(nodes, "trunk", [images], infos, initializers)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10)


if __name__ == "__main__":
    job = read_job(sys.argv[1])
    folder = Path(sys.argv[2])
    onnx.save(trunk_graph(job, observed=False), folder / "trunk.onnx")
    onnx.save(trunk_graph(job, observed=True), folder / "observed.onnx")
