/** A check of one program, conducted and judged as the product does it: `src/check.ts` without files. */
import { createHash } from 'node:crypto';
import { deserialize, serialize } from 'node:v8';
import { gunzipSync, gzipSync } from 'node:zlib';
import { thresholdSettings } from '../../src/config/threshold-settings.ts';
import { thresholdsOf } from '../../src/config/thresholds.ts';
import { randomOf, shuffled } from '../../src/engine/seeding.ts';
import { UserError } from '../../src/errors.ts';
import type { Remedy } from '../../src/evidence/remedy.ts';
import { EVIDENCE_VERSION, type Evidence, type Run } from '../../src/evidence/types.ts';
import { rotatingFolds } from '../../src/experiment/design.ts';
import { FeatureCache } from '../../src/experiment/feature-cache.ts';
import { validationFacts, type Split } from '../../src/experiment/plan.ts';
import { stepsToObserve } from '../../src/experiment/observed-steps.ts';
import { armsToConfirm, judge, untriedRemedies } from '../../src/rules/judge.ts';
import type { Judgement } from '../../src/rules/types.ts';
import { alphaOfLook } from '../../src/stats/looks.ts';
import { defaultMargin, plannedMargin } from '../../src/stats/precision.ts';
import { smallestP } from '../../src/stats/sign-flip.ts';
import type { InputFacts } from '../peers/rules/peers.ts';
import { type DataSet, examplesFor } from './data-set.ts';
import { contentKey, type Program } from './program.ts';
import { noisy, openWorkbench, type Places, type Workbench } from './workbench.ts';

/** Seeds of a check, as by default. */
const SEEDS = 6;
const EXAMPLES = 240;
const FOLDS = 4;
/** Training seeds of one check lie within so many numbers. */
const STRIDE = 100;

export type Outcome = { readonly refused: string } | { readonly refused: null; readonly evidence: Evidence; readonly judgement: Judgement; readonly input: InputFacts };

/** Keeps what was trained under the hash of all that decides it. */
export class Memory {
  private readonly cache: FeatureCache | null;

  /**
   * @param folder null keeps nothing
   * @param code hash of the code that measures
   */
  constructor(
    folder: string | null,
    private readonly code: string,
  ) {
    this.cache = folder === null ? null : new FeatureCache(folder);
  }

  of<T>(about: readonly unknown[], measure: () => T): T {
    const key = createHash('sha256').update(JSON.stringify([this.code, ...about])).digest('hex');
    const kept = this.cache?.read(key);
    if (kept) return deserialize(gunzipSync(kept)) as T;
    const measured = measure();
    this.cache?.write(key, gzipSync(serialize(measured), { level: 1 }));
    return measured;
  }
}

/** @param number decides examples, split and all seeds */
export async function check(program: Program, data: DataSet, places: Places, number: number, memory: Memory): Promise<Outcome> {
  const examples = chosenExamples(data, number);
  let bench: Workbench;
  try {
    bench = await openWorkbench(program, data, examples, places, false);
  } catch (error) {
    if (error instanceof UserError) return { refused: error.code };
    throw error;
  }
  try {
    return { refused: null, input: bench.input, ...conducted(new Conduct(program, data, bench, examples, number, memory)) };
  } finally {
    bench.close();
  }
}

function conducted(conduct: Conduct): { evidence: Evidence; judgement: Judgement } {
  const judged = (evidence: Evidence) => judge(evidence, thresholdsOf(thresholdSettings.parse({})), 'error');
  let evidence = conduct.measured();
  for (let [remedy] = untriedRemedies(judged(evidence)); remedy; [remedy] = untriedRemedies(judged(evidence))) {
    evidence = { ...evidence, trials: [...evidence.trials, conduct.attempt(remedy)] };
  }
  const doubted = armsToConfirm(judged(evidence));
  if (doubted.length > 0) evidence = { ...evidence, confirmation: conduct.runs(doubted, range(SEEDS, 2 * SEEDS), null) };
  return { evidence, judgement: judged(evidence) };
}

function chosenExamples(data: DataSet, number: number): number[] {
  const all = examplesFor('detector', data);
  return Array.from(shuffled(all.length, randomOf(number, 'faults/check'))).slice(0, EXAMPLES).map((position) => all[position]!);
}

class Conduct {
  private readonly splitOf: (seed: number) => Split;
  private readonly key: string;

