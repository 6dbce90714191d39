import { availableParallelism } from 'node:os';
import type { Treatment } from '../config/treatments.ts';
import { probeBatch } from '../data/probe.ts';
import type { Evidence, Observation, ReferenceGain, Run, Timing, Trial } from '../evidence/types.ts';
import { UserError } from '../errors.ts';
import { FeatureCache } from './feature-cache.ts';
import type { InitializerOverrides } from './initialization.ts';
import type { LaboratorySetup, Survey } from './laboratory.ts';
import { duration, estimateSeconds, type Load, type MemoryPlan, planMemory, requireTime, type Split } from './plan.ts';
import { openPool, type Pool } from './pool.ts';
import { type OnProgress, ProgressMeter } from './progress.ts';
import { pathOf } from './sites.ts';
import { stepsToObserve } from './training.ts';

/** Images that one task takes through the trunk: small enough to share work between threads evenly. */
const TASK_IMAGES = 48;

/** What is to be found out, as plain data. */
export interface ExperimentDesign {
  readonly setup: LaboratorySetup;
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
  readonly threads: number | null;
  /** File that serves a laboratory in a thread of its own; null works in this thread. */
  readonly workerScript: string | null;
  /** Folder that keeps what the frozen part computes between checks; null keeps nothing. */
  readonly cache: string | null;
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

/** One change that might cure what was found: the runs of arm `normalized` again, with it. */
export interface Remedy {
  readonly rule: string;
  readonly change: string;
  readonly sites: readonly string[];
  readonly kernelInitializer: string;
}

/** The paired experiment: every arm with every seed, on all cores, within the time limit. */
export class Experiment {
  private readonly features = new Map<string, Float32Array>();
  private readonly timings: Timing['runs'][number][] = [];
  private readonly started = performance.now();
  private readonly deadline: number;
  private readonly meter: ProgressMeter;
  private trunkSeconds = 0;

  private readonly pool: Pool;
  private survey!: Survey;
  /** Done in every arm: 0 to `seeds` - 1. */
  private seeds = 0;
  private memory!: MemoryPlan;

  /** Begins to open laboratories. */
  constructor(
    private design: ExperimentDesign,
    private readonly options: ExperimentOptions,
  ) {
    this.pool = openPool(design.setup, options.workerScript, threadsAtFirst(options.threads));
    this.deadline = this.started + design.timeLimitSeconds * 1000;
    this.meter = new ProgressMeter(options.onProgress);
  }

  /**
   * Finds out what the network is, and opens as many laboratories as there is memory for. Comes before all else.
   *
   * @throws UserError where the model does not fit, or the machine is too small for the plan
   */
  async prepare(): Promise<Prepared> {
    const { options, pool } = this;
    const { setup } = this.design;
    this.survey = await pool.perform({ kind: 'survey' });
    this.memory = planMemory(loadOf(this.design, this.survey), options.threads);
    const { probeImages } = this.memory;
    if (probeImages < setup.probe.length) this.design = { ...this.design, setup: { ...setup, probe: probeBatch(setup.labels, probeImages) } };
    pool.resize(this.memory.threads);
    return { survey: this.survey, design: this.design, notes: this.memory.notes };
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
    const runs = await this.runAll('training', treatments, range(0, looks[0]!), {});
    this.seeds = looks[0]!;
    return { sites: this.survey.sites, trunk, references, runs };
  }

  /** Runs of every arm on more seeds, up to so many in all. */
  async goOn(seeds: number): Promise<readonly Run[]> {
    const runs = await this.runAll('training on more seeds', this.design.treatments, range(this.seeds, seeds), {});
    this.seeds = seeds;
    return runs;
  }

  /** The runs of arm `normalized` again with a remedy, same seeds. */
  async attempt({ rule, change, sites, kernelInitializer }: Remedy): Promise<Trial> {
    const overrides = Object.fromEntries(sites.map((site) => [pathOf(site), kernelInitializer]));
    const runs = await this.runAll('trying a fix', this.design.treatments.slice(0, 1), range(0, this.seeds), overrides);
    return { rule, change, sites, runs };
  }

  /** As many runs again on seeds that were not used yet, for the named arms. */
  confirm(arms: readonly string[]): Promise<readonly Run[]> {
    const { treatments, looks } = this.design;
    const next = looks.at(-1)!;
    const fresh = range(next, next + this.seeds);
    return this.runAll('confirming on fresh seeds', treatments.filter(({ name }) => arms.includes(name)), fresh, {});
  }

  /** Computes the features of all images, and observes the frozen sites, by arm. */
  private async passTrunk(): Promise<Evidence['trunk']> {
    const { setup, treatments } = this.design;
    const { cache } = this.options;
    const started = performance.now();
    const images = setup.labels.length;
    const row = this.survey.featureShape.reduce((product, side) => product * side, 1);
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
    return Object.fromEntries(observations);
  }

  private runWork = 1;

  private estimate(perImage: number, perUpdate: number): { perRun: number } {
    const { setup, treatments, looks, stepsPerEpoch, timeLimitSeconds } = this.design;
    const load = loadOf(this.design, this.survey);
    // All looks: when to stop is decided by the data, never by the clock.
    const runs = treatments.length * looks.at(-1)!;
    const plan = { runs, stepsPerEpoch, epochs: setup.recipe.epochs, observedSteps: stepsToObserve(stepsPerEpoch, setup.recipe.epochs).length };
    const seconds = estimateSeconds({ perImage, perUpdate }, load, plan, this.pool.size);
    requireTime(seconds, timeLimitSeconds);
    const trunk = estimateSeconds({ perImage, perUpdate }, load, { ...plan, runs: 0 }, this.pool.size);
    return { perRun: (seconds - trunk) / runs };
  }

  private async referenceGains(): Promise<readonly ReferenceGain[]> {
    const [normalized] = this.design.treatments;
    return this.pool.perform({ kind: 'references', seed: 0, features: this.features.get(normalized!.name)!, probe: this.design.setup.probe });
  }

  private async runAll(phase: string, treatments: readonly Treatment[], seeds: readonly number[], overrides: InitializerOverrides): Promise<Run[]> {
    const { setup, splitOf } = this.design;
    const grid = seeds.flatMap((seed) => treatments.map(({ name }) => ({ arm: name, seed })));
    this.meter.begin(phase, grid.length, this.runWork * grid.length, 0);
    return this.each(grid, async ({ arm, seed }) => {
      const split = splitOf(seed);
      const stepsPerEpoch = Math.ceil(split.train.length / setup.recipe.batchSize);
      const lesson = { arm, seed, ...split, microBatch: this.memory.microBatch, probe: setup.probe, observedSteps: stepsToObserve(stepsPerEpoch, setup.recipe.epochs) };
      const { run, seconds } = await this.pool.perform({ kind: 'run', lesson, features: this.features.get(arm)!, overrides });
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
function threadsAtFirst(most: number | null): number {
  return Math.min(most ?? Infinity, availableParallelism(), 2);
}

function loadOf({ setup, treatments }: ExperimentDesign, survey: Survey): Load {
  const [height, width] = setup.size;
  return {
    survey,
    images: setup.labels.length,
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
