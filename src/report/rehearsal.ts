import type { Evidence } from '../evidence/types.ts';
import { count, pValue, shortNumber, SMALLEST_SHOWN } from './numbers.ts';
import { logSafe } from './plain.ts';
import { imagesOf } from './words/headline.ts';

/** What is known of a check before anything is trained. */
export type Rehearsal = Pick<Evidence, 'check' | 'model' | 'task' | 'data' | 'plan' | 'notes'>;

/** What a check would do, line by line, for a terminal. */
export function rehearsalLines({ check, model, task, data, plan, notes }: Rehearsal): readonly string[] {
  const [height, width] = data.size;
  const pretrained = model.boundary === null ? 'nothing pretrained' : `pretrained up to ${model.boundary}`;
  const arms = plan.arms.map(({ name }) => name).join(', ');
  return [
    `${check.config} is right. Nothing was trained.`,
    `  data   ${data.path}: ${imagesOf(data, task)}, scaled to ${height} × ${width}`,
    `  model  ${model.name}: ${pretrained}, ${count(model.newLayers, 'new layer')}, ${thousands(model.trainableParameters)} of ${thousands(model.parameters)} parameters train`,
    `  input  ${arms}`,
    `  plan   ${count(plan.arms.length, 'input')} × ${count(plan.seeds.length, 'seed')}, ${count(plan.epochs, 'epoch')} of ${count(plan.stepsPerEpoch, 'step')}`,
    ...reach(plan).map((line) => `  reach  ${line}`),
    ...notes.map((note) => `  note   ${note}`),
  ].map(logSafe);
}

/** What a plan can show, in one sentence; none where nothing is compared. */
export function reach({ arms, looks, margin: { planned, equivalence, points, chosen }, smallestP }: Evidence['plan']): readonly string[] {
  if (arms.length < 2) return [];
  const least = smallestP < SMALLEST_SHOWN ? `p below ${SMALLEST_SHOWN}` : `p from ${pValue(smallestP)}`;
  const equal = equivalence === undefined ? '' : `, and call arms equal within ${shortNumber(equivalence)}`;
  const seeds = looks.length > 1 ? ` with all ${count(looks.at(-1)!, 'seed')}` : '';
  const margin = chosen ? `; the margin of the config is ${shortNumber(points)}` : '';
  return [`It can show differences from ${shortNumber(planned)} points on (${least})${equal}${seeds}${margin}.`];
}

function thousands(number: number): string {
  return number.toLocaleString('en');
}
