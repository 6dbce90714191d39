import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { REPOSITORY } from '../run-action.ts';

/** A whole workflow of the documentation, as a reader copies it; `<owner>` filled in. */
export interface DocumentedWorkflow {
  /** The first page that has it. */
  readonly page: string;
  /** `name:` of the workflow. */
  readonly name: string;
  readonly text: string;
}

export const OWNER = 'octo-org';

const pages = ['README.md', ...readdirSync(path.join(REPOSITORY, 'docs')).filter((file) => file.endsWith('.md')).map((file) => `docs/${file}`)];

const blocks = pages.flatMap((page) =>
  [...readFileSync(path.join(REPOSITORY, page), 'utf8').matchAll(/^```yaml\n([\s\S]*?)^```$/gm)].map(([, text]) => ({ page, text: text!.replaceAll('<owner>', OWNER) })),
);

const found: readonly DocumentedWorkflow[] = blocks
  .filter(({ text }) => /^jobs:/m.test(text))
  .map(({ page, text }) => ({ page, name: /^name: (.+)$/m.exec(text)![1]!, text }));

/** Each once, however many pages repeat it. */
export const DOCUMENTED: readonly DocumentedWorkflow[] = found.filter(({ text }, index) => found.findIndex((other) => other.text === text) === index);

/** Steps that are shown without a workflow, in one. */
export const DOCUMENTED_STEPS: readonly { readonly page: string; readonly text: string }[] = blocks
  .filter(({ text }) => /^- (uses|run|name):/m.test(text) && !/^jobs:/m.test(text))
  .map(({ page, text }) => ({ page, text: `name: steps\non: push\npermissions: {}\njobs:\n  steps:\n    runs-on: ubuntu-latest\n    steps:\n${text.replaceAll(/^/gm, '      ').trimEnd()}\n` }));
