import path from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { Config } from './config/config.ts';
import { loadConfig } from './config/load-config.ts';
import type { Overrides } from './config/overrides.ts';
import { isUserError } from './errors.ts';
import { comparabilityOf } from './evidence/comparability.ts';
import type { ContentKey, ShardBaseline, ShardSide } from './evidence/shard.ts';
import type { Environment, Evidence } from './evidence/types.ts';
import type { Share } from './experiment/grid.ts';
import type { Joined } from './experiment/join-shards.ts';
import { type MeasureOptions, Measurements } from './experiment/measurements.ts';
import { baselineCommit, type BaselineRequest, type Remote } from './git/baseline-commit.ts';
import { checkOut, counterpart, repositoryAround, type Worktree } from './git/worktree.ts';
import type { BaselineReport } from './report/types.ts';

/** Where to look for the code without this change. */
export interface BaselineSource {
  readonly cwd: string;
  readonly configPath: string | null;
  readonly profile: string | null;
  readonly overrides: Overrides;
  readonly request: BaselineRequest;
  readonly remote: Remote | null;
}

/** The side that it is compared with. */
export interface Head {
  readonly config: Config;
  readonly key: ContentKey;
  readonly computedBy: Pick<Environment, 'backend' | 'kernels'>;
}

/** The same check on the code without this change. */
export class Baseline {
  /** Null where there is no baseline; the head's own where the change touches nothing that is checked. */
  evidence: Evidence | null = null;

  private constructor(
    public report: BaselineReport,
    private readonly measurements: Measurements | null = null,
    private readonly worktree: Worktree | null = null,
  ) {}

  /** Never fails for what is wrong with the other code: then there is no baseline, and the report says why. */
  static async find(source: BaselineSource, head: Head, options: MeasureOptions): Promise<Baseline> {
    const none = (why: string) => new Baseline({ kind: 'none', why });
    const repository = await repositoryAround(source.cwd);
    if (repository === null) return none('there is no git repository around the working directory');
    const found = await baselineCommit(repository, source.request, source.remote);
    if ('why' in found) return none(found.why);
    const { commit } = found;
    const worktree = await checkOut(repository, commit, source.remote?.credentials ?? null);
    if ('why' in worktree) return none(`${worktree.why}, commit ${commit.slice(0, 10)}`);
    try {
      const measurements = await Measurements.of(await configAt(source, repository, worktree.root, head), options);
      if (!isDeepStrictEqual(measurements.key, head.key)) return new Baseline({ kind: 'compared', commit }, measurements, worktree);
      await worktree.remove();
      return new Baseline({ kind: 'untouched', commit });
    } catch (error) {
      await worktree.remove();
      return none(reasonOf(error, commit, worktree));
    }
  }

  /** Measures the other side, or takes what shards have measured of it. */
  async examine(head: Evidence, joinShards: JoinShards | null): Promise<void> {
    const { report, measurements } = this;
    if (report.kind === 'untouched') this.evidence = head;
    if (!measurements || report.kind === 'none') return;
    const known = joinShards?.(report.commit, measurements.key) ?? null;
    if (known && 'why' in known) {
      this.report = { kind: 'none', why: known.why };
      return;
    }
    if (known) measurements.use(known);
    try {
      const evidence = await upTo(head.plan.seeds.length, measurements);
      const comparability = comparabilityOf(evidence.environment, head.environment);
      if (comparability.kind === 'none') this.report = { kind: 'none', why: `it was computed by something else, ${comparability.why}` };
      else this.evidence = evidence;
    } catch (error) {
      this.report = { kind: 'none', why: reasonOf(error, report.commit, this.worktree!) };
    }
  }

  /** A part of the other side's runs. */
  async share(share: Share): Promise<ShardBaseline> {
    const { report, measurements } = this;
    if (report.kind !== 'compared' || !measurements) return report as ShardBaseline;
    try {
      const evidence = await measurements.share(share);
      return { kind: 'compared', commit: report.commit, side: sideOf(measurements, evidence) };
    } catch (error) {
      return { kind: 'none', why: reasonOf(error, report.commit, this.worktree!) };
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

/** What shards have measured of a commit together, or why there is nothing of it. */
export type JoinShards = (commit: string, key: ContentKey) => Joined | { readonly why: string };

/** What a shard hands on of a side. */
export function sideOf(measurements: Measurements, evidence: Evidence): ShardSide {
  return { key: measurements.key, evidence: evidence.runs.length > 0 ? evidence : null, reused: measurements.isReused, portable: measurements.isPortable };
}

/** Half a sentence for what the user can mend; every other error is a bug. */
function reasonOf(error: unknown, commit: string, worktree: Worktree): string {
  if (!isUserError(error)) throw error;
  return `the check cannot run at commit ${commit.slice(0, 10)}: ${error.what.replaceAll(worktree.root + path.sep, '')}`;
}

/** The config as it was there, in the same place; what computes is the head's, or the bits would differ for that alone. */
async function configAt({ cwd, configPath, profile, overrides }: BaselineSource, repository: string, worktree: string, head: Head): Promise<Config> {
  const there = async (file: string) => (await counterpart(repository, worktree, file)) ?? file;
  const config = loadConfig({ cwd: await there(cwd), path: configPath === null ? null : await there(path.resolve(cwd, configPath)), profile, overrides });
  const { backend, kernels } = head.computedBy;
  return { ...config, backend: backend as Config['backend'], kernels };
}

/** As many seeds as the head has, where the plan goes on to so many. */
async function upTo(seeds: number, measurements: Measurements): Promise<Evidence> {
  let evidence = await measurements.conduct();
  for (const look of evidence.plan.looks.slice(1).filter((look) => look <= seeds)) evidence = await measurements.goOn(evidence, look);
  return evidence;
}
