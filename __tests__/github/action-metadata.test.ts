import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { OVERRIDES } from '../../src/config/overrides.ts';
import { readInputs } from '../../src/github/inputs.ts';
import { actionMetadata } from '../e2e/run-action.ts';

const metadata = await actionMetadata();
const docs = await readFile(new URL('../../docs/github.md', import.meta.url), 'utf8');

/** Names in the first column of the table below a heading. */
function documented(heading: string): string[] {
  const section = docs.split(/^## /m).find((text) => text.startsWith(`${heading}\n`)) ?? '';
  return [...section.matchAll(/^\| `([a-z-]+)` \|/gm)].map(([, name]) => name!);
}

describe('action.yml', () => {
  test('has the inputs that are read, no more and no fewer', () => {
    const read: string[] = [];
    readInputs((name) => {
      read.push(name);
      return '';
    }, Object.keys(OVERRIDES));
    expect(Object.keys(metadata.inputs).sort()).toEqual(read.sort());
  });

  test('has the inputs and outputs that are documented, in the same order', () => {
    expect(Object.keys(metadata.inputs)).toEqual(documented('Inputs'));
    expect(Object.keys(metadata.outputs)).toEqual(documented('Outputs'));
  });

  test('sets no default that would override the config', () => {
    const preset = Object.entries(metadata.inputs).filter(([, input]) => input.default !== undefined);
    expect(preset).toEqual([['github-token', expect.objectContaining({ default: '${{ github.token }}' })]]);
  });

  test('runs the bundle on the runtime that GitHub has', () => {
    expect(metadata.runs).toEqual({ using: 'node24', main: 'dist/action.cjs' });
  });
});