  constructor(
    private readonly program: Program,
    private readonly data: DataSet,
    private readonly bench: Workbench,
    private readonly examples: readonly number[],
    private readonly number: number,
    private readonly memory: Memory,
  ) {
    bench.labels.set(noisy(data.labels, program, data.classes, number));
    const local = rotatingFolds(Int32Array.from(examples, (example) => bench.labels[example]!), FOLDS);
    const global = (positions: readonly number[]) => positions.map((position) => examples[position]!);
    this.splitOf = (seed) => {
      const { fold, train, validation } = local(seed);
      return { fold, train: global(train), validation: global(validation) };
    };
    this.key = contentKey(program, data);
  }

  measured(): Evidence {
    const { bench, number, memory, key } = this;
    const survey = memory.of([key, 'survey'], () => bench.laboratory.survey());
    const normalized = bench.features.get('normalized')!;
    const trunk = Object.fromEntries(bench.arms.map((arm) => [arm.name, memory.of([key, number, 'trunk', arm.name], () => bench.trunk.observations(arm, bench.probe))]));
    return {
      ...this.facts(survey),
      sites: survey.sites,
      trunk,
      references: memory.of([key, number, 'references'], () => bench.laboratory.referenceGains(this.seedOf(0), normalized, bench.probe)),
      runs: this.runs(bench.arms.map(({ name }) => name), range(0, SEEDS), null),
      trials: [],
      confirmation: [],
      notes: [],
      timing: { total: 0, trunk: 0, runs: [] },
    };
  }

  runs(arms: readonly string[], seeds: readonly number[], remedy: Remedy | null): Run[] {
    return seeds.flatMap((seed) => arms.map((arm) => this.memory.of([this.key, this.number, arm, seed, remedy], () => this.run(arm, seed, remedy))));
  }

  attempt(remedy: Remedy): Evidence['trials'][number] {
    const { rule, change, sites } = remedy;
    return { rule, change, sites, runs: this.runs(['normalized'], range(0, SEEDS), remedy) };
  }

  private run(arm: string, seed: number, remedy: Remedy | null): Run {
    const { program, bench } = this;
    const split = this.splitOf(seed);
    const stepsPerEpoch = Math.ceil(split.train.length / program.batchSize);
    const lesson = { arm, seed: this.seedOf(seed), ...split, probe: bench.probe, observedSteps: stepsToObserve(stepsPerEpoch, program.epochs) };
    return { ...bench.laboratory.run(lesson, bench.features.get(arm)!, remedy), seed };
  }

  private seedOf(seed: number): number {
    return this.number * STRIDE + seed;
  }

  private facts(survey: ReturnType<Workbench['laboratory']['survey']>): Omit<Evidence, 'sites' | 'trunk' | 'runs' | 'references' | 'trials' | 'confirmation' | 'notes' | 'timing'> {
    const { program, data, bench, examples, splitOf } = this;
    const { epochs, batchSize, optimizer, learningRate } = program;
    const splits = range(0, SEEDS).map(splitOf);
    const validation = validationFacts({ kind: 'folds', folds: FOLDS }, splits);
    const stepsPerEpoch = Math.max(...splits.map(({ train }) => Math.ceil(train.length / batchSize)));
    const planned = plannedMargin(validation, SEEDS, alphaOfLook([SEEDS], SEEDS));
    return {
      version: EVIDENCE_VERSION,
      check: { id: 'faults', config: program.base },
      environment: { version: 'bench', tfjs: survey.backend.tfjs, backend: survey.backend.name, kernels: 'exact', fusedMultiplyAdd: survey.fusedMultiplyAdd },
      model: {
        name: program.pretrained ? 'efficientnet-lite0' : 'network trained from scratch',
        path: program.pretrained ? 'efficientnet-lite0' : null,
        boundary: survey.boundary,
        newLayers: survey.newLayers,
        parameters: survey.parameters,
        trainableParameters: survey.trainableParameters,
        train: 'head',
      },
      task: survey.task,
      data: {
        path: data.name,
        images: examples.length,
        classes: range(0, data.classes).map(String),
        counts: range(0, data.classes).map((label) => examples.filter((example) => bench.labels[example] === label).length),
        size: [data.shape[0]!, data.shape[1] ?? 1],
        validation,
        channels: [bench.channel],
      },
      plan: {
        arms: bench.armFacts,
        seeds: range(0, SEEDS),
        looks: [SEEDS],
        epochs,
        batchSize,
        stepsPerEpoch,
        optimizer,
        learningRate,
        observedSteps: stepsToObserve(stepsPerEpoch, epochs),
        margin: { points: defaultMargin(planned), planned, chosen: false },
        smallestP: smallestP(SEEDS),
        probeImages: bench.probe.length,
      },
    };
  }
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, index) => from + index);
}
