import { availableParallelism } from 'node:os';
import type { Treatment } from '../config/treatments.ts';
import { probeBatch } from '../data/probe.ts';
import type { Remedy } from '../evidence/remedy.ts';
import type { Evidence, Observation, ReferenceGain, Run, Timing, Trial } from '../evidence/types.ts';
import type { BackendName } from '../engine/backend.ts';
import { UserError } from '../errors.ts';
import { fasterOf, lineOf, reasonAgainstNative, settleNativeThreads } from './backend-choice.ts';
import { FeatureCache } from './feature-cache.ts';
import type { LaboratorySetup, Survey } from './laboratory.ts';
import { stepsToObserve } from './observed-steps.ts';
import { duration, estimateSeconds, type Load, memoryOfMachine, type MemoryPlan, type Pace, planMemory, requireTime, type Split } from './plan.ts';
import { openPool, type Pool } from './pool.ts';
import { type OnProgress, ProgressMeter } from './progress.ts';
import type { Threads } from './threads.ts';

/** Images that one task takes through the trunk: small enough to share work between threads evenly. */
const TASK_IMAGES = 48;

/** What is to be found out, as plain data. */
export interface ExperimentDesign {
  /** Where `backend` is to be chosen, its own is the one that surveys. */
  readonly setup: LaboratorySetup;
  readonly chooseBackend: boolean;
  /** The first one is `normalized`. */
  readonly treatments: readonly Treatment[];
  /** The images that a seed trains and is judged on. */
  readonly splitOf: (seed: number) => Split;
  /** Seeds of the plan, and those to go on to while a comparison stays open; ascending. */
  readonly looks: readonly number[];
  readonly stepsPerEpoch: number;
  readonly timeLimitSeconds: number;
}

export interface ExperimentOptions {
  readonly onProgress: OnProgress;
  /** Most threads to use; null leaves it to the machine. */
  readonly mostThreads: number | null;
  /** Where laboratories are served; null works in this thread. */
  readonly threads: Threads | null;
  /** Is told what was decided, in one line. */
  readonly onNotice: (line: string) => void;
  /** Folder that keeps what the frozen part computes between checks; null keeps nothing. */
  readonly cache: string | null;
  /** Share of the machine's memory that it may use; all by default. */
  readonly shareOfMemory?: number;
}

/** What is known before anything is trained. */
export interface Prepared {
  readonly survey: Survey;
  /** As it will be conducted: with fewer images to observe where memory is short. */
  readonly design: ExperimentDesign;
  /** What the user should know of the plan, one sentence each. */
  readonly notes: readonly string[];
}

/** What was measured; the caller adds what it knows of config, model and data. */
export type Measured = Pick<Evidence, 'sites' | 'trunk' | 'runs' | 'references'>;

/** The paired experiment: every arm with every seed, on all cores, within the time limit. */
export class Experiment {
  private readonly features = new Map<string, Float32Array>();
  private readonly timings: Timing['runs'][number][] = [];
  private readonly started = performance.now();
  private readonly deadline: number;
  private readonly meter: ProgressMeter;
  private trunkSeconds = 0;

  private pool: Pool;
  private survey!: Survey;
  /** Done in every arm: 0 to `seeds` - 1. */
  private seeds = 0;
  private memory!: MemoryPlan;

  /** Begins to open laboratories. */
  constructor(
    private design: ExperimentDesign,
    private readonly options: ExperimentOptions,
  ) {
    this.pool = this.open(design.setup.backend);
    this.deadline = this.started + design.timeLimitSeconds * 1000;
    this.meter = new ProgressMeter(options.onProgress);
  }

  /**
   * Finds out what the network is, and opens as many laboratories as there is memory for. Comes before all else.
   *
   * @throws UserError where the model does not fit, or the machine is too small for the plan
   */
  async prepare(): Promise<Prepared> {
    await this.settle(this.design.setup.backend);
    if (this.design.chooseBackend) await this.chooseBackend();
    const { setup } = this.design;
    const { probeImages, notes } = this.memory;
    if (probeImages < setup.probe.length) this.design = { ...this.design, setup: { ...setup, probe: probeBatch(setup.strata, probeImages) } };
    return { survey: this.survey, design: this.design, notes };
  }

  private open(backend: BackendName): Pool {
    const { design, options } = this;
    const isNative = backend === 'native';
    if (isNative) settleNativeThreads(design.setup, options.mostThreads);
    // libtensorflow has threads of its own, and its addon serves one thread of Node.
    return openPool({ ...design.setup, backend }, options.threads, isNative ? 1 : threadsAtFirst(options.mostThreads));
  }

  /** Surveys the network on the pool, and gives it as many threads as there is memory for. */
  private async settle(backend: BackendName): Promise<void> {
    const { design, options, pool } = this;
    this.survey = await pool.perform({ kind: 'survey' });
    this.memory = planMemory(loadOf(design, this.survey), backend === 'native' ? 1 : options.mostThreads, memoryOfMachine() * (options.shareOfMemory ?? 1));
    pool.resize(this.memory.threads);
  }

