import * as z from 'zod';
import { UserError } from '../errors.ts';
import { EVIDENCE_VERSION, type Evidence } from './types.ts';
import { evidenceSchema } from './schema.ts';

const REMEDY = 'Run the check again with this version to write a new one.';

/**
 * Evidence as JSON on one line; the same evidence gives the same text, byte for byte, since keys are sorted. Numbers keep
 * every bit. What is not finite, which JSON cannot say, is the string `"NaN"`, `"Infinity"` or `"-Infinity"`.
 */
export function serializeEvidence(evidence: Evidence): string {
  return JSON.stringify(evidence, canonical);
}

/**
 * Reads what `serializeEvidence` wrote.
 *
 * @param origin where the text comes from, for error messages
 * @throws UserError for text that is cut short, of another version, or not evidence: with the place that is wrong
 */
export function parseEvidence(text: string, origin: string): Evidence {
  const value = parseJson(text, origin);
  const { version } = z.object({ version: z.unknown() }).catch({ version: undefined }).parse(value);
  if (version === undefined) throw new UserError('not-evidence', `'${origin}' is not evidence: it has no version.`, REMEDY);
  if (version !== EVIDENCE_VERSION) {
    const found = JSON.stringify(version);
    throw new UserError('evidence-version', `'${origin}' is evidence of version ${found}; this is version ${EVIDENCE_VERSION}.`, REMEDY);
  }
  const parsed = evidenceSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new UserError('bad-evidence', `'${origin}' is not evidence: ${place(issue?.path ?? [])} is wrong (${issue?.message ?? 'unknown'}).`, REMEDY);
}

function parseJson(text: string, origin: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new UserError('bad-evidence', `'${origin}' is not JSON; it may have been cut short.`, REMEDY, { cause: error });
  }
}

/** For `JSON.stringify`: the same data give the same text. */
export function canonical(_key: string, value: unknown): unknown {
  if (typeof value === 'number' && !Number.isFinite(value)) return String(value);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** `runs[3].epochs`. */
export function place(path: readonly PropertyKey[]): string {
  const steps = path.map((step) => (typeof step === 'number' ? `[${step}]` : `.${String(step)}`));
  return `\`${steps.join('').replace(/^\./, '') || 'the whole'}\``;
}
