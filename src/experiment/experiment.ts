import { availableParallelism } from 'node:os';
import type { Treatment } from '../config/treatments.ts';
import { probeBatch } from '../data/probe.ts';
import type { Remedy } from '../evidence/remedy.ts';
import type { Fingerprint } from '../evidence/fingerprint.ts';
import type { Evidence, ReferenceGain, Run, Timing, Trial } from '../evidence/types.ts';
import type { BackendName } from '../engine/backend.ts';
import { UserError } from '../errors.ts';
import { fasterOf, lineOf, reasonAgainstNative, settleNative } from './backend-choice.ts';
import { FrozenPass, sharedFloats, TASK_IMAGES } from './frozen-pass.ts';
import { type Cell, gridOf, hasFirst } from './grid.ts';
import type { LaboratorySetup, Survey } from './laboratory.ts';
import { stepsToObserve } from './observed-steps.ts';
import { duration, estimateSeconds, type Load, memoryOfMachine, type MemoryPlan, type Pace, planMemory, requireTime, type Split } from './plan.ts';
import { openPool, type Pool } from './pool.ts';
import { type OnProgress, ProgressMeter } from './progress.ts';
import type { Threads } from './threads.ts';

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
  private frozen: FrozenPass | null = null;
  private readonly timings: Timing['runs'][number][] = [];
  private readonly deadline: number;
  private readonly meter: ProgressMeter;

  private pool: Pool;
  private survey!: Survey;
  /** Done in every arm: 0 to `seeds` - 1. */
  protected seeds = 0;
  private memory!: MemoryPlan;

  /**
   * Begins to open laboratories.
   *
   * @param started when the time began to run that the design is given, in milliseconds of this process
   */
  constructor(
    protected design: ExperimentDesign,
    private readonly options: ExperimentOptions,
    protected readonly started = performance.now(),
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

  /** What the pretrained network remembers of its input; null where its threads do not compute on wasm, which it takes. */
  fingerprint(): Promise<Fingerprint> | null {
    return this.survey.backend.name === 'native' ? null : this.pool.perform({ kind: 'fingerprint', labels: null });
  }

  private open(backend: BackendName): Pool {
    return openPool({ ...this.design.setup, backend }, this.options.threads, threadsAtFirst(this.mostThreadsOn(backend)));
  }

  /** Most threads to use; null leaves it to the machine. */
  private mostThreadsOn(backend: BackendName): number | null {
    const { mostThreads } = this.options;
    return backend === 'native' ? settleNative(mostThreads) : mostThreads;
  }

  /** Surveys the network on the pool, and gives it as many threads as there is memory for. */
  private async settle(backend: BackendName): Promise<void> {
    const { design, options, pool } = this;
    this.survey = await pool.perform({ kind: 'survey' });
    this.memory = planMemory(loadOf(design, this.survey), this.mostThreadsOn(backend), memoryOfMachine() * (options.shareOfMemory ?? 1));
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
    return { total: (performance.now() - this.started) / 1000, trunk: this.frozen?.seconds ?? 0, runs: this.timings };
  }

  /**
   * The runs of the first look, or some of them, with what has to be known before.
   *
   * @param onAccepted is called once it is known that they take no longer than they may
   */
  async conduct(cells: readonly Cell[] = plannedCells(this.design), onAccepted = (): void => undefined): Promise<Measured> {
    requireTime(await this.begin(cells), this.design.timeLimitSeconds);
    onAccepted();
    return this.complete(cells);
  }

  /**
   * Does a small part of the work, which tells the pace.
   *
   * @returns seconds that all of it takes, as far as can be told. All looks count: when to stop is decided by the data,
   *   never by the clock
   */
  async begin(cells: readonly Cell[]): Promise<number> {
    const { treatments, looks } = this.design;
    const arms = treatments.filter(({ name }) => cells.some(({ arm }) => arm === name));
    const observed = arms.filter(({ name }) => hasFirst(cells, name));
    return this.beginTrunk(arms, observed, (cells.length * looks.at(-1)!) / looks[0]!);
  }

  /** The rest of what was begun. */
  async complete(cells: readonly Cell[]): Promise<Measured> {
    const [normalized] = this.design.treatments;
    await this.completeTrunk(this.runWork * cells.length);
    // In the order of the arms, whichever thread was first.
    const trunk = Object.fromEntries(this.design.treatments.flatMap(({ name }) => (this.frozen?.observations.has(name) ? [[name, this.frozen.observations.get(name)!]] : [])));
    const references = hasFirst(cells, normalized!.name) ? await this.referenceGains() : [];
    const runs = await this.runAll('training', cells);
    this.seeds = this.design.looks[0]!;
    return { sites: this.survey.sites, trunk, references, runs };
  }

  /** Goes on where another experiment of the same design had done the runs of so many seeds. */
  resume(seeds: number): void {
    this.seeds = seeds;
  }

  /** Runs of every arm on more seeds, up to so many in all. */
  async goOn(seeds: number): Promise<readonly Run[]> {
    const runs = await this.runAll('training on more seeds', this.gridOver(this.design.treatments, range(this.seeds, seeds)));
    this.seeds = seeds;
    return runs;
  }

  /** The runs of arm `normalized` again with a remedy, same seeds. */
  async attempt(remedy: Remedy): Promise<Trial> {
    const runs = await this.runAll('trying a fix', this.gridOver(this.design.treatments.slice(0, 1), range(0, this.seeds)), remedy);
    const { rule, change, sites } = remedy;
    return { rule, change, sites, runs };
  }

  /** Runs of the named arms on seeds that were not used yet. */
  async confirm(arms: readonly string[], seeds: readonly number[]): Promise<readonly Run[]> {
    return this.runAll('confirming on fresh seeds', this.gridOver(this.design.treatments.filter(({ name }) => arms.includes(name)), seeds));
  }

  private gridOver(treatments: readonly Treatment[], seeds: readonly number[]): readonly Cell[] {
    return gridOf(treatments.map(({ name }) => name), seeds);
  }

  /**
   * Begins the frozen pass of arms.
   *
   * @param observed those of them whose frozen sites are observed
   * @returns seconds that the arms take with so many runs
   */
  private async beginTrunk(arms: readonly Treatment[], observed: readonly Treatment[], runs: number): Promise<number> {
    const { setup } = this.design;
    this.frozen ??= new FrozenPass(this.pool, { images: setup.strata.length, featureSize: this.survey.featureSize, probe: setup.probe, cache: this.options.cache });
    const { perImage, features } = await this.frozen.begin(arms, observed);
    const perUpdate = await this.pool.perform({ kind: 'pace', features, microBatch: this.memory.microBatch });
    const pace = { perImage, perUpdate };
    this.pieceWork = (perImage * TASK_IMAGES) / this.pool.size;
    this.runWork = this.planSeconds(pace, 1, arms.length) - this.planSeconds(pace, 0, arms.length);
    return this.planSeconds(pace, runs, arms.length);
  }

  /** @param later seconds of work that follow */
  private async completeTrunk(later: number): Promise<void> {
    await this.frozen?.complete({
      begin: (pieces) => {
        this.meter.begin('preparing images', pieces, this.pieceWork * pieces, later);
      },
      finish: () => {
        this.meter.finish(this.pieceWork);
      },
      each: (tasks) => this.each(tasks, (task) => task()),
    });
  }

  /** Estimated seconds of a piece of the frozen pass, and of a run. */
  private pieceWork = 1;
  private runWork = 1;

  private planSeconds(pace: Pace, runs: number, arms = this.design.treatments.length): number {
    const { setup, stepsPerEpoch } = this.design;
    const { epochs } = setup.recipe;
    const load = { ...loadOf(this.design, this.survey), arms };
    return estimateSeconds(pace, load, { runs, stepsPerEpoch, epochs, observedSteps: stepsToObserve(stepsPerEpoch, epochs).length }, this.pool.size);
  }

  private async referenceGains(): Promise<readonly ReferenceGain[]> {
    const [normalized] = this.design.treatments;
    return this.pool.perform({ kind: 'references', seed: 0, features: this.frozen!.featuresOf(normalized!.name), probe: this.design.setup.probe });
  }

  private async runAll(phase: string, cells: readonly Cell[], remedy: Remedy | null = null): Promise<Run[]> {
    const { setup, splitOf, treatments } = this.design;
    const unprepared = treatments.filter(({ name }) => !this.frozen?.has(name) && cells.some(({ arm }) => arm === name));
    if (unprepared.length > 0) {
      await this.beginTrunk(unprepared, [], cells.length);
      await this.completeTrunk(this.runWork * cells.length);
    }
    this.meter.begin(phase, cells.length, this.runWork * cells.length, 0);
    return this.each(cells, async ({ arm, seed }) => {
      const split = splitOf(seed);
      const stepsPerEpoch = Math.ceil(split.train.length / setup.recipe.batchSize);
      const lesson = { arm, seed, ...split, microBatch: this.memory.microBatch, probe: setup.probe, observedSteps: stepsToObserve(stepsPerEpoch, setup.recipe.epochs) };
      const { run, seconds } = await this.pool.perform({ kind: 'run', lesson, features: this.frozen!.featuresOf(arm), remedy });
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

/** All runs of the first look. */
export function plannedCells({ treatments, looks }: ExperimentDesign): readonly Cell[] {
  return gridOf(treatments.map(({ name }) => name), range(0, looks[0]!));
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