  /** Measures the plan on wasm and on the native backend, goes on with the faster one, and says why. */
  private async chooseBackend(): Promise<void> {
    const { onNotice } = this.options;
    const wasm = await this.measurePlan();
    const reason = reasonAgainstNative(wasm);
    if (reason !== null) {
      onNotice(`backend: wasm, since ${reason}.`);
      return;
    }
    const { pool, survey, memory } = this;
    const goBack = async () => {
      await this.pool.close();
      Object.assign(this, { pool, survey, memory });
    };
    this.pool = this.open('native');
    try {
      await this.settle('native');
      const { backend, notice } = fasterOf({ wasm, native: await this.measurePlan() });
      await (backend === 'native' ? pool.close() : goBack());
      onNotice(notice);
    } catch (error) {
      await goBack();
      onNotice(`backend: wasm, since ${lineOf(error)}.`);
    }
  }

  /** Seconds that the plan takes, by the pace of its parts once they are warm. */
  private async measurePlan(): Promise<number> {
    const { setup, treatments, looks } = this.design;
    const images = setup.strata.length;
    const features = sharedFloats(images * this.survey.featureSize);
    const chunk = { treatment: treatments[0]!, features, from: 0, to: Math.min(TASK_IMAGES, images), cache: null };
    await this.pool.perform({ kind: 'features', ...chunk });
    const perImage = await this.pool.perform({ kind: 'features', ...chunk });
    const perUpdate = await this.pool.perform({ kind: 'pace', features, microBatch: this.memory.microBatch });
    return this.planSeconds({ perImage, perUpdate }, treatments.length * looks.at(-1)!);
  }

  close(): Promise<void> {
    return this.pool.close();
  }

  timing(): Timing {
    return { total: (performance.now() - this.started) / 1000, trunk: this.trunkSeconds, runs: this.timings };
  }

  /** The whole plan: what the frozen part makes of every image in each arm, then every run. */
  async conduct(): Promise<Measured> {
    const { treatments, looks } = this.design;
    const trunk = await this.passTrunk();
    const references = await this.referenceGains();
    const runs = await this.runAll('training', treatments, range(0, looks[0]!));
    this.seeds = looks[0]!;
    return { sites: this.survey.sites, trunk, references, runs };
  }

  /** Makes ready to go on where another experiment of the same design had done the runs of so many seeds. */
  async resume(seeds: number): Promise<void> {
    await this.passTrunk();
    this.seeds = seeds;
  }

  /** Runs of every arm on more seeds, up to so many in all. */
  async goOn(seeds: number): Promise<readonly Run[]> {
    const runs = await this.runAll('training on more seeds', this.design.treatments, range(this.seeds, seeds));
    this.seeds = seeds;
    return runs;
  }

  /** The runs of arm `normalized` again with a remedy, same seeds. */
  async attempt(remedy: Remedy): Promise<Trial> {
    const runs = await this.runAll('trying a fix', this.design.treatments.slice(0, 1), range(0, this.seeds), remedy);
    const { rule, change, sites } = remedy;
    return { rule, change, sites, runs };
  }

  /** Runs of the named arms on seeds that were not used yet. */
  confirm(arms: readonly string[], seeds: readonly number[]): Promise<readonly Run[]> {
    return this.runAll('confirming on fresh seeds', this.design.treatments.filter(({ name }) => arms.includes(name)), seeds);
  }

  /** Computes the features of all images, and observes the frozen sites, by arm. */
  private async passTrunk(): Promise<Evidence['trunk']> {
    const { setup, treatments } = this.design;
    const { cache } = this.options;
    const started = performance.now();
    const images = setup.strata.length;
    const row = this.survey.featureSize;
    const chunks = treatments.flatMap((treatment) => {
      const features = sharedFloats(images * row);
      this.features.set(treatment.name, features);
      return starts(images).map((from) => ({ treatment, features, from, to: Math.min(from + TASK_IMAGES, images) }));
    });
    const observations = new Map<string, readonly Observation[]>();
    const compute = (chunk: (typeof chunks)[number]) => this.pool.perform({ kind: 'features', ...chunk, cache });
    const observe = async (treatment: Treatment) => {
      observations.set(treatment.name, await this.pool.perform({ kind: 'trunk', treatment, probe: setup.probe, cache }));
    };
    const [first, ...others] = chunks;
    const [normalized, ...alternatives] = treatments;
    // The first chunk tells the pace; the rest waits for the decision whether the plan fits the time.
    const [perImage] = await Promise.all([compute(first!), observe(normalized!)]);
    const perUpdate = await this.pool.perform({ kind: 'pace', features: first!.features, microBatch: this.memory.microBatch });
    const work = this.estimate(perImage, perUpdate);
    const pieceWork = (perImage * TASK_IMAGES) / this.pool.size;
    this.runWork = work.perRun;
    this.meter.begin('preparing images', others.length, pieceWork * others.length, work.perRun * treatments.length * this.design.looks[0]!);
    // The longer tasks first: they would keep the other threads waiting at the end.
    const tasks = [
      ...alternatives.map((treatment) => () => observe(treatment)),
      ...others.map((chunk) => async () => {
        await compute(chunk);
        this.meter.finish(pieceWork);
      }),
    ];
    await this.each(tasks, (task) => task());
    if (cache !== null) new FeatureCache(cache).prune();
    this.trunkSeconds = (performance.now() - started) / 1000;
    // In the order of the arms, whichever thread was first.
    return Object.fromEntries(treatments.map(({ name }) => [name, observations.get(name)!]));
  }

