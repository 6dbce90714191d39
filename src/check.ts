import path from 'node:path';
import { Baseline } from './baseline.ts';
import { cacheFolder } from './cache-folder.ts';
import { checkIdOf } from './config/check-id.ts';
import type { Config } from './config/config.ts';
import { loadConfig } from './config/load-config.ts';
import { OVERRIDES, type Overrides } from './config/overrides.ts';
import { NIGHTLY } from './config/profiles.ts';
import { serializeShard, type Shard, type ShardSide } from './evidence/shard.ts';
import type { Environment, Evidence } from './evidence/types.ts';
import { threadsAtFirst } from './experiment/experiment.ts';
import { type Share, shareCalled } from './experiment/grid.ts';
import { type MeasureOptions, Measurements, type Rehearsal } from './experiment/measurements.ts';
import { findingPlaces } from './finding-places.ts';
import { memoryOfMachine } from './experiment/plan.ts';
import type { OnProgress } from './experiment/progress.ts';
import { Threads } from './experiment/threads.ts';
import type { BaselineRequest, Remote } from './git/baseline-commit.ts';
import { reach } from './report/rehearsal.ts';
import type { CouldNotRun, Report } from './report/types.ts';
import { armsToConfirm, changesToConfirm, isOpen, judge, untriedRemedies } from './rules/judge.ts';
import type { Judgement } from './rules/types.ts';
import { measureShare, originHere, requireParts, type ShardFile, Shards } from './shards.ts';
import { VERSION } from './version.ts';

export interface CheckRequest {
  readonly cwd: string;
  /** A config file, or a folder that holds one; null looks in `cwd`. */
  readonly configPath: string | null;
  /** Name of a profile of the config; null: none. */
  readonly profile: string | null;
  readonly overrides: Overrides;
  /** What `baseline: auto` stands for here; null: nothing to compare with. */
  readonly change: BaselineRequest | null;
  /** Where commits come from that are not here; null: `origin`. */
  readonly remote: Remote | null;
  /** Most threads to use; null: as many as there are cores, and memory for. */
  readonly threads: number | null;
  readonly onProgress: OnProgress;
  /** Is told which backend was chosen, and why, where that was left open. */
  readonly onNotice: (line: string) => void;
}

export interface CheckResult extends Report {
  readonly id: string;
}

/** What came of a shard. */
export interface ShareResult extends Share {
  readonly id: string;
  /** What it hands on, as the text of a file. */
  readonly file: string;
  /** How many runs fell to it, of the code with the change and without it. */
  readonly runs: { readonly head: number; readonly baseline: number };
  readonly seconds: number;
}

/**
 * The whole job: what the user asked for, what was measured, with this change and without it, what the rules say of it.
 *
 * @param files shards in which the plan was measured elsewhere; null measures it here
 * @throws UserError when the check could not run for a reason that the user can mend
 */
export async function check(request: CheckRequest, files: readonly ShardFile[] | null = null): Promise<CheckResult> {
  // What shards have measured leaves little to compute, most often nothing.
  return within(request, files ? 0 : threadsAtFirst(request.threads), async (config, options) => {
    const shards = files && Shards.from(files, await originHere(config, request.cwd));
    return examine(config, request, options, shards);
  });
}

/**
 * Measures a part of the plan, and judges nothing.
 *
 * @throws UserError when it could not run for a reason that the user can mend
 */
export async function checkShare(request: CheckRequest, share: Share): Promise<ShareResult> {
  return within(request, threadsAtFirst(request.threads), async (config, options) => {
    requireParts(config, share);
    const head = await Measurements.of(config, options);
    let baseline: Baseline | null = null;
    try {
      const shard = await measureShare(share, await originHere(config, request.cwd), head, async () => (baseline = await findBaseline(config, request, options, head, config)));
      return { ...share, id: config.id, file: serializeShard(shard), runs: runsIn(shard), seconds: head.timing().total };
    } finally {
      await head.release();
      await (baseline as Baseline | null)?.close();
    }
  });
}

/** What a shard leaves that came to nothing, so that the report of the whole can say why. */
export function failedShare(share: Share, { code, what, fix }: CouldNotRun): string {
  return serializeShard({ ...share, couldNotRun: { code, what, fix } });
}

/** A job with its config and its threads, some of which start now. */
async function within<T>(request: Omit<CheckRequest, 'change' | 'remote'>, startNow: number, job: (config: Config, options: MeasureOptions) => Promise<T>): Promise<T> {
  const { cwd, configPath, profile, overrides, threads: mostThreads, onProgress, onNotice } = request;
  const config = loadConfig({ cwd, path: configPath, profile, overrides });
  const threads = LABORATORY === null ? null : new Threads(LABORATORY, config.backend === 'native' ? Math.min(1, startNow) : startNow);
  try {
    const onPlan = (plan: Evidence['plan']) => {
      reach(plan).forEach(onNotice);
    };
    return await job(config, { version: VERSION, onProgress, onNotice, onPlan, mostThreads, threads, cache: cacheFolder() });
  } finally {
    await threads?.close();
  }
}

