/** What sets a repository up, and looks after that: a bundle of its own, as no check needs it. */
export { init } from './init.ts';
export { askAt } from './setup/ask.ts';
