import type { Baseline, JoinShards } from './baseline.ts';
import { sideOf } from './baseline.ts';
import type { Config } from './config/config.ts';
import { UserError } from './errors.ts';
import { parseShard, type Shard, type ShardOrigin } from './evidence/shard.ts';
import type { Share } from './experiment/grid.ts';
import { foreign, joined, type Joined, type Received, requireWhole } from './experiment/join-shards.ts';
import type { Measurements } from './experiment/measurements.ts';
import { headCommit } from './git/worktree.ts';
import { VERSION } from './version.ts';

/** What was read where a shard was expected. */
export interface ShardFile {
  /** Its name, for messages. */
  readonly from: string;
  readonly text: string;
}

/** What a shard has to have in common with whoever judges it. */
export async function originHere(config: Config, cwd: string): Promise<ShardOrigin> {
  const { node, v8 } = process.versions;
  return { check: config.id, version: VERSION, runtime: `Node ${node.split('.', 1)[0]!} (V8 ${v8}, ${process.arch})`, commit: await headCommit(cwd) };
}

/** @throws UserError for a plan that cannot be computed in so many parts */
export function requireParts({ backend, experiment, input, model }: Config, { of }: Share): void {
  if (backend === 'auto') {
    throw new UserError('shard-backend', '`backend: auto` cannot be computed in shards: each could choose another.', 'Name one: wasm or native.');
  }
  const runs = input.arms.length * (model.batchNorm?.length ?? 1) * experiment.seeds;
  if (of > runs) throw new UserError('too-many-shards', `The plan has ${runs} runs, too few for ${of} shards.`, `Use ${runs} shards at most.`);
}

/** Measures a part of each side. */
export async function measureShare(share: Share, origin: ShardOrigin, head: Measurements, baseline: () => Promise<Baseline | null>): Promise<Omit<Shard, 'shardVersion'>> {
  const side = sideOf(head, await head.share(share));
  await head.release();
  return { ...share, origin, head: side, baseline: (await (await baseline())?.share(share)) ?? null };
}

/** Shards of one plan, each there once. */
export class Shards {
  private constructor(private readonly received: readonly Received[]) {}

  /** @throws UserError that names the one which is not as it should be */
  static from(files: readonly ShardFile[], here: ShardOrigin): Shards {
    return new Shards(requireWhole(files.map(({ from, text }) => ({ from, shard: parseShard(text, from) })), here));
  }

  /** What they have measured of the code with the change. */
  head(key: Measurements['key']): Joined {
    return joined(this.received, ({ head }) => head, key);
  }

  /** What they have measured of the code without it. */
  readonly baseline: JoinShards = (commit, key) => {
    for (const received of this.received) {
      const { baseline } = received.shard;
      if (baseline === null) throw foreign(received, 'a check without a baseline');
      if (baseline.kind === 'none') return { why: baseline.why };
      if (baseline.commit !== commit || baseline.kind !== 'compared') throw foreign(received, `another baseline: commit ${baseline.commit.slice(0, 10)}, here ${commit.slice(0, 10)}`);
    }
    return joined(this.received, ({ baseline }) => (baseline as Extract<typeof baseline, { kind: 'compared' }>).side, key);
  };
}
