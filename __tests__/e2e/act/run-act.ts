import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Annotation } from '../run-action.ts';
import { RUNNER } from './tools.ts';

export interface Workflow {
  readonly scratch: string;
  /** The repository: a git working tree with the workflow. */
  readonly repository: string;
  /** Path of the workflow in it. */
  readonly file: string;
  /** Id of the only job to run. */
  readonly job?: string;
  /** The part of its matrix to run. */
  readonly matrix?: Readonly<Record<string, string>>;
  readonly event: string;
  readonly payload: object;
  readonly token: string;
  readonly apiUrl: string;
  /** What the runner tells the action besides. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Folders for actions of other repositories, by `owner/repository@ref` as the workflow has it. */
  readonly actions?: Readonly<Record<string, string>>;
}

export interface WorkflowResult {
  readonly exitCode: number;
  /** By step id and name. */
  readonly outputs: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly summary: string;
  readonly annotations: readonly Annotation[];
  /** Result of each job by its name. */
  readonly jobs: Readonly<Record<string, string>>;
  readonly log: string;
}

/** One line of act's `--json`, as far as it is read. */
interface Line {
  readonly command?: string;
  readonly name?: string;
  readonly arg?: string;
  readonly content?: string;
  readonly stepID?: readonly string[];
  readonly kvPairs?: Readonly<Record<string, string>>;
  readonly job?: string;
  readonly jobResult?: string;
  readonly msg?: string;
  readonly raw_output?: boolean;
}

/** Runs a workflow with nektos/act on this machine, without a container, and tells what GitHub would have shown. */
export async function runAct(workflow: Workflow): Promise<WorkflowResult> {
  const { act, node } = RUNNER!;
  // act leaves the workspace of a failed job behind: a home of its own goes with it.
  const home = await mkdtemp(path.join(workflow.scratch, 'act-'));
  const event = path.join(home, 'event.json');
  await writeFile(event, JSON.stringify(workflow.payload));
  const environment = { GITHUB_API_URL: workflow.apiUrl, GITHUB_REPOSITORY: 'Codertocat/Hello-World', LAYER_VITALS_CACHE: 'off', ...workflow.environment };
  const given = (flag: string, pairs: Readonly<Record<string, string>>) => Object.entries(pairs).flatMap(([name, value]) => [flag, `${name}=${value}`]);
  const args = [
    workflow.event,
    ...['-W', workflow.file, '-e', event, '--json', '--no-cache-server', '-P', 'ubuntu-latest=-self-hosted', '--action-cache-path', path.join(home, 'actions')],
    ...(workflow.job ? ['-j', workflow.job] : []),
    ...Object.entries(workflow.matrix ?? {}).flatMap(([key, value]) => ['--matrix', `${key}:${value}`]),
    ...given('--env', environment),
    ...given('-s', { GITHUB_TOKEN: workflow.token }),
    ...given('--local-repository', workflow.actions ?? {}),
  ];
  const child = spawn(act, args, {
    cwd: workflow.repository,
    // act takes the first Node that it finds for any `using: nodeNN`.
    env: { PATH: `${path.dirname(node)}:/usr/local/bin:/usr/bin:/bin`, HOME: home, XDG_CACHE_HOME: path.join(home, 'cache'), LANG: 'C.UTF-8' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (part: string) => (text += part));
  const exitCode = await new Promise<number>((resolve, reject) => {
    child.on('error', reject).on('close', (code) => {
      resolve(code ?? -1);
    });
  });
  await rm(home, { recursive: true, force: true });
  return { exitCode, ...told(text) };
}

function told(text: string): Omit<WorkflowResult, 'exitCode'> {
  const lines = text.split('\n').filter((line) => line.startsWith('{')).map((line) => JSON.parse(line) as Line);
  const outputs: Record<string, Record<string, string>> = {};
  for (const { command, stepID = [], name = '', arg = '' } of lines) if (command === 'set-output') (outputs[stepID.join('.')] ??= {})[name] = arg;
  return {
    outputs,
    summary: lines.filter(({ command }) => command === 'summary').map(({ content = '' }) => content).join(''),
    annotations: lines
      .filter(({ command = '' }) => ['error', 'warning', 'notice'].includes(command))
      .map(({ command = '', arg = '', kvPairs = {} }) => ({ level: command, message: arg, properties: kvPairs })),
    jobs: Object.fromEntries(lines.filter(({ jobResult }) => jobResult !== undefined).map(({ job = '', jobResult = '' }) => [job, jobResult])),
    log: text,
  };
}