/**
 * Everything that comes before the first update: config, images, network, plan.
 *
 * @throws UserError where a check could not begin
 */
export async function rehearse(request: Omit<CheckRequest, 'change' | 'remote'>): Promise<Rehearsal> {
  return within(request, 1, async (config, options) => {
    const measurements = await Measurements.of(config, { ...options, cache: null });
    try {
      return await measurements.rehearse();
    } finally {
      await measurements.release();
    }
  });
}

async function examine(config: Config, request: CheckRequest, options: MeasureOptions, shards: Shards | null): Promise<CheckResult> {
  const measurements = await Measurements.of(config, options);
  if (shards) measurements.use(shards.head(measurements.key));
  let baseline: Baseline | null = null;
  try {
    let evidence = await measure(measurements, (found) => judge(found, config.thresholds, config.failOn));
    await measurements.release();
    baseline = await findBaseline(config, request, options, measurements, evidence.environment);
    await baseline?.examine(evidence, shards?.baseline ?? null);
    const introducedOnly = config.judge === 'introduced';
    const judged = () => judge(evidence, config.thresholds, config.failOn, baseline?.evidence ? { evidence: baseline.evidence, introducedOnly } : null);
    const doubted = changesToConfirm(judged());
    if (doubted.length > 0) {
      evidence = await withConfirmation(measurements, evidence, doubted);
      await measurements.release();
      await baseline?.confirm(doubted, freshSeeds(evidence));
    }
    evidence = { ...evidence, timing: measurements.timing() };
    return { id: config.id, evidence, judgement: judged(), baseline: baseline?.report ?? null, reused: measurements.isReused };
  } finally {
    await measurements.release();
    await baseline?.close();
  }
}

/** The other side, where one is wanted. */
async function findBaseline(config: Config, request: CheckRequest, options: MeasureOptions, { key }: Measurements, { backend, kernels }: Pick<Environment, 'backend' | 'kernels'>): Promise<Baseline | null> {
  const wanted = baselineRequest(config.baseline, request.change);
  return wanted && Baseline.find({ ...request, request: wanted }, { config, key, computedBy: { backend, kernels } }, { ...options, onProgress: aside(request.onProgress), onPlan: () => undefined });
}

function runsIn({ head, baseline }: Pick<Shard, 'head' | 'baseline'>): ShareResult['runs'] {
  const count = ({ evidence }: ShardSide) => evidence?.runs.length ?? 0;
  return { head: count(head), baseline: baseline?.kind === 'compared' ? count(baseline.side) : 0 };
}

/** The plan, more seeds while a comparison is open, what might cure what was found, and again what rests on a test. */
async function measure(measurements: Measurements, judged: (evidence: Evidence) => Judgement): Promise<Evidence> {
  let evidence = await measurements.conduct();
  for (const seeds of evidence.plan.looks.slice(1)) {
    if (!isOpen(judged(evidence))) break;
    evidence = await measurements.goOn(evidence, seeds);
  }
  for (let [remedy] = untriedRemedies(judged(evidence)); remedy; [remedy] = untriedRemedies(judged(evidence))) {
    evidence = { ...evidence, trials: [...evidence.trials, await measurements.attempt(evidence, remedy)] };
  }
  const doubted = armsToConfirm(judged(evidence));
  return doubted.length > 0 ? withConfirmation(measurements, evidence, doubted) : evidence;
}

/** Adds runs of the arms on fresh seeds, where there are none yet. */
async function withConfirmation(measurements: Measurements, evidence: Evidence, arms: readonly string[]): Promise<Evidence> {
  const known = new Set(evidence.confirmation.map(({ arm }) => arm));
  const missing = arms.filter((arm) => !known.has(arm));
  if (missing.length === 0) return evidence;
  return { ...evidence, confirmation: [...evidence.confirmation, ...(await measurements.confirm(evidence, missing, freshSeeds(evidence)))] };
}

/** As many seeds as the evidence has, none of which the plan may use. */
function freshSeeds({ plan: { seeds, looks } }: Evidence): readonly number[] {
  return seeds.map((_, index) => looks.at(-1)! + index);
}

function baselineRequest(wanted: string, change: BaselineRequest | null): BaselineRequest | null {
  if (wanted === 'off') return null;
  return wanted === 'auto' ? change : { kind: 'ref', ref: wanted };
}

/** Progress of what is done on the other side. */
function aside(onProgress: OnProgress): OnProgress {
  return (progress) => {
    onProgress({ ...progress, phase: `baseline: ${progress.phase}` });
  };
}

// Seen by the entries, which load the schema only through this file.
export { checkIdOf, findingPlaces, loadConfig, memoryOfMachine, NIGHTLY, OVERRIDES, shareCalled };

/** The bundle of what threads serve; from source there is no file that a thread could load. */
const LABORATORY = typeof __BUNDLED__ === 'undefined' ? null : path.join(__dirname, 'laboratory.cjs');
declare const __BUNDLED__: boolean | undefined;
