import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';

export const REPOSITORY = fileURLToPath(new URL('../../', import.meta.url));

export interface Step {
  /** Folder in which the runner keeps its files. */
  readonly scratch: string;
  /** Path of the Node that runs the bundle. */
  readonly node: string;
  /** The checked-out repository of the user: the working directory of the step. */
  readonly workspace: string;
  readonly event: string;
  readonly payload: object;
  readonly token: string;
  readonly apiUrl: string;
  readonly inputs?: Readonly<Record<string, string>>;
  /** What the runner sets in other places. */
  readonly environment?: Readonly<Record<string, string>>;
  /** What the runner sends to cancel, once training has begun. */
  readonly signal?: NodeJS.Signals;
  /** Path of another bundle than the one that action.yml names. */
  readonly main?: string;
}

export interface Annotation {
  readonly level: string;
  readonly message: string;
  readonly properties: Readonly<Record<string, string>>;
}

export interface StepResult {
  readonly exitCode: number;
  readonly outputs: Readonly<Record<string, string>>;
  readonly summary: string;
  readonly annotations: readonly Annotation[];
  /** Everything on stdout and stderr. */
  readonly log: string;
  /** From the signal to the end; null where none was sent. */
  readonly secondsAfterSignal: number | null;
}

/** Runs `main` of action.yml as a runner does: inputs by environment, outputs and summary by file, the rest on stdout. */
export async function runAction(step: Step): Promise<StepResult> {
  const { inputs, runs } = await actionMetadata();
  const runner = await mkdtemp(path.join(step.scratch, 'runner-'));
  const file = async (name: string, content: string): Promise<string> => {
    await writeFile(path.join(runner, name), content);
    return path.join(runner, name);
  };
  await mkdir(path.join(runner, 'temp'));
  const [outputFile, summaryFile] = [await file('output', ''), await file('summary', '')];
  const environment = {
    GITHUB_ACTIONS: 'true',
    GITHUB_API_URL: step.apiUrl,
    GITHUB_EVENT_NAME: step.event,
    GITHUB_EVENT_PATH: await file('event.json', JSON.stringify(step.payload)),
    GITHUB_OUTPUT: outputFile,
    GITHUB_REPOSITORY: 'Codertocat/Hello-World',
    GITHUB_RUN_ATTEMPT: '1',
    GITHUB_RUN_ID: '1001',
    GITHUB_RUN_NUMBER: '1',
    GITHUB_SERVER_URL: 'https://github.com',
    GITHUB_STEP_SUMMARY: summaryFile,
    GITHUB_WORKSPACE: step.workspace,
    RUNNER_TEMP: path.join(runner, 'temp'),
    ...step.environment,
    ...Object.fromEntries(
      Object.entries(inputs).map(([name, { default: preset }]) => [
        `INPUT_${name.toUpperCase()}`,
        step.inputs?.[name] ?? (preset === '${{ github.token }}' ? step.token : (preset ?? '')),
      ]),
    ),
  };
  const { exitCode, log, secondsAfterSignal } = await execute(step, step.main ?? path.join(REPOSITORY, runs.main), environment);
  return {
    exitCode,
    log,
    secondsAfterSignal,
    outputs: outputsOf(await readFile(outputFile, 'utf8')),
    summary: await readFile(summaryFile, 'utf8'),
    annotations: annotationsOf(log),
  };
}

export interface ActionMetadata {
  readonly inputs: Readonly<Record<string, { readonly default?: string }>>;
  readonly outputs: Readonly<Record<string, object>>;
  readonly runs: { readonly using: string; readonly main: string };
}

export async function actionMetadata(): Promise<ActionMetadata> {
  return parse(await readFile(path.join(REPOSITORY, 'action.yml'), 'utf8')) as ActionMetadata;
}

/** What the log shows when training has begun. */
const TRAINING = 'training';

async function execute(
  { node, workspace, signal }: Step,
  main: string,
  environment: Readonly<Record<string, string>>,
): Promise<Pick<StepResult, 'exitCode' | 'log' | 'secondsAfterSignal'>> {
  // A runner's own variables must not leak in when these tests run in a workflow.
  const inherited = Object.entries(process.env).filter(([name]) => !/^(GITHUB|RUNNER|INPUT|ACTIONS)_/.test(name));
  const child = spawn(node, [main], { cwd: workspace, env: { ...Object.fromEntries(inherited), ...environment }, stdio: ['ignore', 'pipe', 'pipe'] });
  let log = '';
  let sent = 0;
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      log += text;
      if (signal === undefined || sent > 0 || !log.includes(TRAINING)) return;
      sent = performance.now();
      child.kill(signal);
    });
  }
  const exitCode = await new Promise<number>((resolve, reject) => {
    child.on('error', reject).on('close', (code, killedBy) => {
      if (code === null) reject(new Error(`killed by ${killedBy ?? 'nothing'}\n${log}`));
      else resolve(code);
    });
  });
  return { exitCode, log, secondsAfterSignal: sent > 0 ? (performance.now() - sent) / 1000 : null };
}

/** `name<<DELIMITER`, the value's lines, `DELIMITER`. A later value of the same name wins. */
function outputsOf(text: string): Record<string, string> {
  const outputs: Record<string, string> = {};
  for (const [, name = '', , value = ''] of text.matchAll(/^(.+?)<<(\S+)\r?\n(.*?)\r?\n\2$/gms)) outputs[name] = value;
  return outputs;
}

function annotationsOf(log: string): Annotation[] {
  return [...log.matchAll(/^::(error|warning|notice)(?: (.*?))?::(.*)$/gm)].map(([, level = '', properties = '', message = '']) => ({
    level,
    message: decode(message),
    properties: Object.fromEntries(
      properties
        .split(',')
        .map((pair) => pair.split('=', 2))
        .map(([key = '', value = '']) => [key, decode(value)]),
    ),
  }));
}

/** Undoes how a workflow command writes line ends and its own separators. */
function decode(text: string): string {
  return text.replaceAll('%2C', ',').replaceAll('%3A', ':').replaceAll('%0A', '\n').replaceAll('%0D', '\r').replaceAll('%25', '%');
}
