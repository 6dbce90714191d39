import path from 'node:path';
import type { Config } from './config/config.ts';
import { loadConfig } from './config/load-config.ts';
import type { Overrides } from './config/overrides.ts';
import { isUserError } from './errors.ts';
import type { Evidence } from './evidence/types.ts';
import { type MeasureOptions, Measurements } from './experiment/measurements.ts';
import { baselineCommit, type BaselineRequest, type Remote } from './git/baseline-commit.ts';
import { checkOut, counterpart, repositoryAround, type Worktree } from './git/worktree.ts';
import type { BaselineReport } from './report/types.ts';

/** Where to look for the code without this change. */
export interface BaselineSource {
  readonly cwd: string;
  readonly configPath: string | null;
  readonly overrides: Overrides;
  readonly request: BaselineRequest;
  readonly remote: Remote | null;
}

/** The side that it is compared with. */
export interface Head {
  readonly config: Config;
  readonly evidence: Evidence;
  readonly measurements: Measurements;
}

/** The same check on the code without this change. */
export class Baseline {
  private constructor(
    readonly report: BaselineReport,
    /** Null where there is no baseline; the head's own where the change touches nothing that is checked. */
    public evidence: Evidence | null,
    private readonly measurements: Measurements | null,
    private readonly worktree: Worktree | null,
  ) {}

  /** Never fails for what is wrong with the other code: then there is no baseline, and the report says why. */
  static async examine(source: BaselineSource, head: Head, options: MeasureOptions): Promise<Baseline> {
    const none = (why: string) => new Baseline({ kind: 'none', why }, null, null, null);
    const repository = await repositoryAround(source.cwd);
    if (repository === null) return none('there is no git repository around the working directory');
    const found = await baselineCommit(repository, source.request, source.remote);
    if ('why' in found) return none(found.why);
    const { commit } = found;
    const worktree = await checkOut(repository, commit, source.remote?.credentials ?? null);
    if ('why' in worktree) return none(`${worktree.why}, commit ${commit.slice(0, 10)}`);
    let measurements: Measurements | null = null;
    try {
      measurements = await Measurements.of(await configAt(source, repository, worktree.root, head), options);
      if (JSON.stringify(measurements.key) === JSON.stringify(head.measurements.key)) {
        await worktree.remove();
        return new Baseline({ kind: 'untouched', commit }, head.evidence, null, null);
      }
      const evidence = await upTo(head.evidence.plan.seeds.length, measurements);
      return new Baseline({ kind: 'compared', commit }, evidence, measurements, worktree);
    } catch (error) {
      await measurements?.release();
      await worktree.remove();
      if (!isUserError(error)) throw error;
      return none(`the check cannot run at commit ${commit.slice(0, 10)}: ${error.what.replaceAll(worktree.root + path.sep, '')}`);
    }
  }

  /** Runs of the named arms on seeds that were not used yet; nothing where both sides are one. */
  async confirm(arms: readonly string[], seeds: readonly number[]): Promise<void> {
    const { evidence, measurements } = this;
    if (evidence && measurements) this.evidence = { ...evidence, confirmation: await measurements.confirm(evidence, arms, seeds) };
  }

  async close(): Promise<void> {
    await this.measurements?.release();
    await this.worktree?.remove();
  }
}

/** The config as it was there, in the same place; what computes is the head's, or the bits would differ for that alone. */
async function configAt({ cwd, configPath, overrides }: BaselineSource, repository: string, worktree: string, head: Head): Promise<Config> {
  const there = async (file: string) => (await counterpart(repository, worktree, file)) ?? file;
  const config = loadConfig({ cwd: await there(cwd), path: configPath === null ? null : await there(path.resolve(cwd, configPath)), overrides });
  const { backend, kernels } = head.evidence.environment;
  return { ...config, backend: backend as Config['backend'], kernels };
}

/** As many seeds as the head has, where the plan goes on to so many. */
async function upTo(seeds: number, measurements: Measurements): Promise<Evidence> {
  let evidence = await measurements.conduct();
  for (const look of evidence.plan.looks.slice(1).filter((look) => look <= seeds)) evidence = await measurements.goOn(evidence, look);
  return evidence;
}