  private runWork = 1;

  private estimate(perImage: number, perUpdate: number): { perRun: number } {
    const { treatments, looks, timeLimitSeconds } = this.design;
    // All looks: when to stop is decided by the data, never by the clock.
    const runs = treatments.length * looks.at(-1)!;
    const seconds = this.planSeconds({ perImage, perUpdate }, runs);
    requireTime(seconds, timeLimitSeconds);
    return { perRun: (seconds - this.planSeconds({ perImage, perUpdate }, 0)) / runs };
  }

  private planSeconds(pace: Pace, runs: number): number {
    const { setup, stepsPerEpoch } = this.design;
    const { epochs } = setup.recipe;
    return estimateSeconds(pace, loadOf(this.design, this.survey), { runs, stepsPerEpoch, epochs, observedSteps: stepsToObserve(stepsPerEpoch, epochs).length }, this.pool.size);
  }

  private async referenceGains(): Promise<readonly ReferenceGain[]> {
    const [normalized] = this.design.treatments;
    return this.pool.perform({ kind: 'references', seed: 0, features: this.features.get(normalized!.name)!, probe: this.design.setup.probe });
  }

  private async runAll(phase: string, treatments: readonly Treatment[], seeds: readonly number[], remedy: Remedy | null = null): Promise<Run[]> {
    const { setup, splitOf } = this.design;
    const grid = seeds.flatMap((seed) => treatments.map(({ name }) => ({ arm: name, seed })));
    this.meter.begin(phase, grid.length, this.runWork * grid.length, 0);
    return this.each(grid, async ({ arm, seed }) => {
      const split = splitOf(seed);
      const stepsPerEpoch = Math.ceil(split.train.length / setup.recipe.batchSize);
      const lesson = { arm, seed, ...split, microBatch: this.memory.microBatch, probe: setup.probe, observedSteps: stepsToObserve(stepsPerEpoch, setup.recipe.epochs) };
      const { run, seconds } = await this.pool.perform({ kind: 'run', lesson, features: this.features.get(arm)!, remedy });
      this.timings.push({ arm, seed, seconds, steps: run.epochs.at(-1)?.step ?? 0 });
      this.meter.finish(this.runWork);
      return run;
    });
  }

  /** Keeps the pool busy; stops at the first error or at the deadline. */
  private async each<Item, Result>(items: readonly Item[], work: (item: Item) => Promise<Result>): Promise<Result[]> {
    const results: Result[] = [];
    let next = 0;
    const drain = async () => {
      for (let index = next++; index < items.length; index = next++) {
        if (performance.now() > this.deadline) {
          throw new UserError('time', `The check ran into its time limit of ${duration(this.design.timeLimitSeconds)}.`, 'Raise `time-limit`, or use fewer epochs, seeds or images.');
        }
        results[index] = await work(items[index]!);
      }
    };
    await Promise.all(Array.from({ length: Math.min(this.pool.size, items.length) }, drain));
    return results;
  }
}

/** Opening a laboratory takes longer than the survey that says how many there can be: two begin at once. */
export function threadsAtFirst(most: number | null): number {
  return Math.min(most ?? Infinity, availableParallelism(), 2);
}

function loadOf({ setup, treatments }: ExperimentDesign, survey: Survey): Load {
  const [height, width] = setup.size;
  return {
    survey,
    images: setup.strata.length,
    imageValues: height * width * 3,
    arms: treatments.length,
    batchSize: setup.recipe.batchSize,
    probeImages: setup.probe.length,
    chunk: setup.recipe.chunk,
    optimizer: setup.recipe.optimizer,
  };
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, index) => from + index);
}

function starts(images: number): number[] {
  return Array.from({ length: Math.ceil(images / TASK_IMAGES) }, (_, index) => index * TASK_IMAGES);
}

/** Memory that every thread sees. */
function sharedFloats(length: number): Float32Array {
  return new Float32Array(new SharedArrayBuffer(length * Float32Array.BYTES_PER_ELEMENT));
}
