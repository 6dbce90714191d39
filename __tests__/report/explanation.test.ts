import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { UserError } from '../../src/errors.ts';
import { explanation } from '../../src/report/explanation.ts';
import { RULES } from '../../src/rules/judge.ts';

const documentation = readFileSync(new URL('../../docs/rules.md', import.meta.url), 'utf8');

describe('the explanation of a rule', () => {
  it.each(RULES.map(({ name }) => name))('of %s is its section, and no other', (rule) => {
    const text = explanation(documentation, rule);
    expect(text.startsWith(`## ${rule}\n`)).toBe(true);
    expect(text.match(/^## /gm)).toHaveLength(1);
    expect(documentation).toContain(text.trimEnd());
  });

  it('ends where the next one begins', () => {
    expect(explanation('# Rules\n\n## a\n\none\n\n### more\n\n## b\n\ntwo\n', 'a')).toBe('## a\n\none\n\n### more\n');
  });

  it('of an unknown rule names those that there are', () => {
    expect(() => explanation('# Rules\n\n## a\n\none\n\n## b\n\ntwo\n', 'c')).toThrow(new UserError('usage', "There is no rule 'c'.", 'The rules are a, b.'));
  });
});
