import { existsSync } from 'node:fs';
import path from 'node:path';
import { error, fine, note, type Remark, warning } from './remark.ts';

const OLDEST_NODE = 20;
const GIB = 2 ** 30;
/** A thread with TensorFlow.js and a small network takes a few hundred megabytes; below this there is room for one. */
const LITTLE_MEMORY = 2 * GIB;

export interface Machine {
  /** `process.versions.node`. */
  readonly node: string;
  /** Bytes that this process may use. */
  readonly memory: number;
  readonly cores: number;
}

export function machineRemarks({ node, memory, cores }: Machine): readonly Remark[] {
  const major = Number(node.split('.')[0]);
  const size = `${(memory / GIB).toFixed(1)} GiB of memory, ${cores} ${cores === 1 ? 'core' : 'cores'}`;
  return [
    major >= OLDEST_NODE ? fine(`Node ${node}`) : error(`Node ${node} is too old.`, `Use Node ${OLDEST_NODE} or newer.`),
    memory >= LITTLE_MEMORY ? fine(size) : warning(`${size}: batches may have to be split, and there may be room for one thread alone.`, 'Use a machine with more memory, or a smaller `data.size`.'),
  ];
}

/** What the environment of a job tells of its runner. */
export function runnerRemarks(environment: NodeJS.ProcessEnv, exists: (file: string) => boolean = existsSync): readonly Remark[] {
  if (environment.GITHUB_ACTIONS !== 'true') return [];
  const { RUNNER_WORKSPACE: workspace, RUNNER_NAME: name = 'this runner', GITHUB_SERVER_URL: server = 'https://github.com' } = environment;
  // A runner keeps the versions of Node for actions beside the folder that it works in.
  const externals = workspace === undefined ? null : path.resolve(workspace, '../../externals');
  const isOld = externals !== null && exists(externals) && !exists(path.join(externals, 'node24'));
  return [
    ...(isOld ? [error(`The runner ${name} has no Node 24, which the action runs on.`, 'Update the runner to version 2.328 or newer.')] : []),
    ...(/^https:\/\/(www\.)?github\.com$/.test(server) || /^https:\/\/[^/]+\.ghe\.com$/.test(server) ? [] : [note(`${server} is an enterprise server: it keeps no artifact of the report, which is in the job summary.`)]),
  ];
}
