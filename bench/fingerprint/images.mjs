// The images of the fingerprint bench: squares cut from photographs and textures of Python packages.
import { decode as decodePng, encode as encodePng } from 'fast-png';
import jpeg from 'jpeg-js';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

const SETS = {
  natural: { side: 224, perFile: 6, files: ['astronaut.png', 'chelsea.png', 'coffee.png', 'motorcycle_left.png', 'china.jpg', 'flower.jpg'] },
  textures: { side: 128, perFile: 11, files: ['brick.png', 'grass.png', 'gravel.png'] },
};

/** Writes the sets into folders of their own; `find` tells where a package's image lies. Returns the folders by name. */
export function cutImageSets(folder, find) {
  return Object.fromEntries(
    Object.entries(SETS).map(([name, { side, perFile, files }]) => {
      const target = path.join(folder, name);
      mkdirSync(target, { recursive: true });
      for (const file of files) {
        const image = decode(readFileSync(find(file)), file);
        for (let index = 0; index < perFile; index++) {
          const data = cut(image, side, spread(index, image.width - side), spread(index * 5 + 2, image.height - side));
          writeFileSync(path.join(target, `${path.parse(file).name}-${index}.png`), encodePng({ width: side, height: side, channels: image.channels, data }));
        }
      }
      return [name, target];
    }),
  );
}

/** Places that do not lie on a grid: multiples of the golden ratio. */
const spread = (index, room) => Math.floor((((index + 1) * 0.6180339887498949) % 1) * room);

function decode(bytes, file) {
  if (file.endsWith('.png')) {
    const { width, height, channels, data } = decodePng(bytes);
    return { width, height, channels, data };
  }
  const { width, height, data } = jpeg.decode(bytes, { formatAsRGBA: false, useTArray: true });
  return { width, height, channels: 3, data };
}

function cut({ width, channels, data }, side, left, top) {
  const out = new Uint8Array(side * side * channels);
  for (let y = 0; y < side; y++) {
    const from = ((top + y) * width + left) * channels;
    out.set(data.subarray(from, from + side * channels), y * side * channels);
  }
  return out;
}
