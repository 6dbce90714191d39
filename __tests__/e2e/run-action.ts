import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
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
    GITHUB_REPOSITORY: 'octo/demo',
    GITHUB_STEP_SUMMARY: summaryFile,
    GITHUB_WORKSPACE: step.workspace,
    RUNNER_TEMP: path.join(runner, 'temp'),
    ...Object.fromEntries(
      Object.entries(inputs).map(([name, { default: preset }]) => [
        `INPUT_${name.toUpperCase()}`,
        step.inputs?.[name] ?? (preset === '${{ github.token }}' ? step.token : (preset ?? '')),
      ]),
    ),
  };
  const { exitCode, log } = await execute(step, step.main ?? path.join(REPOSITORY, runs.main), environment);
  return {
    exitCode,
    log,
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

async function execute(
  { node, workspace }: Step,
  main: string,
  environment: Readonly<Record<string, string>>,
): Promise<{ exitCode: number; log: string }> {
  // A runner's own variables must not leak in when these tests run in a workflow.
  const inherited = Object.entries(process.env).filter(([name]) => !/^(GITHUB|RUNNER|INPUT|ACTIONS)_/.test(name));
  const env = { ...Object.fromEntries(inherited), ...environment };
  try {
    const { stdout, stderr } = await promisify(execFile)(node, [main], { cwd: workspace, env, maxBuffer: 2 ** 26 });
    return { exitCode: 0, log: stdout + stderr };
  } catch (error) {
    const { code, stdout, stderr } = error as { code: unknown; stdout: string; stderr: string };
    if (typeof code !== 'number') throw error;
    return { exitCode: code, log: stdout + stderr };
  }
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
