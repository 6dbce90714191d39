/**
 * What other detectors would say of the same evidence. Reimplemented from their published definitions; not their code.
 * Where they look at the gradients of weights, these look at those of outputs, which are what the evidence holds.
 */
import type { Evidence, Run } from '../../../src/evidence/types.ts';
import { autoTrainer } from './auto-trainer.ts';
import { deepDiagnosis } from './deep-diagnosis.ts';
import { sageMaker } from './sage-maker.ts';
import { umlaut } from './umlaut.ts';

/** The values that a network is fed, of arm `normalized`. */
export interface InputFacts {
  readonly min: number;
  readonly max: number;
  readonly mean: number;
}

/** Names of what fires for one run. */
export type PeerRule = (evidence: Evidence, run: Run, input: InputFacts) => readonly string[];

const PEERS: Readonly<Record<string, PeerRule>> = { 'SageMaker Debugger': sageMaker, AutoTrainer: autoTrainer, DeepDiagnosis: deepDiagnosis, UMLAUT: umlaut };

/** What fires in the first run of arm `normalized`: these tools watch one training. */
export function peerAlarms(evidence: Evidence, input: InputFacts): Record<string, readonly string[]> {
  const run = evidence.runs.find(({ arm }) => arm === 'normalized')!;
  return Object.fromEntries(Object.entries(PEERS).map(([name, rule]) => [name, rule(evidence, run, input)]));
}
