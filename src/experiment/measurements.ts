import { createHash } from 'node:crypto';
import { deserialize, serialize } from 'node:v8';
import type { Config } from '../config/config.ts';
import { needsStatistics } from '../config/treatments.ts';
import type { DataSet } from '../data/load.ts';
import { readImages, roomForImages } from '../data/read-images.ts';
import type { Size } from '../data/resize.ts';
import type { Fingerprint } from '../evidence/fingerprint.ts';
import type { Remedy } from '../evidence/remedy.ts';
import type { ContentKey } from '../evidence/shard.ts';
import type { Evidence, Plan, RememberedInput, Run, Timing, Trial } from '../evidence/types.ts';
import { inputSize } from '../model/model-file.ts';
import { contentKey } from './content-key.ts';
import { CrossedExperiment } from './crossed.ts';
import { dataSetOf } from './data-set.ts';
import { checkFacts, describe, type Facts } from './describe.ts';
import { crossedDesigns, crossedInVain, setupOf } from './design.ts';
import type { Experiment, ExperimentOptions } from './experiment.ts';
import { FeatureCache } from './feature-cache.ts';
import { cellsOf, hasFirst, type Share, shareOf } from './grid.ts';
import type { Joined } from './join-shards.ts';
import { fingerprintApart, keptFingerprint, leftOut, rememberedBeside, requireExpected, settled } from './fingerprint/in-check.ts';

export interface MeasureOptions extends ExperimentOptions {
  /** Version of layer-vitals. */
  readonly version: string;
  /** Is told a plan that is not refused, before its first run; not where all was measured before. */
  readonly onPlan?: (plan: Plan) => void;
}

/** What is known before anything is trained. */
export type Rehearsal = Facts & Pick<Evidence, 'notes'>;

interface Prepared {
  readonly experiment: Experiment;
  /** Without what the network remembers. */
  readonly facts: Rehearsal;
  /** Asks it, beside what else the experiment's threads do. */
  readonly remembered: () => Promise<RememberedInput | null>;
}

/**
 * All that is measured of one config. What was measured before of the same content, by the same code, is read from the
 * cache instead; threads start when something has to be computed, and again after a {@link release}.
 */
export class Measurements {
  private open: { readonly experiment: Experiment; isReady: boolean } | null = null;
  private readonly started = performance.now();
  private trunkSeconds = 0;
  private timings: Timing['runs'] = [];
  private computed = 0;
  /** Memory made this machine measure otherwise than another one would. */
  private isMachineBound: boolean;
  private known: Joined | null = null;

  private constructor(
    private readonly config: Config,
    private readonly options: MeasureOptions,
    private readonly dataSet: DataSet,
    private readonly size: Size,
    readonly key: ContentKey,
  ) {
    // The others' last bits depend on the processor.
    this.isMachineBound = !['wasm', 'cpu'].includes(config.backend) || config.kernels !== 'exact';
  }

  /** @throws UserError where model or data cannot be found */
  static async of(config: Config, options: MeasureOptions): Promise<Measurements> {
    const size = config.data.size ?? (await inputSize(config.model.path));
    const dataSet = await dataSetOf(config.data, size);
    return new Measurements(config, options, dataSet, size, await contentKey(config));
  }

  /** Whether all came from the cache. */
  get isReused(): boolean {
    return this.computed === 0 && (this.known?.reused ?? true);
  }

  /** Whether another machine would measure the same bits. */
  get isPortable(): boolean {
    return !this.isMachineBound && (this.known?.portable ?? true);
  }

  /** Takes the plan as it was measured elsewhere, of the same content. */
  use(known: Joined): void {
    this.known = known;
  }

  timing(): Timing {
    const elsewhere = this.known?.evidence.timing.total ?? 0;
    return { total: elsewhere + (performance.now() - this.started) / 1000, trunk: this.trunkSeconds, runs: this.timings };
  }

  /**
   * Reads every image, builds the network and plans, and trains nothing.
   *
   * @throws UserError where a check could not begin
   */
  async rehearse(): Promise<Rehearsal> {
    const { facts, remembered } = await this.prepare();
    return withMemory(facts, await remembered());
  }

