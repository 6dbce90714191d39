import type { Remedy } from '../evidence/remedy.ts';
import type { Evidence, ReferenceGain } from '../evidence/types.ts';
import { drawnAnew, type InitializerChange, initializersFor } from './remedies.ts';
import { causeOf, type Culprit, isData } from './shrinkage-cause.ts';
import type { Fix, FixEffect, Text } from './types.ts';
import { name, names, text } from './words.ts';

/** A signal that a change makes no more than twice as large was not helped. */
const HELPFUL_GROWTH = 2;

const NORMALIZATION = name('{ layer: batch-normalization }');

/** Initial weights that reach the target gain of each culprit; none where the cause lies in the data. */
export function changesFor(evidence: Evidence, culprits: readonly [Culprit, ...Culprit[]], reference: ReferenceGain | null): readonly InitializerChange[] {
  const cause = causeOf(culprits[0], reference);
  return cause && isData(cause) ? [] : initializersFor(culprits.map(({ site }) => site), evidence);
}

export function remedyOf(changes: readonly InitializerChange[]): Remedy | null {
  const [proposal] = drawnAnew(changes);
  return proposal ? { rule: 'std-shrinkage', ...proposal } : null;
}

export function fixFor({ task }: Evidence, changes: readonly InitializerChange[], effect: FixEffect | null, limit: number): Fix {
  return { text: advice(task.metric, changes, effect, limit), remedy: remedyOf(changes), tried: effect };
}

function advice(metric: string, changes: readonly InitializerChange[], effect: FixEffect | null, limit: number): Text {
  const [first] = changes;
  if (!first) return text`Other initial weights do not mend this. Put ${NORMALIZATION} behind the layer.`;
  const list = changes.flatMap(({ change, layers }, index) => text`${index === 0 ? '' : '; '}${name(change)} on ${names(layers)}`);
  if (!effect) return text`${list}.`;
  if (effect.gain.high < 0) return text`No fix found: ${list} was tried and costs ${metric}. Put ${NORMALIZATION} behind ${them(changes)}.`;
  const after = effect.shrinkage?.after ?? 0;
  if (after <= HELPFUL_GROWTH * (effect.shrinkage?.before ?? 0)) return text`No fix found: ${list} was tried and changes little. Put ${NORMALIZATION} behind ${them(changes)}.`;
  return after < limit ? text`${list}. That alone is not enough: put ${NORMALIZATION} behind ${them(changes)} as well.` : text`${list}.`;
}

function them(changes: readonly InitializerChange[]): string {
  return changes.flatMap(({ layers }) => layers).length === 1 ? 'it' : 'each of them';
}
