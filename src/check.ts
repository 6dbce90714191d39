import path from 'node:path';
import { cacheFolder } from './cache-folder.ts';
import { checkIdOf } from './config/check-id.ts';
import type { Config } from './config/config.ts';
import { loadConfig } from './config/load-config.ts';
import { OVERRIDES, type Overrides } from './config/overrides.ts';
import { needsStatistics } from './config/treatments.ts';
import { findDataSet } from './data/load.ts';
import { readImages, roomForImages } from './data/read-images.ts';
import type { Evidence } from './evidence/types.ts';
import { describe } from './experiment/describe.ts';
import { CrossedExperiment } from './experiment/crossed.ts';
import { crossedDesigns } from './experiment/design.ts';
import { threadsAtFirst } from './experiment/experiment.ts';
import { findingPlaces } from './finding-places.ts';
import type { OnProgress } from './experiment/progress.ts';
import { Threads } from './experiment/threads.ts';
import { inputSize } from './model/model-file.ts';
import { armsToConfirm, isOpen, judge, untriedRemedies } from './rules/judge.ts';
import type { Judgement } from './rules/types.ts';
import { VERSION } from './version.ts';

export interface CheckRequest {
  readonly cwd: string;
  /** A config file, or a folder that holds one; null looks in `cwd`. */
  readonly configPath: string | null;
  readonly overrides: Overrides;
  /** Most threads to use; null: as many as there are cores, and memory for. */
  readonly threads: number | null;
  readonly onProgress: OnProgress;
  /** Is told which backend was chosen, and why, where that was left open. */
  readonly onNotice: (line: string) => void;
}

export interface CheckResult {
  readonly id: string;
  readonly evidence: Evidence;
  readonly judgement: Judgement;
}

/**
 * The whole job: what the user asked for, what was measured, what the rules say of it.
 *
 * @throws UserError when the check could not run for a reason that the user can mend
 */
export async function check(request: CheckRequest): Promise<CheckResult> {
  const { cwd, configPath, overrides } = request;
  const config = loadConfig({ cwd, path: configPath, overrides });
  const threads = LABORATORY === null ? null : new Threads(LABORATORY, config.backend === 'native' ? 1 : threadsAtFirst(request.threads));
  try {
    return await conduct(config, request, threads);
  } finally {
    await threads?.close();
  }
}

async function conduct(config: Config, { threads: mostThreads, onProgress, onNotice }: CheckRequest, threads: Threads | null): Promise<CheckResult> {
  const size = config.data.size ?? (await inputSize(config.model.path));
  const dataSet = await findDataSet(config.data);
  const images = roomForImages(dataSet.files.length, size);
  const readAll = () => readImages(dataSet.files, size, images);
  // An arm made of the images' statistics can only be planned once they are there.
  const readBefore = needsStatistics(config.input) ? readAll() : null;
  const experiment = new CrossedExperiment(crossedDesigns(config, dataSet, size, images), { onProgress, onNotice, mostThreads, threads, cache: cacheFolder() });
  try {
    // Meanwhile, the experiment's threads load the network.
    const read = readBefore ?? readAll();
    const { survey, design, notes } = await experiment.prepare();
    const facts = { ...describe(config, dataSet, design, survey, VERSION), notes: [...dataSet.notes, ...read.notes, ...notes] };
    const judged = (evidence: Evidence) => judge(evidence, config.thresholds, config.failOn);

    const measured = await experiment.conduct();
    let evidence: Evidence = { ...facts, ...measured, trials: [], confirmation: [], timing: experiment.timing() };
    for (const seeds of design.looks.slice(1)) {
      if (!isOpen(judged(evidence))) break;
      const runs = [...evidence.runs, ...(await experiment.goOn(seeds))];
      evidence = { ...evidence, runs, plan: { ...evidence.plan, seeds: Array.from({ length: seeds }, (_, seed) => seed) } };
    }
    for (let [remedy] = untriedRemedies(judged(evidence)); remedy; [remedy] = untriedRemedies(judged(evidence))) {
      evidence = { ...evidence, trials: [...evidence.trials, await experiment.attempt(remedy)] };
    }
    const doubted = armsToConfirm(judged(evidence));
    if (doubted.length > 0) evidence = { ...evidence, confirmation: await experiment.confirm(doubted) };
    evidence = { ...evidence, timing: experiment.timing() };
    return { id: config.id, evidence, judgement: judged(evidence) };
  } finally {
    await experiment.close();
  }
}

// Seen by the entries, which load the schema only through this file.
export { checkIdOf, findingPlaces, OVERRIDES };

/** The bundle of what threads serve; from source there is no file that a thread could load. */
const LABORATORY = typeof __BUNDLED__ === 'undefined' ? null : path.join(__dirname, 'laboratory.cjs');
declare const __BUNDLED__: boolean | undefined;
