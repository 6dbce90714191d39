import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { inlineCode, markdownText, paragraph, prose } from '../../src/report/escape.ts';
import { hostileText } from './hostile.ts';
import { nodesOf, REFERENCES, skeletonOf, textsOf, treeOf } from './markdown-tree.ts';

const CONTEXTS: Readonly<Record<string, (inline: string) => string>> = {
  paragraph: (inline) => `Before ${inline} after`,
  heading: (inline) => `### Before ${inline}`,
  'bold text': (inline) => `**Before ${inline} after**`,
  'list item': (inline) => `- **Why:** ${inline}\n- next`,
  'table cell': (inline) => `| a | b |\n| :- | -: |\n| ${inline} | x ${inline} |\n| y | z |`,
  'small text': (inline) => `<sub>Before ${inline} after</sub>`,
  'folded block': (inline) => `<details><summary>Title</summary>\n\nBefore ${inline}\n\n</details>`,
};

const hostileParts = fc.array(fc.oneof(hostileText, hostileText.map((name) => ({ name }))), { minLength: 1, maxLength: 5 });

function expectNothingButWords(markdown: string, plain: string): void {
  const tree = treeOf(markdown);
  expect(skeletonOf(tree)).toEqual(skeletonOf(treeOf(plain)));
  for (const text of textsOf(tree)) {
    for (const [kind, pattern] of Object.entries(REFERENCES)) expect(pattern.test(text), `${kind} in ${JSON.stringify(text)}`).toBe(false);
  }
  expect(markdown).not.toContain('<!--');
}

describe.each(Object.entries(CONTEXTS))('in a %s', (_, context) => {
  test('a name is code and nothing else', () => {
    fc.assert(fc.property(hostileText, (name) => {
      const markdown = context(inlineCode(name));
      expectNothingButWords(markdown, context('`name`'));
      const codes = nodesOf(treeOf(markdown)).filter(({ type }) => type === 'inlineCode');
      expect(codes).toHaveLength(nodesOf(treeOf(context('`name`'))).filter(({ type }) => type === 'inlineCode').length);
    }));
  });

  test('a sentence is words, whatever it quotes', () => {
    fc.assert(fc.property(hostileText, (sentence) => {
      fc.pre(/\S/.test(prose(sentence)));
      expectNothingButWords(context(prose(sentence)), context('words'));
    }));
  });

  test('a text of strings and names is words', () => {
    fc.assert(fc.property(hostileParts, (text) => {
      fc.pre(/\S/.test(markdownText(text)));
      expectNothingButWords(context(markdownText(text)), context('words'));
    }));
  });
});

test('a sentence that begins a block stays a paragraph', () => {
  fc.assert(fc.property(hostileText, (sentence) => {
    fc.pre(/\S/.test(paragraph(sentence)));
    expectNothingButWords(paragraph(sentence), 'words');
    expectNothingButWords(`- ${paragraph(sentence)}\n- next`, '- words\n- next');
  }));
});

describe('what a reader sees', () => {
  const shown = (markdown: string) => nodesOf(treeOf(markdown)).map(({ value }) => value ?? '').join('').replaceAll('\u200B', '');

  test('a name as it is', () => {
    for (const name of ['head_1', 'block/conv#2', 'résumé (2)', '日本語', 'a*b_c[d]', 'C:\\x', '👩‍❤️‍👩', 'a & b']) expect(shown(inlineCode(name))).toBe(name);
  });

  test('a sentence as it is, its quoted parts as code', () => {
    const sentence = "layer-vitals.yml: `model.boundary` is 'a_b*c' [1, 2] & <3> at #12, see https://example.org and @me";
    expect(shown(prose(sentence))).toBe(sentence.replaceAll('`', ''));
    expect(nodesOf(treeOf(prose(sentence))).find(({ type }) => type === 'inlineCode')?.value).toBe('model.boundary');
  });

  test('look-alikes for what would end the code', () => {
    expect(inlineCode('a`b|c<d>e')).toBe('`aˋb¦c‹d›e`');
  });

  test('something for nothing', () => {
    expect(inlineCode('')).toBe('`(blank)`');
    expect(inlineCode('   ')).toBe('`(blank)`');
  });

  test('both ends of a long name', () => {
    const name = inlineCode(`start${'x'.repeat(500)}end`);
    expect(name).toMatch(/^`start.*….*end`$/);
    expect(name.length).toBeLessThanOrEqual(82);
  });
});
