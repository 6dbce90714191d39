import { createHash } from 'node:crypto';
import type { Answers } from '../data/answers.ts';
import type { Fingerprint } from '../evidence/fingerprint.ts';
import type { Remedy } from '../evidence/remedy.ts';
import type { Kernels, Loss, Observation, ReferenceGain, Run, Site, TaskFacts } from '../evidence/types.ts';
import type { Treatment } from '../config/treatments.ts';
import { type Backend, type BackendName, startBackend } from '../engine/backend.ts';
import { batchDependentLayer, runFrozenBatchNormInInference } from '../engine/batch-norm.ts';
import { foldBatchNorm } from '../engine/folding.ts';
import { inScope } from '../engine/scope.ts';
import { peakBytes, simd } from '../engine/simd/module.ts';
import * as tf from '../engine/tf.ts';
import { trainableVariables } from '../engine/variables.ts';
import { buildNetwork, loadImageModel, type Network, type NetworkSpec } from '../model/network.ts';
import { type SplitNetwork, splitNetwork } from '../model/split.ts';
import { median } from '../stats/summary.ts';
import { amendedRecipe, amendLayers, overridesOf } from './amendment.ts';
import { fingerprint } from './fingerprint/fingerprint.ts';
import { batchOf, type Examples, sizeOf } from './examples.ts';
import { initialize, type InitializerOverrides } from './initialization.ts';
import type { LearningTask } from './learning-task.ts';
import { learningTask } from './learning-tasks/choose.ts';
import { taskFacts } from './learning-tasks/task-facts.ts';
import { inferenceMemory, measureTraining, type NetworkMemory } from './memory.ts';
import { observe } from './observation.ts';
import { referenceGains } from './reference-gain.ts';
import { siteId } from './site-id.ts';
import { countCalls, traceSites } from './sites.ts';
import { type Lesson, type Recipe, trainRun } from './training.ts';
import { treat } from './treat.ts';
import { hashInput, networkDigest } from './trunk-key.ts';

/** Everything a laboratory needs to know; plain data, so that it can cross to a worker thread. */
export interface LaboratorySetup {
  readonly backend: BackendName;
  readonly network: NetworkSpec;
  readonly size: readonly [height: number, width: number];
  /** N x height x width x 3, values 0..255. Shared between threads. */
  readonly images: Float32Array;
  /** What is to be told of them. */
  readonly answers: Answers;
  readonly loss: Loss;
  /** Groups of images of which each fold, and the probe batch, has its share. */
  readonly strata: Int32Array;
  /** How many images, from the end, are the user's own validation set; absent where folds are held out. */
  readonly fixedValidation?: number | undefined;
  readonly probe: readonly number[];
  readonly recipe: Recipe;
  readonly kernels: Kernels;
}

/** The named examples as an arm feeds them to the network. */
export type Feed = (treatment: Treatment, indices: readonly number[]) => tf.Tensor;

/**
 * Values that a pass without gradients may make at once: small enough to stay in the cache of a core; on the native
 * backend, so many that its threads have enough to do in each operation (2.2 instead of 4.4 ms an image for
 * EfficientNet-Lite0 at 96 pixels), of which a tenth is there at the same time.
 */
const VALUES_AT_ONCE: Readonly<Record<BackendName, number>> = { wasm: 2 ** 20, cpu: 2 ** 20, native: 2 ** 28 };

/** How long the pace is measured: updates of a small head get several times faster while they are compiled. */
const PACE_MILLISECONDS = 60;

/** What the network is, found out by loading it. */
export interface Survey {
  readonly backend: Backend;
  readonly task: TaskFacts;
  readonly sites: readonly Site[];
  readonly boundary: string | null;
  readonly newLayers: number;
  readonly parameters: number;
  readonly trainableParameters: number;
  readonly fusedMultiplyAdd: boolean;
  /** Values that the trained part is fed for one example. */
  readonly featureSize: number;
  /** Values that one example makes in the frozen prefix and in the trained part. */
  readonly activations: { readonly prefix: number; readonly tail: number };
  /** As measured. */
  readonly memory: NetworkMemory;
  /** A layer that normalizes by its batch, because of which a batch cannot be split; null where it can. */
  readonly batchDependent: string | null;
}

