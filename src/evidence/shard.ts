import * as z from 'zod';
import { UserError } from '../errors.ts';
import { plainData } from './plain-data.ts';
import { evidenceSchema } from './schema.ts';
import { canonical, place } from './serialize.ts';
import { EVIDENCE_VERSION, type Evidence } from './types.ts';

/** Version of the format of a shard's file; a reader refuses any other. */
const SHARD_VERSION = 1;

/** What a check measures depends on, as hashes: equal ones promise equal bits. */
export interface ContentKey {
  readonly config: string;
  readonly model: string;
  readonly data: string;
  /** Code, kernels, and what runs them. */
  readonly engine: string;
}

/** Where and of what a shard was computed. */
export interface ShardOrigin {
  /** Id of the check. */
  readonly check: string;
  /** Version of layer-vitals. */
  readonly version: string;
  /** What ran it: version of Node, and the processor's architecture. */
  readonly runtime: string;
  /** Commit that was checked out; null outside of a repository. */
  readonly commit: string | null;
}

/** What a shard has measured of the code with the change, or without it. */
export interface ShardSide {
  readonly key: ContentKey;
  /** With a part of the runs; null where no run of this side falls to the shard. */
  readonly evidence: Evidence | null;
  /** Whether all of it was measured before. */
  readonly reused: boolean;
  /** Whether another machine would have measured the same bits. */
  readonly portable: boolean;
}

/** The code without this change: why there is none, that it is the same, why it cannot be checked, or what was measured. */
export type ShardBaseline =
  | { readonly kind: 'none'; readonly why: string }
  | { readonly kind: 'untouched'; readonly commit: string }
  | { readonly kind: 'compared'; readonly commit: string; readonly side: ShardSide };

/** A part of a check's runs. Nothing is judged in it. */
export interface Shard {
  readonly shardVersion: typeof SHARD_VERSION;
  /** From 1. */
  readonly index: number;
  readonly of: number;
  readonly origin: ShardOrigin;
  readonly head: ShardSide;
  /** Null where nobody asked for it. */
  readonly baseline: ShardBaseline | null;
}

/** A shard that came to nothing: why, for the report of the whole. */
export interface FailedShard extends Pick<Shard, 'shardVersion' | 'index' | 'of'> {
  readonly couldNotRun: { readonly code: string; readonly what: string; readonly fix: string };
}

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const commit = z.string().regex(/^[0-9a-f]{40,64}$/);
const line = z.string().max(10_000);
const part = z.int().min(1).max(10_000);

const side: z.ZodType<ShardSide> = z.strictObject({
  key: z.strictObject({ config: sha256, model: sha256, data: sha256, engine: sha256 }),
  evidence: evidenceSchema.nullable(),
  reused: z.boolean(),
  portable: z.boolean(),
});

const head = { shardVersion: z.literal(SHARD_VERSION), index: part, of: part };

const shardSchema: z.ZodType<Shard | FailedShard> = z.union([
  z.strictObject({ ...head, couldNotRun: z.strictObject({ code: z.string().regex(/^[a-z][a-z0-9-]{0,60}$/), what: line, fix: line }) }),
  z.strictObject({
    ...head,
    origin: z.strictObject({ check: z.string().max(100), version: z.string().max(100), runtime: z.string().max(100), commit: commit.nullable() }),
    head: side,
    baseline: z
      .discriminatedUnion('kind', [
        z.strictObject({ kind: z.literal('none'), why: line }),
        z.strictObject({ kind: z.literal('untouched'), commit }),
        z.strictObject({ kind: z.literal('compared'), commit, side }),
      ])
      .nullable(),
  }),
]);

/** A shard as JSON on one line, in which numbers keep every bit. */
export function serializeShard(shard: Omit<Shard, 'shardVersion'> | Omit<FailedShard, 'shardVersion'>): string {
  return `${JSON.stringify({ ...shard, shardVersion: SHARD_VERSION }, canonical)}\n`;
}

/**
 * Reads what `serializeShard` wrote, from whoever may have changed it since.
 *
 * @param origin where the text comes from, for error messages
 * @throws UserError for what is not a shard of this version, with the place that is wrong
 */
export function parseShard(text: string, origin: string): Shard | FailedShard {
  const found = plainData(text);
  if ('why' in found) throw notAShard(origin, `${found.why}; it may have been cut short`, { cause: found.cause });
  const { shardVersion, head: measured } = versions.catch({ shardVersion: undefined, head: undefined }).parse(found.value);
  if (shardVersion === undefined) throw notAShard(origin, 'it has no version of one');
  const version = measured?.evidence?.version;
  if (shardVersion !== SHARD_VERSION || (version !== undefined && version !== EVIDENCE_VERSION)) {
    throw notAShard(origin, 'another version of layer-vitals wrote it');
  }
  const parsed = shardSchema.safeParse(found.value);
  if (!parsed.success) throw notAShard(origin, `${deepest(parsed.error.issues)} is wrong`);
  if (parsed.data.index > parsed.data.of) throw notAShard(origin, '`index` is wrong');
  return parsed.data;
}

const versions = z.object({
  shardVersion: z.unknown(),
  head: z.object({ evidence: z.object({ version: z.unknown() }).nullable().catch(null) }).optional().catch(undefined),
});

/** The place that is wrong: of a union, where the alternative fails that came furthest. */
function deepest(issues: readonly z.core.$ZodIssue[], above: readonly PropertyKey[] = []): string {
  const paths = issues.flatMap((issue) => pathsOf(issue, above));
  return place(paths.toSorted((a, b) => b.length - a.length)[0] ?? []);
}

function pathsOf(issue: z.core.$ZodIssue, above: readonly PropertyKey[]): (readonly PropertyKey[])[] {
  const path = [...above, ...issue.path];
  const inner = issue.code === 'invalid_union' ? issue.errors.flat().flatMap((one) => pathsOf(one, path)) : [];
  return inner.length > 0 ? inner : [path];
}

function notAShard(origin: string, why: string, options?: ErrorOptions): UserError {
  return new UserError('bad-shard', `'${origin}' is not a shard of this version of layer-vitals: ${why}.`, 'Leave in the folder what `--shard` wrote, and run this shard again.', options);
}
