// The job in plain TensorFlow.js, the output of the frozen trunk computed once for each arm and image.
// It reads the config, the images and the statistics at the end as the product does; all else is TensorFlow.js as
// published. Usage: node plain-tfjs.mjs CONFIG JOB RESULT [CHECK], BACKEND=wasm or cpu; with STEPS in the environment it
// does so many updates only, and says what the rest would take.
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { randomOf, shuffled } from '../../src/engine/seeding.ts';
import { stepsToObserve } from '../../src/experiment/observed-steps.ts';
import { correctedResampledT } from '../../src/stats/corrected-resampled-t.ts';
import { signFlipTest } from '../../src/stats/sign-flip.ts';
import { readDesign } from '../ours/design.ts';
import { buildNetworks, redraw, watching } from './tfjs-network.mjs';
import * as tf from './tfjs.mjs';

const CHUNK = 16;
const [configPath, jobPath, resultPath, checkPath] = process.argv.slice(2);
const { BACKEND: backend = 'wasm', STEPS: steps } = process.env;
const job = JSON.parse(readFileSync(jobPath, 'utf8'));
const { design } = await readDesign(configPath);
const { setup, treatments, splitOf, stepsPerEpoch } = design;
const seeds = Array.from({ length: design.looks[0] }, (_, seed) => seed);
const { answers: { labels, classes }, probe } = setup;

tf.setWasmPaths(`${path.join(process.cwd(), 'node_modules', '@tensorflow', 'tfjs-backend-wasm', 'dist')}${path.sep}`);
if (!(await tf.setBackend(backend))) throw new Error(`TensorFlow.js could not start its ${backend} backend.`);
const { frozen, trained, fresh } = await buildNetworks(job);
const stored = trained.getWeights().map((weight) => weight.clone());
const variables = trained.trainableWeights.map((weight) => weight.read());
const work = checkPath ? follow(JSON.parse(readFileSync(checkPath, 'utf8'))) : steps ? measureSteps(Number(steps)) : doJob();
writeFileSync(resultPath, JSON.stringify(work));

function doJob() {
  const inputs = openArms();
  const runs = seeds.flatMap((seed) => treatments.map(({ name }) => ({ arm: name, seed, ...trainRun(inputs[name], seed) })));
  return { trunk: observeFrozen(), runs, comparisons: treatments.slice(1).map(({ name }) => compareWith(name, runs)) };
}

function compareWith(name, runs) {
  const accuracy = (arm) => runs.filter((run) => run.arm === arm).map(({ scores }) => 100 * scores.at(-1)[1][1]);
  const other = accuracy(name);
  const differences = accuracy(treatments[0].name).map((value, index) => value - other[index]);
  const { train, validation } = splitOf(0);
  return { arm: name, ...correctedResampledT(differences, { trainImages: train.length, validationImages: validation.length }, 0.95), p: signFlipTest(differences) };
}

/** What the trained part is fed, one row an image. */
function openArms() {
  return Object.fromEntries(treatments.map((treatment) => [treatment.name, frozen ? features(treatment) : (indices) => images(treatment, indices)]));
}

function features(treatment) {
  const parts = [];
  for (let start = 0; start < labels.length; start += CHUNK) {
    const indices = Array.from({ length: Math.min(CHUNK, labels.length - start) }, (_, index) => start + index);
    parts.push(tf.tidy(() => frozen.predict(images(treatment, indices))));
  }
  const all = tf.concat(parts);
  const values = all.dataSync();
  tf.dispose([...parts, all]);
  const depth = values.length / labels.length;
  return (indices) => tf.tensor2d(Float32Array.from({ length: indices.length * depth }, (_, at) => values[indices[Math.floor(at / depth)] * depth + (at % depth)]), [indices.length, depth]);
}

function images({ mean, std }, indices) {
  const row = job.size * job.size * 3;
  const values = new Float32Array(indices.length * row);
  indices.forEach((index, at) => values.set(setup.images.subarray(index * row, (index + 1) * row), at * row));
  return tf.tidy(() => tf.div(tf.sub(tf.tensor4d(values, [indices.length, job.size, job.size, 3]), tf.tensor1d(mean)), tf.tensor1d(std)));
}

function observeFrozen() {
  if (!frozen) return {};
  return Object.fromEntries(treatments.map((treatment) => [treatment.name, watching(frozen, () => frozen.predict(images(treatment, probe))).forward]));
}