/** One copy of the network on one backend, and the experiments that can be done with it. Lives in one thread. */
export class Laboratory {
  private constructor(
    private readonly setup: Omit<LaboratorySetup, 'network'> & Partial<Pick<LaboratorySetup, 'network'>>,
    private readonly task: LearningTask,
    private readonly network: Network,
    private readonly parts: SplitNetwork,
    private readonly sites: readonly Site[],
    /** Weights as the file has them, so that each run starts there. */
    private readonly stored: readonly tf.Tensor[],
    private readonly callsInPrefix: ReadonlyMap<string, number>,
    private readonly activations: Survey['activations'],
    /** Bytes that one image took on its way through the network, observed and without gradients. */
    private readonly bytesOfPass: number,
    private readonly backend: Backend,
    private readonly feed: Feed,
  ) {}

  static async open(setup: LaboratorySetup): Promise<Laboratory> {
    const backend = await startBackend(setup.backend, setup.kernels);
    const { images, size } = setup;
    const task = learningTask(setup.answers, setup.loss);
    const feed: Feed = (treatment, indices) => treat(treatment, images, indices, ...size);
    return Laboratory.of(await buildNetwork(setup.network, setup.size, task.outputShape), setup, backend, feed, task);
  }

  /** Around a network of any input shape, on the backend that computes. */
  static of(network: Network, setup: Omit<LaboratorySetup, 'network'>, backend: Backend, feed: Feed, task = learningTask(setup.answers, setup.loss)): Laboratory {
    runFrozenBatchNormInInference(network.model);
    let sites: Site[] = [];
    const bytesOfPass = peakBytes(() => {
      sites = traceSites(network);
    });
    const stored = network.model.weights.map((weight) => weight.read().clone());
    const parts = splitNetwork(network.model, network.newLayers);
    const callsInPrefix = parts.prefix ? countCalls(parts.prefix) : new Map<string, number>();
    return new Laboratory(setup, task, network, parts, sites, stored, callsInPrefix, activationsOf(sites, callsInPrefix), bytesOfPass, backend, feed);
  }

  /** Makes its backend the one that computes, where another one has been started since. */
  async resume(): Promise<void> {
    await startBackend(this.setup.backend, this.setup.kernels);
  }

  /** Also tries a step, of which no run sees a trace. */
  survey(): Survey {
    const { model, newLayers } = this.network;
    const { tail } = this.parts;
    return {
      backend: this.backend,
      task: taskFacts(this.task, this.setup.strata.length, this.setup.fixedValidation),
      sites: this.sites,
      boundary: this.sites.find(({ boundary }) => boundary)?.id ?? null,
      newLayers: newLayers.length,
      parameters: model.countParams(),
      trainableParameters: model.trainableWeights.reduce((sum, weight) => sum + weight.read().size, 0),
      fusedMultiplyAdd: simd().fusesMultiplyAdd() === 1,
      featureSize: this.featureSize,
      activations: this.activations,
      memory: {
        ...inferenceMemory(this.sites, this.imageSize, this.bytesOfPass),
        ...measureTraining(tail, this.task, this.activations.tail),
      },
      batchDependent: batchDependentLayer(model),
    };
  }

  private get imageSize(): number {
    const [height, width] = this.setup.size;
    return height * width * 3;
  }

  /** Values that the trained part is fed for one example. */
  get featureSize(): number {
    return this.featureShapes.reduce((sum, shape) => sum + sizeOf(shape), 0);
  }

  /** Shape of what the trained part is fed for one example, at each of its inputs. */
  private get featureShapes(): number[][] {
    return this.parts.tail.inputs.map(({ shape }) => shape.slice(1).map((side) => side ?? 1));
  }

  /**
   * SHA-256 of everything that decides what the frozen part makes of images; null where nothing is frozen.
   *
   * @param role what is made of them
   */
  trunkKey(role: string, treatment: Treatment, indices: readonly number[]): string | null {
    const { prefix } = this.parts;
    if (!prefix) return null;
    this.prefixDigest ??= networkDigest(prefix, this.backend, this.setup.kernels);
    const hash = createHash('sha256').update(`${this.prefixDigest}/${role}/${this.setup.recipe.chunk}`);
    return hashInput(hash, treatment, this.setup.images, indices, this.imageSize).digest('hex');
  }

  private prefixDigest: string | undefined;

  /** Computes what the trained part is fed for images `from` to `to` of an arm, into `features` (all images' rows). */
  features(treatment: Treatment, from: number, to: number, features: Float32Array): void {
    const { prefix } = this.parts;
    const unfold = prefix ? foldBatchNorm(prefix) : () => undefined;
    try {
      for (let start = from; start < to; start += this.setup.recipe.chunk) {
        const indices = range(start, Math.min(start + this.setup.recipe.chunk, to));
        tf.tidy(() => {
          const images = this.feed(treatment, indices);
          const outputs = prefix ? [prefix.apply(images, { training: false })].flat() : [images];
          fillRows(features.subarray(start * this.featureSize), outputs.map((output) => (output as tf.Tensor).dataSync() as Float32Array), indices.length);
        });
      }
    } finally {
      unfold();
    }
  }

