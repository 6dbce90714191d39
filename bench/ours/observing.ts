/**
 * What watching costs, in one thread: a step of training with all sites observed beside one with none, and a whole run
 * as shipped, looks at a few steps, beside one without looks. With a batch size, only steps without looks.
 * Usage: node observing.mjs CONFIG RESULT STEPS wasm|native [BATCH]
 */
import { writeFileSync } from 'node:fs';
import { type BackendName, startBackend } from '../../src/engine/backend.ts';
import { runFrozenBatchNormInInference } from '../../src/engine/batch-norm.ts';
import { createOptimizer } from '../../src/engine/optimizers.ts';
import * as tf from '../../src/engine/tf.ts';
import { trainableVariables } from '../../src/engine/variables.ts';
import { batchOf } from '../../src/experiment/examples.ts';
import { initialize } from '../../src/experiment/initialization.ts';
import { learningTask } from '../../src/experiment/learning-tasks/choose.ts';
import { observe } from '../../src/experiment/observation.ts';
import { stepsToObserve } from '../../src/experiment/observed-steps.ts';
import { trainRun } from '../../src/experiment/training.ts';
import { buildNetwork } from '../../src/model/network.ts';
import { treat } from '../../src/experiment/treat.ts';
import { readDesign } from './design.ts';

const [configPath, resultPath, steps, backend, batch] = process.argv.slice(2) as [string, string, string, BackendName, string | undefined];
const { config, design } = await readDesign(configPath);
const { setup, treatments, splitOf, stepsPerEpoch } = design;
if (config.model.train !== 'all' && config.model.path) throw new Error('Measured where everything trains.');

await startBackend(backend);
const task = learningTask(setup.answers, setup.loss);
const { model, newLayers } = await buildNetwork(setup.network, setup.size, task.outputShape);
runFrozenBatchNormInInference(model);
initialize(newLayers, 0);
const stored = model.weights.map((weight) => weight.read().clone());
const indices = Array.from(setup.strata.keys());
const input = treat(treatments[0]!, setup.images, indices, ...setup.size);
const examples = { values: input.dataSync() as Float32Array, shapes: [input.shape.slice(1)], task };
input.dispose();
const { recipe, probe } = setup;

writeFileSync(resultPath, JSON.stringify(batch ? { step: secondsOfSteps(Number(steps), Number(batch), false) } : { step: secondsOfSteps(Number(steps), recipe.batchSize, true), run: secondsOfRuns() }));

/** Seconds of single updates, plain and, where that is asked for, observed in turn; the first of each is not counted. */
function secondsOfSteps(count: number, batchSize: number, watched: boolean): { plain: number[]; observed: number[] } {
  const variables = trainableVariables(model);
  const optimizer = createOptimizer(recipe.optimizer, recipe.learningRate, variables);
  const batch = splitOf(0).train.slice(0, batchSize);
  const update = () => {
    const loss = () => task.loss(model.apply(batchOf(examples, batch), { training: true }) as tf.Tensor, batch, batch);
    const { value, grads } = tf.variableGrads(loss, variables);
    value.dataSync();
    optimizer.apply(grads);
  };
  const plain = () => {
    tf.tidy(update);
  };
  const observed = () => {
    tf.tidy(() => {
      const seen = observe(model, { step: 0, mode: 'training', callsBefore: new Map() }, update);
      if (seen.some(({ gradient }) => gradient === null)) throw new Error('A site was not observed.');
    });
  };
  const measured = { plain: [] as number[], observed: [] as number[] };
  for (let step = 0; step <= count; step++) {
    const seconds = { plain: secondsOf(plain), observed: watched ? secondsOf(observed) : 0 };
    if (step > 0) {
      measured.plain.push(seconds.plain);
      measured.observed.push(seconds.observed);
    }
  }
  optimizer.dispose();
  return measured;
}

/** Seconds of one run from the same start, without looks and with those of the plan. */
function secondsOfRuns(): { plain: number; sampled: number } {
  const run = (observedSteps: number[]) => {
    model.weights.forEach((weight, index) => {
      weight.write(stored[index]!);
    });
    const lesson = { arm: treatments[0]!.name, seed: 0, ...splitOf(0), probe, observedSteps };
    return secondsOf(() => trainRun(model, examples, lesson, recipe, new Map()));
  };
  return { plain: run([]), sampled: run(stepsToObserve(stepsPerEpoch, recipe.epochs)) };
}

function secondsOf(run: () => unknown): number {
  const start = performance.now();
  run();
  return (performance.now() - start) / 1000;
}