function trainRun(inputs, seed) {
  const { train, validation } = splitOf(seed);
  const observed = new Set(stepsToObserve(stepsPerEpoch, job.epochs));
  const optimizer = start(seed);
  const scores = [[score(inputs, train), score(inputs, validation)]];
  const looks = [{ step: 0, ...look(inputs) }];
  let step = 0;
  for (let epoch = 1; epoch <= job.epochs; epoch++) {
    const order = Array.from(shuffled(train.length, randomOf(seed, `order/${epoch}`)), (position) => train[position]);
    for (let from = 0; from < order.length; from += job.batch_size) {
      update(optimizer, inputs, order.slice(from, from + job.batch_size));
      step++;
      if (observed.has(step)) looks.push({ step, ...look(inputs) });
    }
    scores.push([score(inputs, train), score(inputs, validation)]);
  }
  optimizer.dispose();
  return { scores, looks };
}

function start(seed) {
  trained.setWeights(stored);
  tf.tidy(() => {
    redraw(fresh, seed);
  });
  return tf.train.adam(job.learning_rate, 0.9, 0.999, 1e-7);
}

function lossOf(x, indices) {
  return tf.losses.softmaxCrossEntropy(tf.oneHot(tf.tensor1d(indices.map((index) => labels[index]), 'int32'), classes), trained.apply(x, { training: true }));
}

function update(optimizer, inputs, indices) {
  tf.tidy(() => {
    optimizer.minimize(() => lossOf(inputs(indices), indices), false, variables);
  });
}

function score(inputs, indices) {
  return tf.tidy(() => {
    // Features are small: all at once.
    const size = frozen ? indices.length : CHUNK;
    const parts = [];
    for (let from = 0; from < indices.length; from += size) parts.push(trained.apply(inputs(indices.slice(from, from + size)), { training: false }));
    const logits = tf.concat(parts);
    const truth = tf.tensor1d(indices.map((index) => labels[index]), 'int32');
    const loss = tf.losses.softmaxCrossEntropy(tf.oneHot(truth, classes), logits).dataSync()[0];
    return [loss, tf.mean(tf.cast(tf.equal(tf.argMax(logits, 1), truth), 'float32')).dataSync()[0]];
  });
}

function look(inputs) {
  const inference = watching(trained, () => trained.apply(inputs(probe), { training: false }));
  const kept = trained.nonTrainableWeights.map((weight) => weight.read().clone());
  const training = watching(trained, () => tf.variableGrads(() => lossOf(inputs(probe), probe), variables));
  // A look in training mode must not move what batch normalization remembers.
  trained.nonTrainableWeights.forEach((weight, index) => weight.write(kept[index]));
  tf.dispose(kept);
  return { inference: inference.forward, training: training.forward, gradient: training.gradient };
}

/** Looks after given updates, from given weights, with given batches; on the slow backend, the network as it starts. */
function follow({ weights, batches, steps: wanted }) {
  const arms = openArms();
  const inputs = arms[treatments[0].name];
  const optimizer = start(0);
  for (const weight of fresh.flatMap((layer) => layer.weights)) {
    const { values, shape } = weights[weight.originalName];
    weight.write(tf.tensor(values, shape));
  }
  const rows = frozen ? Object.fromEntries(treatments.map(({ name }) => [name, arms[name](probe).arraySync()])) : {};
  if (backend === 'cpu') return { features: rows, trunk: observeFrozen(), looks: [{ step: 0, inference: watching(trained, () => trained.apply(inputs(probe), { training: false })).forward }] };
  const looks = [];
  for (let step = 0; step <= batches.length; step++) {
    if (wanted.includes(step)) looks.push({ step, ...look(inputs) });
    if (step < batches.length) update(optimizer, inputs, batches[step]);
  }
  return { features: rows, trunk: observeFrozen(), looks };
}

/** Some updates and the scoring of one batch, for the time of the whole. */
function measureSteps(count) {
  const inputs = openArms()[treatments[0].name];
  const optimizer = start(0);
  const order = splitOf(0).train;
  const begin = performance.now();
  for (let step = 0; step < count; step++) update(optimizer, inputs, order.slice(step * job.batch_size, (step + 1) * job.batch_size));
  const perUpdate = (performance.now() - begin) / 1000 / count;
  const middle = performance.now();
  score(inputs, order.slice(0, CHUNK));
  const perImage = (performance.now() - middle) / 1000 / CHUNK;
  const runs = treatments.length * seeds.length;
  const updates = runs * job.epochs * stepsPerEpoch;
  const scored = runs * (job.epochs + 1) * labels.length;
  return {
    trunk: {},
    runs: [],
    missing: {
      seconds: perUpdate * (updates - count) + perImage * (scored - CHUNK),
      how: `extrapolated from ${count} updates and the scoring of ${CHUNK} images; looks at layers not counted`,
    },
  };
}
