import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { isUserError } from './errors.ts';
import { repositoryAround } from './git/worktree.ts';
import { askWith, whyReadOnly } from './github/token-check.ts';
import { cacheIn, nativeFolder } from './native/cache.ts';
import { locateNative } from './native/locate.ts';
import { rehearsalLines } from './report/rehearsal.ts';
import { gitRemarks } from './setup/git-checks.ts';
import { machineRemarks, runnerRemarks } from './setup/machine-checks.ts';
import { error, fine, note, type Remark, warning } from './setup/remark.ts';
import { keepsInLfs } from './setup/repository-files.ts';
import { workflowRemarks } from './setup/workflow-checks.ts';
import { usesIn } from './setup/workflows.ts';

export interface DoctorRequest {
  readonly cwd: string;
  /** A config file, or a folder that holds one; null looks in `cwd`. */
  readonly configPath: string | null;
  /** Inputs of the action. */
  readonly inputs: readonly string[];
  readonly environment: NodeJS.ProcessEnv;
}

/** Looks at everything that a check needs, and says what of it is right and what is not. Changes nothing. */
export async function doctor(request: DoctorRequest): Promise<readonly Remark[]> {
  const { cwd, environment, inputs } = request;
  const { memoryOfMachine } = await import('./check.ts');
  const root = (await repositoryAround(cwd)) ?? cwd;
  const { uses, unreadable } = await usesIn(root);
  const exists = (file: string) => existsSync(path.resolve(root, file));
  return [
    ...machineRemarks({ node: process.versions.node, memory: memoryOfMachine(), cores: availableParallelism() }),
    ...runnerRemarks(environment),
    ...(await gitRemarks(cwd)),
    ...(await configRemarks(request)),
    ...workflowRemarks(uses, unreadable, { inputs, lfs: await keepsInLfs(root), exists }),
    ...(await tokenRemarks(environment)),
  ];
}

/** The config, the images and the model, by beginning a check; the backend that the config names. */
async function configRemarks({ cwd, configPath }: DoctorRequest): Promise<readonly Remark[]> {
  const { rehearse, loadConfig } = await import('./check.ts');
  try {
    const { backend } = loadConfig({ cwd, path: configPath, overrides: {} });
    // Its absence has a remark of its own, and the rest can be looked at without it.
    const rehearsal = await rehearse({ cwd, configPath, profile: null, overrides: { backend: 'wasm' }, threads: null, onProgress: () => undefined, onNotice: () => undefined });
    const [, ...lines] = rehearsalLines({ ...rehearsal, notes: [] });
    return [fine(`${rehearsal.check.config}: a check can begin`), ...lines.map((line) => fine(line)), ...rehearsal.notes.map((text) => note(text)), ...nativeRemarks(cwd, backend)];
  } catch (thrown) {
    if (!isUserError(thrown)) throw thrown;
    return [error(thrown.what, thrown.fix, placeIn(thrown.what))];
  }
}

function nativeRemarks(cwd: string, backend: string): readonly Remark[] {
  if (backend !== 'native' && backend !== 'auto') return [];
  try {
    const { name, origin } = locateNative(cwd, cacheIn(nativeFolder()));
    return [fine(`native backend: ${name} of the ${origin}`)];
  } catch (thrown) {
    if (!isUserError(thrown)) throw thrown;
    return [backend === 'native' ? error(thrown.what, thrown.fix) : note(`${thrown.what} The check runs on wasm.`, thrown.fix)];
  }
}

/** In a job: whether its token is one, and why it may only read. */
async function tokenRemarks(environment: NodeJS.ProcessEnv): Promise<readonly Remark[]> {
  const { GITHUB_ACTIONS, GITHUB_TOKEN: token, GITHUB_REPOSITORY: repository = '', GITHUB_API_URL: apiUrl = 'https://api.github.com' } = environment;
  if (GITHUB_ACTIONS !== 'true') return [];
  const [owner = '', repo = ''] = repository.split('/');
  const why = whyReadOnly({ eventName: environment.GITHUB_EVENT_NAME ?? '', payload: await eventOf(environment), repo: { owner, repo } }, environment.GITHUB_ACTOR);
  const readOnly = why === null ? [] : [note(`The token may only read, as ${why}: the report is in the job summary, and a second workflow can comment (docs/github.md#forks).`)];
  if (!token) return [...readOnly, note('The token of the job was not looked at.', 'Give the step `env: { GITHUB_TOKEN: ${{ github.token }} }`.')];
  switch (await askWith(token, apiUrl, { owner, repo })) {
    case 'accepted':
      return [...readOnly, fine(`GitHub takes the token for ${repository}`)];
    case 'refused':
      return [...readOnly, error(`GitHub refuses the token for ${repository}.`, 'Use the token of the job, `${{ github.token }}`, or one that may read this repository.')];
    case 'unreachable':
      return [...readOnly, warning(`GitHub does not answer at ${apiUrl}: there would be no comment.`, 'Check the connection of the runner.')];
  }
}

async function eventOf({ GITHUB_EVENT_PATH: file }: NodeJS.ProcessEnv): Promise<object> {
  const text = file === undefined ? '{}' : await readFile(file, 'utf8').catch(() => '{}');
  return JSON.parse(text) as object;
}

/** `layer-vitals.yml:3:5: …` */
function placeIn(what: string): Remark['place'] {
  const [, file, line] = /^([^\s:]+):(\d+):\d+: /.exec(what) ?? [];
  return file === undefined ? undefined : { file, line: Number(line) };
}