  /** The plan with its first number of seeds. */
  async conduct(): Promise<Evidence> {
    const kept = this.known?.evidence ?? (this.read('evidence') as Evidence | null);
    if (kept) {
      ({ trunk: this.trunkSeconds, runs: this.timings } = kept.timing);
      requireExpected(this.config, kept.plan.arms);
      const evidence = { ...kept, check: checkFacts(this.config), timing: this.timing() };
      if (this.known && this.isPortable) this.write(evidence, 'evidence');
      return evidence;
    }
    const { experiment, facts, remembered } = await this.prepare();
    const [measured, memory] = await Promise.all([experiment.conduct(undefined, () => this.options.onPlan?.(facts.plan)), remembered()]);
    this.open!.isReady = true;
    const evidence = { ...withMemory(facts, memory), ...measured, trials: [], confirmation: [], timing: this.add(experiment.timing()) };
    this.write(evidence, 'evidence');
    return evidence;
  }

  /** A part of the plan: its runs, and what is measured once per arm where the first run of the arm is among them. */
  async share(share: Share): Promise<Evidence> {
    const kept = this.read('evidence') as Evidence | null;
    const part = kept ? partOf(kept, share) : (this.read('share', share) as Evidence | null);
    if (part) return { ...part, check: checkFacts(this.config) };
    const { experiment, facts, remembered } = await this.prepare();
    const [measured, memory] = await Promise.all([experiment.conduct(shareOf(cellsOf(facts.plan), share), () => this.options.onPlan?.(facts.plan)), remembered()]);
    const evidence = { ...withMemory(facts, memory), ...measured, trials: [], confirmation: [], timing: this.add(experiment.timing()) };
    this.write(evidence, 'share', share);
    return evidence;
  }

  /** The same evidence with runs on more seeds, up to so many in all. */
  async goOn(evidence: Evidence, seeds: number): Promise<Evidence> {
    const more = await this.keep<readonly Run[]>((experiment) => experiment.goOn(seeds), evidence.plan.seeds.length, 'seeds', seeds);
    return { ...evidence, runs: [...evidence.runs, ...more], plan: { ...evidence.plan, seeds: Array.from({ length: seeds }, (_, seed) => seed) } };
  }

  /** The runs of arm `normalized` again with a remedy, on the seeds of the evidence. */
  attempt({ plan }: Evidence, remedy: Remedy): Promise<Trial> {
    return this.keep((experiment) => experiment.attempt(remedy), plan.seeds.length, 'trial', remedy);
  }

  /** Runs of the named arms on other seeds. */
  confirm({ plan }: Evidence, arms: readonly string[], seeds: readonly number[]): Promise<readonly Run[]> {
    return this.keep((experiment) => experiment.confirm(arms, seeds), plan.seeds.length, 'confirmation', [arms, seeds]);
  }

  /** Ends the threads, and gives their memory back. */
  async release(): Promise<void> {
    const { open } = this;
    this.open = null;
    await open?.experiment.close();
  }

  /** What was kept, or is computed now on top of what `seeds` seeds have shown. */
  private async keep<T>(compute: (experiment: Experiment) => Promise<T>, seeds: number, ...name: readonly unknown[]): Promise<T> {
    const kept = this.read(seeds, ...name) as T | null;
    if (kept) return kept;
    const { experiment } = this.open ?? (await this.prepare());
    if (!this.open!.isReady) experiment.resume(seeds);
    this.open!.isReady = true;
    const result = await compute(experiment);
    this.add(experiment.timing());
    this.write(result, seeds, ...name);
    return result;
  }

