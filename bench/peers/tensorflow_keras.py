"""
The job in Keras on TensorFlow, every step compiled to a graph. `MODE=cached` computes the output of the frozen trunk
once for each arm and image, `MODE=naive` computes it again in every step. Where everything trains, both are the same.
"""

import os

os.environ["KERAS_BACKEND"] = "tensorflow"

import keras
import numpy as np
import tensorflow as tf

from contest import main
from job import probe_batch, treated
from keras_network import assign, redraw, trunk, with_head
from weights import read_layers

CACHED = os.environ.get("MODE", "cached") == "cached"


def moments(y):
    """Mean and mean square."""
    return tf.stack([tf.reduce_mean(y), tf.reduce_mean(tf.square(y))])


def as_numbers(names, found):
    """Mean and population standard deviation of each layer."""
    means, squares = np.float64(found).T
    stds = np.sqrt(np.maximum(squares - means**2, 0))
    return dict(zip(names, zip(means.tolist(), stds.tolist())))


def observer_of(network):
    """The same network with the output of every layer, and their names."""
    watched = [layer for layer in network.layers if not isinstance(layer, keras.layers.InputLayer)]
    return keras.Model(network.input, [layer.output for layer in watched]), [layer.name for layer in watched]


def loss_of(labels, logits):
    return tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(labels, logits))


class Graphs:
    """The steps of a network as graphs that all arms and seeds share: tracing them takes longer than running them."""

    def __init__(self, network, specs, rate):
        self.network = network
        self.optimizer = keras.optimizers.Adam(rate, epsilon=1e-7)
        self.optimizer.build(network.trainable_variables)
        self.variables = [*network.variables, *self.optimizer.variables]
        self.stored = [variable.numpy() for variable in self.variables]
        self.specs = specs
        # Layers of a frozen trunk, where it is part of the network, are observed apart.
        observer, names = observer_of(network)
        first = next((index for index, name in enumerate(names) if network.get_layer(name).trainable_variables), 0)
        self.names = names[first:]
        signature = [tf.TensorSpec([None, *network.input.shape[1:]]), tf.TensorSpec([None], tf.int32)]

        @tf.function(input_signature=signature)
        def update(x, labels):
            with tf.GradientTape() as tape:
                loss = loss_of(labels, network(x, training=True))
            self.optimizer.apply(tape.gradient(loss, network.trainable_variables), network.trainable_variables)

        @tf.function(input_signature=signature)
        def score(x, labels):
            logits = network(x, training=False)
            losses = tf.nn.sparse_softmax_cross_entropy_with_logits(labels, logits)
            return tf.reduce_sum(losses), tf.math.count_nonzero(tf.argmax(logits, 1, tf.int32) == labels)

        @tf.function(input_signature=signature)
        def look(x, labels):
            inference = observer(x, training=False)[first:]
            with tf.GradientTape() as tape:
                # Stateless, so that moving statistics stay as they are.
                outputs, _ = observer.stateless_call(observer.trainable_variables, observer.non_trainable_variables, x, training=True)
                outputs = outputs[first:]
                loss = loss_of(labels, outputs[-1])
            gradients = tape.gradient(loss, outputs)
            return [tf.stack([moments(y) for y in part]) for part in (inference, outputs, gradients)]

        self.update, self.score, self.look = update, score, look

    def start(self, seed, weights):
        for variable, value in zip(self.variables, self.stored):
            variable.assign(value)
        redraw(self.network, self.specs, seed)
        if weights:
            assign(self.network, weights)


class Learner:
    """Trains the network of `graphs` on the inputs of one arm."""

    def __init__(self, graphs, inputs, labels, chunk):
        self.graphs, self.inputs, self.labels, self.chunk = graphs, tf.constant(inputs), tf.constant(labels, tf.int32), chunk

    def batch(self, indices):
        return tf.gather(self.inputs, indices), tf.gather(self.labels, indices)

    def start(self, seed, weights=None):
        self.graphs.start(seed, weights)

    def update(self, indices):
        self.graphs.update(*self.batch(indices))

    def score(self, indices):
        parts = [self.graphs.score(*self.batch(part)) for part in np.array_split(indices, -(-len(indices) // self.chunk))]
        loss, right = np.sum(np.float64(parts), 0) / len(indices)
        return float(loss), float(right)

    def look(self, indices):
        found = self.graphs.look(*self.batch(indices))
        return {mode: as_numbers(self.graphs.names, part) for mode, part in zip(("inference", "training", "gradient"), found)}


def chunk_of(job):
    """Images that go through the network at once where no gradient is needed: so many stay in the cache."""
    return max(16, 2**16 // job.size**2)


class Peer:
    def __init__(self, job, images, labels):
        tf.config.threading.set_intra_op_parallelism_threads(job.threads)
        tf.config.threading.set_inter_op_parallelism_threads(job.threads)
        self.trunk, self.passed = {}, {}
        by_arm = {arm.name: treated(images, arm) for arm in job.arms}
        layers = read_layers(job.model) if job.model else []
        chunk = chunk_of(job)
        if layers and job.train == "head":
            network, specs, inputs, chunk = self.open_frozen(job, layers, by_arm, labels)
        else:
            below = trunk(layers, job.size) if layers else None
            start = below.input if below else keras.Input((job.size, job.size, 3))
            network, specs, inputs = with_head(start, below.output if below else start, job.layers), job.layers, by_arm
        graphs = Graphs(network, specs, job.learning_rate)
        self.learners = {arm: Learner(graphs, x, labels, chunk) for arm, x in inputs.items()}

    def open_frozen(self, job, layers, by_arm, labels):
        """The first new layers without weights (the pooling) belong to what never changes."""
        constant = next(index for index, spec in enumerate(job.layers) if "units" in spec)
        below = trunk(layers, job.size)
        frozen = with_head(below.input, below.output, job.layers[:constant])
        frozen.trainable = False
        specs = job.layers[constant:]
        self.observe_frozen(job, frozen, by_arm, labels)
        apply = tf.function(lambda x: frozen(x, training=False), input_signature=[tf.TensorSpec([None, *frozen.input.shape[1:]])])

        def features(x):
            return np.concatenate([apply(x[start : start + chunk_of(job)]) for start in range(0, len(x), chunk_of(job))])

        if not CACHED:
            self.features = lambda arm: features(by_arm[arm])
            return with_head(frozen.input, frozen(frozen.input, training=False), specs), specs, by_arm, chunk_of(job)
        self.passed = {arm: features(x) for arm, x in by_arm.items()}
        start = keras.Input(frozen.output.shape[1:])
        # Features are small: all at once.
        return with_head(start, start, specs), specs, self.passed, len(labels)

    def observe_frozen(self, job, frozen, by_arm, labels):
        observer, names = observer_of(frozen)
        signature = [tf.TensorSpec([None, *frozen.input.shape[1:]])]
        look = tf.function(lambda x: tf.stack([moments(y) for y in observer(x, training=False)]), input_signature=signature)
        probe = probe_batch(job, labels)
        self.trunk = {arm: as_numbers(names, look(x[probe])) for arm, x in by_arm.items()}

    def features(self, arm):
        return self.passed.get(arm)


if __name__ == "__main__":
    main(Peer)
