"""The networks in Keras, built from the same layer lists."""

import keras
from keras import layers

KERNELS = {"Conv2D": ["kernel"], "DepthwiseConv2D": ["depthwise_kernel"], "BatchNormalization": ["gamma", "beta", "moving_mean", "moving_variance"]}


def trunk(specs, size):
    """A pretrained trunk with its weights, up to its last layer."""
    values = {"input": keras.Input((size, size, 3), name="input")}
    start = values["input"]
    for spec in specs:
        sources = [values[name] for name in spec.inputs]
        values[spec.name] = trunk_layer(spec)(sources if len(sources) > 1 else sources[0])
    network = keras.Model(start, values[specs[-1].name])
    for spec in specs:
        if spec.kind in KERNELS:
            network.get_layer(spec.name).set_weights([spec.weights[variable] for variable in KERNELS[spec.kind]])
    return network


def trunk_layer(spec):
    if spec.kind == "BatchNormalization":
        return layers.BatchNormalization(momentum=spec.config["momentum"], epsilon=spec.config["epsilon"], name=spec.name)
    if spec.kind == "ReLU":
        return layers.ReLU(6.0, name=spec.name)
    if spec.kind == "Add":
        return layers.Add(name=spec.name)
    window = {"kernel_size": spec.config["kernel_size"], "strides": spec.config["strides"], "padding": "same", "use_bias": False, "name": spec.name}
    if spec.kind == "Conv2D":
        return layers.Conv2D(spec.config["filters"], **window)
    if spec.kind == "DepthwiseConv2D":
        return layers.DepthwiseConv2D(**window)
    raise ValueError(f"{spec.kind} is not in the trunk that this script was written for")


def with_head(start, value, specs):
    """A model from `start` through the new layers behind `value`; a softmax at the end belongs to the loss."""
    for index, spec in enumerate(specs):
        value = head_layer(spec, spec.get("name", f"head_{index + 1}"))(value)
    return keras.Model(start, value)


def head_layer(spec, name):
    kind = spec["layer"]
    if kind == "dense":
        activation = "relu" if spec.get("activation") == "relu" else None
        return layers.Dense(spec["units"], activation, kernel_initializer=initializer(spec), name=name)
    if kind == "conv-2d":
        return layers.Conv2D(
            spec["filters"], spec["kernel-size"], spec.get("strides", 1), "same", use_bias=False, kernel_initializer=initializer(spec), name=name
        )
    if kind == "global-average-pooling-2d":
        return layers.GlobalAveragePooling2D(name=name)
    if kind == "batch-normalization":
        return layers.BatchNormalization(name=name)
    if kind == "re-lu":
        return layers.ReLU(name=name)
    if kind == "max-pooling-2d":
        return layers.MaxPooling2D(spec["pool-size"], name=name)
    raise ValueError(f"{kind} is not in the heads that this script was written for")


def initializer(spec):
    return keras.initializers.HeNormal() if spec.get("kernel-initializer") == "he-normal" else keras.initializers.GlorotUniform()


def redraw(network, specs, seed):
    """Weights of the new layers as their initializers draw them."""
    keras.utils.set_random_seed(seed)
    for layer in network.layers[-len(specs) :]:
        if hasattr(layer, "kernel_initializer"):
            layer.kernel.assign(layer.kernel_initializer(layer.kernel.shape))


def assign(network, weights):
    """Puts given weights in the place of drawn ones."""
    for name, value in weights.items():
        layer, variable = name.rsplit("/", 1)
        getattr(network.get_layer(layer), variable).assign(value)
