/**
 * The fingerprint where the truth is known. Usage: node fingerprint.mjs real JOBS.json, or study EMOJI-FOLDER FIRST-SEED LAST-SEED [decay].
 * Prints one line of JSON for each network.
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { findImages } from '../../src/data/find-images.ts';
import { readImages, roomForImages } from '../../src/data/read-images.ts';
import { startBackend } from '../../src/engine/backend.ts';
import { runFrozenBatchNormInInference } from '../../src/engine/batch-norm.ts';
import { softmaxCrossEntropy } from '../../src/engine/loss.ts';
import { createOptimizer } from '../../src/engine/optimizers.ts';
import { randomOf, shuffled, withSeed } from '../../src/engine/seeding.ts';
import * as tf from '../../src/engine/tf.ts';
import { trainableVariables } from '../../src/engine/variables.ts';
import type { Fingerprint } from '../../src/evidence/fingerprint.ts';
import { areEquivalent, type Candidate, CANDIDATES } from '../../src/experiment/fingerprint/candidates.ts';
import { fingerprint } from '../../src/experiment/fingerprint/fingerprint.ts';
import { eachStandardized, type Pixels } from '../../src/experiment/fingerprint/pixels.ts';
import { treat } from '../../src/experiment/treat.ts';
import { fingerprintFile } from '../../src/fingerprint.ts';

const TRUTHS = ['raw', 'unit', 'minus-one-to-one', 'imagenet', 'caffe', 'half-range', 'mean-only', 'double-unit', 'per-image', 'unit-bgr'];
const ARCHITECTURES = ['conv-bn-relu', 'conv-relu-bn', 'rescaling-inside'] as const;
const SIDES = [32, 48];
const REAL_IMAGES = 32;
const EPOCHS = 12;
const BATCH = 16;
/** Images that the network never sees, and how many of them the fingerprint gets. */
const HELD_OUT = 96;
const GIVEN = [32, 96];

const [mode, source, ...seeds] = process.argv.slice(2) as [string, string, ...string[]];
await startBackend('wasm');
if (mode === 'real') await judgeReal(JSON.parse(readFileSync(source, 'utf8')) as Job[]);
else await study(source, Number(seeds[0]), Number(seeds[1]), seeds[2] === 'decay');

interface Job {
  readonly network: string;
  readonly model: string;
  readonly set: string;
  readonly images: string;
  readonly truth: string | null;
  readonly size?: number;
}

async function judgeReal(jobs: readonly Job[]): Promise<void> {
  for (const { network, model, set, images, truth, size } of jobs) {
    const found = await fingerprintFile({ cwd: process.cwd(), model, images, size: size ?? null, most: REAL_IMAGES });
    say({ network, set, truth: truth ?? 'not to be told', ...outcome(found, truth) });
  }
}

/** @param settles whether the learning rate falls to 0 (half a cosine), as it does where networks are pretrained: filters then come to rest */
async function study(folder: string, firstSeed: number, lastSeed: number, settles: boolean): Promise<void> {
  for (let index = firstSeed * TRUTHS.length; index < (lastSeed + 1) * TRUTHS.length; index++) {
    const truth = CANDIDATES.find(({ name }) => name === TRUTHS[index % TRUTHS.length])!;
    const seed = Math.floor(index / TRUTHS.length);
    const architecture = ARCHITECTURES[seed % ARCHITECTURES.length]!;
    const side = SIDES[seed % SIDES.length]!;
    const { pixels, labels } = await emoji(folder, side);
    const count = labels.length;
    const order = Array.from(shuffled(count, randomOf(seed, 'study/held-out')));
    const model = train(architecture, truth, pixels, labels, order.slice(HELD_OUT), seed, settles);
    for (const images of GIVEN) say({ architecture, side, seed, images, truth: truth.name, ...outcome(fingerprint(model, pick(pixels, order.slice(0, images)), null), truth.name) });
    model.dispose();
  }
}

