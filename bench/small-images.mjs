// 1,000 images of 32 x 32 for a network that learns from scratch: the emoji, halved, mirrored and moved.
// The same bytes on every machine.
import { decode, encode } from 'fast-png';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { root } from '../scripts/bundle.mjs';

const IMAGES = 1000;
const SIDE = 32;
const EMOJI = path.join(root, 'fixtures', 'data', 'emoji');
const WHITE = 255;

/** Mirrored or not, and moved by so many pixels right and down. The first is the image itself. */
const VARIANTS = [
  { mirrored: false, right: 0, down: 0 },
  { mirrored: true, right: 1, down: 2 },
  { mirrored: false, right: -3, down: 1 },
  { mirrored: true, right: 2, down: -3 },
  { mirrored: false, right: 3, down: 3 },
];

/** Writes one folder of PNG files per class into `folder`; classes differ by at most one image. */
export function writeSmallImages(folder) {
  const classes = readdirSync(EMOJI, { withFileTypes: true }).filter((entry) => entry.isDirectory()).map(({ name }) => name).sort();
  const files = classes.map((name) => readdirSync(path.join(EMOJI, name)).sort());
  for (const name of classes) mkdirSync(path.join(folder, name));
  let written = 0;
  // Variant by variant and class by class, so that the count can end anywhere and classes stay even.
  for (const [number, variant] of VARIANTS.entries()) {
    for (let file = 0; file < Math.max(...files.map((list) => list.length)); file++) {
      for (const [label, name] of classes.entries()) {
        const source = files[label][file];
        if (source === undefined || written === IMAGES) continue;
        const image = decode(readFileSync(path.join(EMOJI, name, source)));
        const data = moved(halved(image), variant);
        writeFileSync(path.join(folder, name, `${path.basename(source, '.png')}-${number}.png`), encode({ width: SIDE, height: SIDE, data, depth: 8, channels: 3 }));
        written++;
      }
    }
  }
  if (written < IMAGES) throw new Error(`The emoji give ${written} images only.`);
}

/** Mean of 2 x 2 pixels. */
function halved({ width, height, channels, depth, data }) {
  if (width !== 2 * SIDE || height !== 2 * SIDE || channels !== 3 || depth !== 8) throw new Error('The emoji are not 64 x 64 RGB.');
  const half = new Uint8Array(SIDE * SIDE * 3);
  for (let y = 0; y < SIDE; y++) {
    for (let x = 0; x < SIDE; x++) {
      for (let c = 0; c < 3; c++) {
        const at = (2 * y * width + 2 * x) * 3 + c;
        half[(y * SIDE + x) * 3 + c] = Math.round((data[at] + data[at + 3] + data[at + width * 3] + data[at + width * 3 + 3]) / 4);
      }
    }
  }
  return half;
}

function moved(pixels, { mirrored, right, down }) {
  const result = new Uint8Array(pixels.length).fill(WHITE);
  for (let y = 0; y < SIDE; y++) {
    for (let x = 0; x < SIDE; x++) {
      const fromX = (mirrored ? SIDE - 1 - x : x) - right;
      const fromY = y - down;
      if (fromX < 0 || fromX >= SIDE || fromY < 0 || fromY >= SIDE) continue;
      const from = (fromY * SIDE + fromX) * 3;
      result.set(pixels.subarray(from, from + 3), (y * SIDE + x) * 3);
    }
  }
  return result;
}
