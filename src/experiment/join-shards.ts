import { isDeepStrictEqual } from 'node:util';
import { UserError } from '../errors.ts';
import { comparabilityOf } from '../evidence/comparability.ts';
import type { ContentKey, FailedShard, Shard, ShardOrigin, ShardSide } from '../evidence/shard.ts';
import type { Evidence } from '../evidence/types.ts';
import { cellsOf, hasFirst, shareOf } from './grid.ts';

/** A shard as it arrived. */
export interface Received {
  /** The file or artifact that it came in. */
  readonly from: string;
  readonly shard: Shard;
}

/** What of a plan was measured by all shards together. */
export interface Joined {
  readonly evidence: Evidence;
  readonly reused: boolean;
  readonly portable: boolean;
}

const AGAIN = 'Run it again with the same code, config and version as the others.';

/**
 * Sees to it that every shard is there once, that all have come to an end, and that they belong together and here.
 *
 * @returns them in order
 * @throws UserError that names the first one which is not as it should be
 */
export function requireWhole(arrived: readonly { readonly from: string; readonly shard: Shard | FailedShard }[], here: ShardOrigin): readonly Received[] {
  const [first] = arrived;
  if (!first) throw new UserError('no-shards', 'There is no shard to merge.', 'Name the folder in which `check --shard i/n --json FILE` has written them.');
  const { of } = first.shard;
  const other = arrived.find(({ shard }) => shard.of !== of);
  if (other) throw new UserError('foreign-shard', `${named(other)} and ${named(first)} are parts of different plans.`, 'Merge shards of one plan: the same n for all of them.');
  const inOrder = Array.from({ length: of }, (_, at) => {
    const [one, twin] = arrived.filter(({ shard }) => shard.index === at + 1);
    if (!one) throw new UserError('missing-shard', `Shard ${at + 1} of ${of} is missing.`, 'Run it, or see why it left nothing; nothing is judged without it.');
    if (twin) throw new UserError('duplicate-shard', `Shard ${at + 1} of ${of} is there twice: '${one.from}' and '${twin.from}'.`, 'Leave one of them.');
    return one;
  });
  return inOrder.map(({ from, shard }) => {
    if ('couldNotRun' in shard) {
      const { couldNotRun } = shard;
      throw new UserError(couldNotRun.code, `Shard ${shard.index} of ${of} could not run: ${couldNotRun.what}`, couldNotRun.fix);
    }
    requireOrigin({ from, shard }, here);
    return { from, shard };
  });
}

function requireOrigin(received: Received, here: ShardOrigin): void {
  const { origin } = received.shard;
  const facts = [['check', 'check'], ['version', 'version of layer-vitals'], ['runtime', 'version of Node'], ['commit', 'commit']] as const;
  for (const [fact, word] of facts) if (origin[fact] !== here[fact]) throw foreign(received, `another ${word}: ${origin[fact] ?? 'none'}, here ${here[fact] ?? 'none'}`);
}

/**
 * One plan from its parts: what would have been measured at once, bit for bit, but for the timing.
 *
 * @param sideOf of a shard: the code with the change, or without it
 * @param key of the content that is to be judged here
 * @throws UserError for a shard of other content or another plan, or one that holds other runs than it should
 */
