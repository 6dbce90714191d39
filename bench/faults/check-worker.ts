/**
 * Checks every n-th program of a half and appends one JSON line each. What was trained before comes from memory. Reads a
 * {@link CheckRequest} as JSON from standard input.
 */
import { appendFileSync, readFileSync } from 'node:fs';
import { finalMetric, runsOf } from '../../src/rules/learning.ts';
import type { Finding } from '../../src/rules/types.ts';
import { mean } from '../../src/stats/summary.ts';
import { peerAlarms } from '../peers/rules/peers.ts';
import { check, Memory, type Outcome } from './check.ts';
import type { Half } from './data-set.ts';
import type { Folders } from './pictures.ts';
import { inTurn } from './population.ts';
import { contentKey } from './program.ts';
import { sources } from './sources.ts';
import type { Places } from './workbench.ts';

interface CheckRequest {
  readonly half: Half;
  readonly folders: Folders;
  readonly places: Places;
  readonly memory: string;
  /** Hash of the code that measures. */
  readonly code: string;
  /** First number of a check. */
  readonly first: number;
  /** Checks of each healthy program. */
  readonly healthy: number;
  /** Faults of each program, at most. */
  readonly faults: number;
  readonly out: string;
  readonly shard: number;
  readonly shards: number;
}

const { half, folders, places, memory, code, first, healthy, faults, out, shard, shards } = JSON.parse(readFileSync(0, 'utf8')) as CheckRequest;
const dataOf = sources(folders);
const kept = new Memory(memory, code);
const tasks = inTurn(half).filter(({ rank }) => rank <= faults).flatMap((member) => Array.from({ length: member.operator === null ? healthy : 1 }, (_, index) => ({ ...member, number: first + index })));

for (const [index, { operator, strength, program, number }] of tasks.entries()) {
  if (index % shards !== shard) continue;
  const data = await dataOf(program);
  const outcome = await check(program, data, places, number, kept);
  const about = { half, base: program.base, operator, strength, number, key: contentKey(program, data) };
  appendFileSync(out, `${JSON.stringify({ ...about, ...summary(outcome) })}\n`);
}

function summary(outcome: Outcome): object {
  if (outcome.refused !== null) return { refused: outcome.refused, runs: 0, findings: [], accuracy: 0, margin: 0, peers: {} };
  const { evidence, judgement } = outcome;
  return {
    refused: null,
    runs: runsOf(evidence.runs, 'normalized').length,
    findings: judgement.findings.map(short),
    accuracy: mean(runsOf(evidence.runs, 'normalized').map(finalMetric)),
    margin: evidence.plan.margin.points,
    peers: peerAlarms(evidence, outcome.input),
  };
}

function short(finding: Finding): object {
  const { rule, severity, cause, sites, numbers, fix } = finding;
  return { rule, severity, cause, site: sites[0] ?? null, numbers, after: fix?.tried?.metric.after ?? null, explains: finding.explains.map(short) };
}
