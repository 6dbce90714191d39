import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';

const root = path.resolve(import.meta.dirname, '../..');
const sources = readdirSync(path.join(root, 'src'), { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts'))
  .map((file) => ({ file, text: readFileSync(path.join(root, 'src', file), 'utf8') }));

/** Codes that are put together, by how the source writes them. */
const COMPOSED: Readonly<Record<string, readonly string[]>> = {
  '`unknown-${kind}`': ['layer', 'activation', 'initializer', 'regularizer', 'constraint'].map((kind) => `unknown-${kind}`),
};
/** A code that was made elsewhere is passed on: `error.code`. */
const PASSED_ON = /^\w+\.code$/;

/** First arguments of every `new UserError(...)`, and codes of problems that become one, as the source writes them. */
const written = sources.flatMap(({ file, text }) => {
  const thrown = [...text.matchAll(/new UserError\(\s*([^,]+?),/g)];
  const problems = [...text.matchAll(/\bcode: ('[a-z-]+')/g)];
  return [...thrown, ...problems].map(([, code]) => ({ file, code: code! }));
});

const codes = new Set(written.flatMap(({ code }) => COMPOSED[code] ?? (PASSED_ON.test(code) ? [] : [code.slice(1, -1)])));

const page = readFileSync(path.join(root, 'docs/troubleshooting.md'), 'utf8');
const rows = [...page.matchAll(/^\| `([a-z-]+)` \| (.+?) \| (.+) \|$/gm)].map(([, code, wrong, mend]) => ({ code: code!, wrong: wrong!, mend: mend! }));

describe('docs/troubleshooting.md', () => {
  it('can be held against the sources: every code there is one word, or known to be composed', () => {
    expect(codes.size).toBeGreaterThan(40);
    expect(written.filter(({ code }) => !/^'[a-z-]+'$/.test(code) && !PASSED_ON.test(code) && !(code in COMPOSED))).toEqual([]);
  });

  it.each([...codes].sort())('explains %s', (code) => {
    const explained = rows.filter((row) => row.code === code);
    expect(explained).toHaveLength(1);
    expect(explained[0]!.wrong.length).toBeGreaterThan(10);
    expect(explained[0]!.mend.length).toBeGreaterThan(10);
  });

  it('explains nothing that cannot happen', () => {
    expect(rows.map(({ code }) => code).filter((code) => !codes.has(code))).toEqual([]);
  });
});