  private async prepare(): Promise<Prepared> {
    const { dataSet, size, options } = this;
    this.computed++;
    const images = roomForImages(dataSet.files.length, size);
    const readAll = () => readImages(dataSet.files, size, images);
    // What arms follow from, be it the images' statistics or the model's memories, has to be there before they are planned.
    const isAuto = this.config.input.normalization === 'auto';
    const readBefore = isAuto || needsStatistics(this.config.input) ? readAll() : null;
    const asked = isAuto ? await this.fingerprint(images, null) : null;
    const config = settled(this.config, asked);
    const experiment = new CrossedExperiment(crossedDesigns(config, dataSet, size, images), options);
    this.open = { experiment, isReady: false };
    // Meanwhile, the experiment's threads load the network.
    const read = readBefore ?? readAll();
    const { survey, design, notes } = await experiment.prepare();
    this.isMachineBound ||= notes.length > 0;
    const facts = describe(config, dataSet, design, survey, options.version);
    requireExpected(this.config, facts.plan.arms);
    return {
      experiment,
      facts: { ...facts, notes: [...dataSet.notes, ...read.notes, ...(asked ? [autoNote(asked), ...leftOut(this.config, config)] : []), ...crossedInVain(config, survey), ...notes] },
      remembered: async () => {
        const found = asked ?? (await this.fingerprint(images, experiment));
        return found && rememberedBeside(found, design.treatments);
      },
    };
  }

  /**
   * What the pretrained network remembers; labels are asked only where the normalization depends on it. Null without a
   * model file.
   *
   * @param experiment whose threads find it; null where there is none yet
   */
  private async fingerprint(images: Float32Array, experiment: Experiment | null): Promise<Fingerprint | null> {
    const { config, dataSet, size, options } = this;
    if (!config.model.path) return null;
    const { answers } = dataSet;
    const labels = config.input.normalization === 'auto' && answers.kind === 'labels' ? answers.labels : null;
    const setup = setupOf(config, dataSet, size, images);
    const key = await contentKey({ model: { path: config.model.path }, data: config.data, kernels: config.kernels });
    return keptFingerprint(setup, labels, options.cache, key, () => experiment?.fingerprint() ?? fingerprintApart(setup, labels, options.threads));
  }

  private add({ trunk, runs }: Timing): Timing {
    this.trunkSeconds = Math.max(this.trunkSeconds, trunk);
    this.timings = [...this.timings, ...runs.filter((run) => !this.timings.includes(run))];
    return this.timing();
  }

  private read(...name: readonly unknown[]): unknown {
    const { cache } = this.options;
    const content = cache === null || this.isMachineBound ? null : new FeatureCache(cache).read(this.nameOf(name));
    try {
      return content && (deserialize(content) as unknown);
    } catch {
      return null;
    }
  }

  private write(value: unknown, ...name: readonly unknown[]): void {
    const { cache } = this.options;
    // Unlike JSON, this keeps NaN and the sign of zero.
    if (cache !== null && !this.isMachineBound) new FeatureCache(cache).write(this.nameOf(name), serialize(value));
  }

  private nameOf(name: readonly unknown[]): string {
    return createHash('sha256').update(JSON.stringify(['measurements', this.key, name])).digest('hex');
  }
}

function withMemory(facts: Rehearsal, remembered: RememberedInput | null): Rehearsal {
  return remembered ? { ...facts, model: { ...facts.model, remembered } } : facts;
}

/** What a share would have measured of a plan. */
function partOf(evidence: Evidence, share: Share): Evidence {
  const cells = shareOf(cellsOf(evidence.plan), share);
  const isMine = (run: { readonly arm: string; readonly seed: number }) => cells.some(({ arm, seed }) => arm === run.arm && seed === run.seed);
  const { trunk, references, runs, timing, plan } = evidence;
  return {
    ...evidence,
    trunk: Object.fromEntries(Object.entries(trunk).filter(([arm]) => hasFirst(cells, arm))),
    references: hasFirst(cells, plan.arms[0]!.name) ? references : [],
    runs: runs.filter(isMine),
    timing: { ...timing, runs: timing.runs.filter(isMine) },
  };
}

function autoNote({ best, confidence }: Fingerprint): string {
  const sure = confidence === null ? 'a linear probe says so' : `probability ${(100 * confidence).toFixed(1)} %`;
  return `The normalization is inferred from the model (auto): ${best!.formula}, ${sure}.`;
}
