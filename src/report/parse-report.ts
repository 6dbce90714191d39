import * as z from 'zod';
import { UserError } from '../errors.ts';
import { plainData } from '../evidence/plain-data.ts';
import { parseEvidence } from '../evidence/serialize.ts';
import { judgementSchema } from './judgement-schema.ts';
import type { CouldNotRun, Report } from './types.ts';

const checkId = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._/-]{0,99}$/);
const couldNotRun = z.strictObject({ check: checkId, code: z.string().regex(/^[a-z][a-z0-9-]{0,60}$/), what: z.string().max(10_000), fix: z.string().max(10_000) });

const baseline = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('none'), why: z.string().max(10_000) }),
  z.object({ kind: z.enum(['untouched', 'compared']), commit: z.string().regex(/^[0-9a-f]{40,64}$/) }),
]);
const reportSchema = z.object({ evidence: z.unknown(), judgement: z.unknown(), baseline: z.exactOptional(baseline.nullable()), reused: z.exactOptional(z.boolean()) });

/**
 * Reads what `renderJson` wrote, from whoever may have changed it since.
 *
 * @param origin where the text comes from, for error messages
 * @throws UserError for what is not a report of this version, with the place that is wrong
 */
export function parseReport(text: string, origin: string): Report {
  const { evidence, judgement, ...rest } = parsed(reportSchema, text, origin);
  const checked = judgementSchema.safeParse(judgement);
  if (!checked.success) throw notAReport(origin, checked.error);
  const measured = parseEvidence(JSON.stringify(evidence ?? null), origin);
  if (!checkId.safeParse(measured.check.id).success) throw wrong(origin, '`evidence.check.id` is none');
  return { evidence: measured, judgement: checked.data, ...rest };
}

/** Reads why a check could not run, and which one. */
export function parseCouldNotRun(text: string, origin: string): CouldNotRun & { readonly check: string } {
  return parsed(couldNotRun, text, origin);
}

function parsed<Schema extends z.ZodType>(schema: Schema, text: string, origin: string): z.output<Schema> {
  const found = plainData(text);
  if ('why' in found) throw wrong(origin, found.why, { cause: found.cause });
  const checked = schema.safeParse(found.value);
  if (!checked.success) throw notAReport(origin, checked.error);
  return checked.data;
}

function notAReport(origin: string, { issues: [issue] }: z.ZodError): UserError {
  return wrong(origin, `\`${issue?.path.join('.') ?? ''}\` is wrong (${issue?.message ?? 'unknown'})`);
}

function wrong(origin: string, why: string, options?: ErrorOptions): UserError {
  return new UserError('bad-report', `'${origin}' is not a report of this version of layer-vitals: ${why}.`, 'Use the same version in both workflows, and run the check again.', options);
}