  /**
   * What the model file remembers of its training (docs/fingerprint.md): a copy of it is asked, since that spoils it.
   *
   * @throws Error where the network has no model file
   */
  async fingerprint(labels: Int32Array | null): Promise<Fingerprint> {
    const { network, size, images } = this.setup;
    if (!network?.path) throw new Error('There is no model file that could remember anything.');
    const copy = await loadImageModel(network.path, size);
    try {
      return fingerprint(copy, { values: images, size }, labels);
    } finally {
      copy.dispose();
    }
  }

  /** Statistics of the sites that no training changes, unfolded. */
  observeTrunk(treatment: Treatment, probe: readonly number[]): Observation[] {
    const { prefix } = this.parts;
    if (!prefix) return [];
    return inScope(() => {
      const images = this.feed(treatment, probe);
      return observe(prefix, { step: 0, mode: 'inference', callsBefore: new Map() }, () => prefix.apply(images, { training: false }));
    });
  }

  /** @param remedy what is changed for this run alone */
  run(lesson: Lesson, features: Float32Array, remedy: Remedy | null = null): Run {
    this.start(lesson.seed, overridesOf(remedy));
    const { recipe } = this.setup;
    const { tail } = this.parts;
    const chunk = Math.max(recipe.chunk, Math.floor(VALUES_AT_ONCE[this.backend.name] / this.activations.tail));
    const restore = amendLayers(tail, remedy);
    try {
      return trainRun(tail, this.examples(features), lesson, { ...amendedRecipe(recipe, remedy), chunk }, this.callsInPrefix);
    } finally {
      restore();
    }
  }

  /** What each new weighted layer, redrawn at its target gain, would pass on of the same input. */
  referenceGains(seed: number, features: Float32Array, probe: readonly number[]): ReferenceGain[] {
    this.start(seed, {});
    return inScope(() => referenceGains(this.parts.tail, batchOf(this.examples(features), probe), this.sites, seed, this.callsInPrefix));
  }

  /**
   * Seconds of one update on a full batch: what a plan's estimate rests on. Leaves no trace in later runs.
   *
   * @param microBatch most examples that go through the network at once
   */
  secondsPerUpdate(features: Float32Array, microBatch: number): number {
    this.start(0, {});
    const examples = this.examples(features);
    const batch = Math.min(this.setup.recipe.batchSize, this.setup.strata.length);
    const indices = range(0, Math.min(batch, microBatch));
    const variables = trainableVariables(this.parts.tail);
    const update = () => {
      tf.tidy(() => {
        const inputs = batchOf(examples, indices);
        tf.variableGrads(() => this.task.loss(this.parts.tail.apply(inputs, { training: true }) as tf.Tensor, indices, indices), variables);
      });
    };
    const seconds = () => {
      const start = performance.now();
      update();
      return (performance.now() - start) / 1000;
    };
    update();
    const begin = performance.now();
    const measured = [seconds()];
    while (performance.now() - begin < PACE_MILLISECONDS) measured.push(seconds());
    return (median(measured) * batch) / indices.length;
  }

  close(): void {
    for (const tensor of this.stored) tensor.dispose();
    this.network.model.dispose();
  }

  private start(seed: number, overrides: InitializerOverrides): void {
    this.network.model.weights.forEach((weight, index) => {
      weight.write(this.stored[index]!);
    });
    initialize(this.network.newLayers, seed, overrides);
  }

  private examples(values: Float32Array): Examples {
    return { values, shapes: this.featureShapes, task: this.task };
  }
}

function activationsOf(sites: readonly Site[], callsInPrefix: ReadonlyMap<string, number>): Survey['activations'] {
  const inPrefix = new Set([...callsInPrefix].flatMap(([path, calls]) => range(0, calls).map((index) => siteId(path, index))));
  const total = { prefix: 0, tail: 0 };
  for (const { id, shape } of sites) total[inPrefix.has(id) ? 'prefix' : 'tail'] += sizeOf(shape);
  return total;
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, index) => from + index);
}

/** Writes what several outputs hold for each of `count` examples one behind the other. */
function fillRows(rows: Float32Array, outputs: readonly Float32Array[], count: number): void {
  let at = 0;
  for (let example = 0; example < count; example++) {
    for (const output of outputs) {
      const size = output.length / count;
      rows.set(output.subarray(example * size, (example + 1) * size), at);
      at += size;
    }
  }
}
