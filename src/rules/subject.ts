import { heldOutTrivial } from '../evidence/trivial-answer.ts';
import type { Evidence } from '../evidence/types.ts';
import { summarizeArms } from './arms.ts';
import { compareArms } from './comparisons.ts';
import { layerVitals } from './layers.ts';
import type { Subject, Thresholds } from './types.ts';

/** The evidence with the figures that all rules read. */
export function subjectOf(evidence: Evidence, thresholds: Thresholds): Subject {
  return {
    evidence,
    thresholds,
    layers: layerVitals(evidence),
    arms: summarizeArms(evidence),
    comparisons: compareArms(evidence, evidence.runs),
    confirmations: compareArms(evidence, evidence.confirmation),
    trivialMetric: heldOutTrivial(evidence.task).metric,
    change: null,
  };
}
