"""Writes what Pillow makes of small images: pillow.json, and the PNG and JPEG files that it names.

python -m venv venv && venv/bin/pip install pillow==13.0.0 numpy && venv/bin/python pillow.py
"""

import json
from pathlib import Path

import numpy
import PIL
from PIL import Image

HERE = Path(__file__).parent
random = numpy.random.default_rng(20)


def resized(pixels, height, width):
    """Bilinear, in floats: mode F takes one channel at a time."""
    channels = [Image.fromarray(pixels[:, :, c].astype("float32"), mode=None).resize((width, height), Image.Resampling.BILINEAR) for c in range(3)]
    return numpy.stack([numpy.asarray(c) for c in channels], axis=2)


def resizing(source, target):
    pixels = random.integers(0, 256, (*source, 3))
    result = resized(pixels, *target)
    return {"from": source, "to": target, "pixels": pixels.ravel().tolist(), "resized": [round(float(v), 4) for v in result.ravel()]}


def saved(image, name, **options):
    image.save(HERE / name, **options)
    return name


def on_white(image):
    """The image over white, in floats, by the definition of alpha."""
    rgba = numpy.asarray(image.convert("RGBA")).astype("float64")
    alpha = rgba[:, :, 3:] / 255
    return rgba[:, :, :3] * alpha + 255 * (1 - alpha)


def decoded(image, name, **options):
    name = saved(image, name, **options)
    pixels = on_white(Image.open(HERE / name))
    return {"file": name, "height": image.height, "width": image.width, "pixels": [round(float(v), 4) for v in pixels.ravel()]}


def grey16(name):
    """Pillow cuts 16 bits down to 8 when it converts, so the expected values are those of the definition."""
    levels = random.integers(0, 65536, (5, 7)).astype("uint16")
    saved(Image.fromarray(levels), name)
    pixels = numpy.repeat(levels[:, :, None] * (255 / 65535), 3, axis=2)
    return {"file": name, "height": 5, "width": 7, "pixels": [round(float(v), 4) for v in pixels.ravel()]}


rgb = Image.fromarray(random.integers(0, 256, (5, 7, 3)).astype("uint8"), "RGB")
rgba = Image.fromarray(random.integers(0, 256, (5, 7, 4)).astype("uint8"), "RGBA")
grey = Image.fromarray(random.integers(0, 256, (5, 7)).astype("uint8"), "L")
bits = Image.fromarray(random.integers(0, 2, (5, 11)).astype("uint8") * 255, "L").convert("1")
few = rgb.quantize(13)  # 4 bits per index, and rows of 7 end within a byte
keyed = rgb.copy()
keyed.putpixel((3, 2), (1, 2, 3))

smooth = numpy.stack([numpy.add.outer(numpy.arange(24) * 4, numpy.arange(32) * 3 + 20 * c) for c in range(3)], axis=2).astype("uint8")
photo = Image.fromarray(smooth, "RGB")

reference = {
    "pillow": PIL.__version__,
    "resizings": [
        resizing((5, 7), (9, 11)),
        resizing((9, 11), (4, 3)),
        resizing((8, 5), (3, 13)),
        resizing((6, 6), (6, 6)),
        resizing((1, 4), (3, 2)),
        resizing((32, 4), (3, 4)),
    ],
    "png": [
        decoded(rgb, "rgb.png"),
        decoded(rgba, "rgba.png"),
        decoded(grey, "grey.png"),
        decoded(rgba.convert("LA"), "grey-alpha.png"),
        decoded(bits, "one-bit.png"),
        decoded(few, "palette.png", bits=4),
        decoded(few, "palette-transparent.png", bits=4, transparency=bytes([0, 128, 255])),
        decoded(keyed, "keyed.png", transparency=(1, 2, 3)),
        grey16("grey-16.png"),
    ],
    "jpeg": [
        decoded(photo, "photo.jpg", quality=95, subsampling=0),
        decoded(photo, "progressive.jpg", quality=95, subsampling=0, progressive=True),
        decoded(photo.convert("L"), "grey.jpg", quality=95),
    ],
}
(HERE / "pillow.json").write_text(json.dumps(reference, separators=(",", ":")) + "\n")