/** Right: the truth, or what feeds the network the same within 3 % of the range; the channel order counts where it is claimed. */
function outcome(found: Fingerprint, truth: string | null): object {
  const best = CANDIDATES.find(({ name }) => name === found.best?.name);
  const meant = CANDIDATES.find(({ name }) => name === truth);
  const claimsOrder = (found.orderConfidence ?? 0) >= 0.95;
  const right = Boolean(best && meant && (areEquivalent(best, meant) || (!claimsOrder && isMirror(best, meant))));
  return { told: found.told, right, best: found.best?.name ?? null, confidence: found.confidence, orderConfidence: found.orderConfidence, top: found.candidates.slice(0, 3).map(({ name, probability }) => [name, probability]) };
}

function isMirror(a: Candidate, b: Candidate): boolean {
  return CANDIDATES.some((other) => areEquivalent(other, a) && (other.name === `${b.name}-bgr` || b.name === `${other.name}-bgr` || other.name === `${b.name}-rgb`));
}

async function emoji(folder: string, side: number): Promise<{ pixels: Pixels; labels: Int32Array }> {
  const { files, labels } = await findImages({ written: folder, absolute: path.resolve(folder) }, 1000);
  const values = roomForImages(files.length, [side, side]);
  readImages(files, [side, side], values);
  return { pixels: { values, size: [side, side] }, labels: labels! };
}

function pick({ values, size }: Pixels, indices: readonly number[]): Pixels {
  const row = size[0] * size[1] * 3;
  const out = new Float32Array(indices.length * row);
  indices.forEach((index, at) => {
    out.set(values.subarray(index * row, (index + 1) * row), at * row);
  });
  return { values: out, size };
}

function network(architecture: (typeof ARCHITECTURES)[number], side: number, classes: number): tf.LayersModel {
  const input = tf.input({ shape: [side, side, 3] });
  let x = input;
  const put = (layer: tf.layers.Layer) => {
    x = layer.apply(x) as tf.SymbolicTensor;
  };
  if (architecture === 'rescaling-inside') put(tf.layers.rescaling({ scale: 0.5, offset: 0.25 }));
  for (const filters of [16, 32, 64]) {
    put(tf.layers.conv2d({ filters, kernelSize: 3, strides: 2, padding: 'same', useBias: architecture === 'conv-relu-bn', activation: architecture === 'conv-relu-bn' ? 'relu' : 'linear' }));
    put(tf.layers.batchNormalization({ momentum: 0.9 }));
    if (architecture !== 'conv-relu-bn') put(tf.layers.reLU());
  }
  put(tf.layers.globalAveragePooling2d({}));
  put(tf.layers.dense({ units: classes }));
  return tf.model({ inputs: input, outputs: x });
}

function train(architecture: (typeof ARCHITECTURES)[number], truth: Candidate, pixels: Pixels, labels: Int32Array, examples: readonly number[], seed: number, settles: boolean): tf.LayersModel {
  const classes = Math.max(...labels) + 1;
  const model = withSeed(seed, `study/${architecture}/${truth.name}`, () => network(architecture, pixels.size[0], classes));
  runFrozenBatchNormInInference(model);
  const fed = truth.standardizes ? eachStandardized(pixels) : pixels;
  const variables = trainableVariables(model);
  const optimizer = createOptimizer('adam', 0.003, variables);
  const updates = EPOCHS * Math.floor(examples.length / BATCH);
  let update = 0;
  for (let epoch = 0; epoch < EPOCHS; epoch++) {
    const order = Array.from(shuffled(examples.length, randomOf(seed, `study/order/${epoch}`)), (at) => examples[at]!);
    for (let from = 0; from + BATCH <= order.length; from += BATCH) {
      const batch = order.slice(from, from + BATCH);
      tf.tidy(() => {
        const images = treat({ ...truth, preset: 'custom' }, fed.values, batch, ...pixels.size);
        const targets = tf.oneHot(tf.tensor1d(batch.map((index) => labels[index]!), 'int32'), classes).toFloat() as tf.Tensor2D;
        const { grads } = tf.variableGrads(() => softmaxCrossEntropy(targets, model.apply(images, { training: true }) as tf.Tensor2D), variables);
        const before = variables.map((variable) => variable.clone());
        optimizer.apply(grads);
        const share = settles ? (1 + Math.cos((Math.PI * update) / updates)) / 2 : 1;
        update++;
        if (share < 1) variables.forEach((variable, index) => { variable.assign(before[index]!.add(variable.sub(before[index]!).mul(share))); });
      });
    }
  }
  optimizer.dispose();
  return model;
}

function say(line: object): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}
