import { nearest } from '../config/nearest.ts';
import { error, fine, type Remark, warning } from './remark.ts';
import { UNKNOWN_OWNER } from './workflow-text.ts';
import type { ActionUse, UnreadableWorkflow } from './workflows.ts';

/** What is known of the repository and of the action. */
export interface Surroundings {
  /** Inputs of the action. */
  readonly inputs: readonly string[];
  /** Whether the repository keeps files in Git LFS. */
  readonly lfs: boolean;
  /** Whether there is such a path in the repository. */
  readonly exists: (file: string) => boolean;
}

const COMPANION = 'Use the second workflow of docs/github.md#forks as it is.';

/** What is wrong with the workflows that run this action. */
export function workflowRemarks(uses: readonly ActionUse[], unreadable: readonly UnreadableWorkflow[], surroundings: Surroundings): readonly Remark[] {
  const broken = unreadable.map(({ file, line, reason }) => warning(`${file}:${line}: not valid YAML: ${reason}.`, 'Correct the syntax there.', { file, line }));
  if (uses.length === 0) return [...broken, warning('No workflow runs layer-vitals.', 'Write one with `layer-vitals init`.')];
  const checks = uses.filter(({ inputs }) => (inputs.command ?? 'check') === 'check');
  const onPulls = checks.some(({ events }) => events.includes('pull_request') || events.includes('workflow_call'));
  const [first] = uses;
  return [
    ...broken,
    ...(onPulls ? [] : [warning(`${first!.file}: pull requests are not checked.`, 'Add the event `pull_request` to a workflow that runs layer-vitals.', placeOf(first!))]),
    ...uses.flatMap((use) => ofUse(use, surroundings)),
  ];
}

function ofUse(use: ActionUse, surroundings: Surroundings): readonly Remark[] {
  const found = [...ofInputs(use, surroundings), ...(use.inputs.command === 'comment' ? ofCompanion(use) : ofCheck(use, surroundings))];
  return found.length > 0 ? found : [fine(`${at(use)} ${use.inputs.command ?? 'check'} on ${use.events.join(', ')}`)];
}

function ofInputs(use: ActionUse, { inputs, exists }: Surroundings): readonly Remark[] {
  const place = placeOf(use);
  const unknown = Object.keys(use.inputs).filter((name) => !inputs.includes(name));
  const { config } = use.inputs;
  return [
    ...(new RegExp(`^(${UNKNOWN_OWNER}|<.*>)/`).test(use.uses) ? [error(`${at(use)} ${use.uses} names nobody who hosts the action.`, 'Put the account that hosts layer-vitals in its place.', place)] : []),
    ...unknown.map((name) => error(`${at(use)} the action has no input '${name}'.`, suggestion(name, inputs), place)),
    ...(config !== undefined && !config.includes('${{') && !exists(config) ? [error(`${at(use)} there is no config '${config}'.`, 'Correct the path: it is relative to the root of the repository.', place)] : []),
  ];
}

function suggestion(name: string, known: readonly string[]): string {
  const near = nearest(name, known);
  return near === undefined ? `It has ${known.join(', ')}.` : `Did you mean '${near}'?`;
}

function ofCheck(use: ActionUse, { lfs }: Surroundings): readonly Remark[] {
  const { inputs, events, permissions, checkout } = use;
  const place = placeOf(use);
  const isCheck = (inputs.command ?? 'check') === 'check';
  const comments = inputs.comment !== 'never' && inputs['github-token'] !== '' && inputs.shard === undefined && events.includes('pull_request');
  return [
    ...(events.includes('pull_request_target') ? [error(`${at(use)} the workflow runs on pull_request_target, where a stranger's files would be read by a job whose token may write.`, 'Use `on: pull_request`; to comment on pull requests of forks, see docs/github.md#forks.', place)] : []),
    ...(isCheck && checkout === null ? [error(`${at(use)} nothing is checked out before it.`, 'Add a step with actions/checkout before it.', place)] : []),
    ...(isCheck && checkout !== null && lfs && checkout.lfs !== 'true' ? [error(`${at(use)} the repository keeps files in Git LFS, and the checkout does not bring them.`, 'Add `lfs: true` to the checkout step.', place)] : []),
    ...(comments && permissions?.['pull-requests'] !== 'write' ? [warning(`${at(use)} the job ${permissions === null ? 'says nothing of its permissions, so it depends on the settings of the repository whether there is a comment' : 'may not write a comment'}.`, 'Give it `permissions: { contents: read, pull-requests: write }`.', place)] : []),
    ...(isCheck && permissions?.contents === 'none' ? [warning(`${at(use)} the job may not read the repository, so that a private one cannot be checked out.`, 'Add `contents: read` to its permissions.', place)] : []),
  ];
}

function ofCompanion(use: ActionUse): readonly Remark[] {
  const { events, permissions, checkout } = use;
  const place = placeOf(use);
  const lacks = Object.entries({ actions: ['read', 'write'], 'pull-requests': ['write'] }).filter(([scope, enough]) => !enough.includes(permissions?.[scope] ?? 'none'));
  return [
    ...(events.includes('workflow_run') ? [] : [error(`${at(use)} \`command: comment\` runs on workflow_run alone.`, COMPANION, place)]),
    ...(lacks.length > 0 ? [error(`${at(use)} \`command: comment\` may not do its work without ${lacks.map(([scope, [least]]) => `${scope}: ${least!}`).join(' and ')}.`, COMPANION, place)] : []),
    ...(checkout?.ref || checkout?.repository ? [error(`${at(use)} code that somebody else has chosen is checked out where the token may write.`, COMPANION, place)] : []),
  ];
}

function at({ file, line }: ActionUse): string {
  return `${file}:${line}:`;
}

function placeOf({ file, line }: ActionUse): NonNullable<Remark['place']> {
  return { file, line };
}