export function joined(shards: readonly Received[], sideOf: (shard: Shard) => ShardSide, key: ContentKey): Joined {
  for (const received of shards) requireContent(received, sideOf(received.shard).key, key);
  const parts = shards.flatMap((received) => {
    const { evidence } = sideOf(received.shard);
    return evidence ? [{ ...received, evidence }] : [];
  });
  const [first] = parts;
  if (!first) throw foreign(shards[0]!, 'no plan: it has no runs');
  const cells = cellsOf(first.evidence.plan);
  const doubts = new Set<string>();
  for (const part of parts) {
    const why = requireSamePlan(part, first);
    if (why !== null) doubts.add(why);
  }
  for (const received of shards) requireShare(received, sideOf(received.shard).evidence, cells, first.evidence.plan.arms[0]!.name);
  const all = parts.map(({ evidence }) => evidence);
  const inOrder = <Item extends { readonly arm: string; readonly seed: number }>(items: readonly Item[]) =>
    cells.flatMap(({ arm, seed }) => items.filter((item) => item.arm === arm && item.seed === seed));
  const trunk = Object.assign({}, ...all.map((evidence) => evidence.trunk)) as Evidence['trunk'];
  return {
    evidence: {
      ...first.evidence,
      trunk: Object.fromEntries(first.evidence.plan.arms.flatMap(({ name }) => (trunk[name] ? [[name, trunk[name]]] : []))),
      runs: inOrder(all.flatMap(({ runs }) => runs)),
      references: all.flatMap(({ references }) => references),
      notes: [...first.evidence.notes, ...[...doubts].map((why) => `The shards were not computed alike (${why}): their numbers agree up to rounding.`)],
      timing: {
        total: Math.max(...all.map(({ timing }) => timing.total)),
        trunk: Math.max(...all.map(({ timing }) => timing.trunk)),
        runs: inOrder(all.flatMap(({ timing }) => timing.runs)),
      },
    },
    reused: shards.every(({ shard }) => sideOf(shard).reused),
    portable: shards.every(({ shard }) => sideOf(shard).portable),
  };
}

function requireContent(received: Received, its: ContentKey, here: ContentKey): void {
  const parts = [['engine', 'build of layer-vitals'], ['config', 'config'], ['model', 'model'], ['data', 'set of images']] as const;
  for (const [part, word] of parts) if (its[part] !== here[part]) throw foreign(received, `another ${word} than here`);
}

/** @returns why numbers may differ in their last bits; null where they do not */
function requireSamePlan(part: Received & { readonly evidence: Evidence }, first: Received & { readonly evidence: Evidence }): string | null {
  const [a, b] = [part.evidence, first.evidence];
  const comparability = comparabilityOf(b.environment, a.environment);
  if (comparability.kind === 'none') throw foreign(part, `another backend or version than shard ${first.shard.index}: ${comparability.why}`);
  const parts = ['plan', 'model', 'task', 'data', 'sites', 'notes'] as const;
  const differs = parts.find((fact) => !isDeepStrictEqual(a[fact], b[fact]));
  if (differs) throw foreign(part, `another plan than shard ${first.shard.index} (\`${differs}\`)`);
  return comparability.kind === 'rounding' ? comparability.why : null;
}

/** A shard holds its own runs and what goes with them, no more and no less. */
function requireShare(received: Received, evidence: Evidence | null, cells: ReturnType<typeof cellsOf>, normalized: string): void {
  const mine = shareOf(cells, received.shard);
  const observed = [...new Set(cells.map(({ arm }) => arm))].filter((arm) => hasFirst(mine, arm));
  const runs = (evidence?.runs ?? []).map(({ arm, seed }) => ({ arm, seed }));
  const holds =
    isDeepStrictEqual(runs, mine) &&
    isDeepStrictEqual(Object.keys(evidence?.trunk ?? {}).sort(), observed.sort()) &&
    (evidence === null || hasFirst(mine, normalized) || evidence.references.length === 0) &&
    (evidence?.trials ?? []).length === 0 &&
    (evidence?.confirmation ?? []).length === 0;
  if (!holds) throw new UserError('bad-shard', `${named(received)} does not hold the runs of that shard.`, 'Run it again.');
}

export function foreign(received: Received, what: string): UserError {
  return new UserError('foreign-shard', `${named(received)} is of ${what}.`, AGAIN);
}

function named({ from, shard }: { readonly from: string; readonly shard: Pick<Shard, 'index' | 'of'> }): string {
  return `Shard ${shard.index} of ${shard.of} ('${from}')`;
}
