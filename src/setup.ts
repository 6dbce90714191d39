/** What sets a repository up, and looks after that: a bundle of its own, as no check needs it. */
import { parse } from 'yaml';
import metadata from '../action.yml';

export { doctor } from './doctor.ts';
export { annotate } from './github/setup-annotations.ts';
export { init } from './init.ts';
export { askAt } from './setup/ask.ts';

/** Names of the action's inputs. */
export const ACTION_INPUTS = Object.keys((parse(metadata) as { readonly inputs: object }).inputs);
