import { readFileSync } from 'node:fs';
import { describe, expect, it, test } from 'vitest';
import { parse } from 'yaml';
import { allKeys, schemaAt } from '../../src/config/json-schema.ts';
import { OVERRIDES } from '../../src/config/overrides.ts';
import { PRESET_NAMES, PRESETS } from '../../src/config/presets.ts';
import { settings } from '../../src/config/settings.ts';

const page = readFileSync(new URL('../../docs/configuration.md', import.meta.url), 'utf8');

/** Cells of all table rows that begin with a name in code. */
const rows = page.split('\n').flatMap((line) => {
  const cells = line.split('|').slice(1, -1).map((cell) => cell.trim());
  const name = /^`([^`]+)`$/.exec(cells[0] ?? '')?.[1];
  return name === undefined ? [] : [{ name, cells }];
});

function rowOf(name: string): readonly string[] {
  return rows.find((row) => row.name === name)?.cells ?? [];
}

/** As the page writes it: YAML in one line. */
function inline(value: unknown): string {
  if (Array.isArray(value)) return `[${value.join(', ')}]`;
  if (typeof value !== 'object' || value === null) return String(value);
  return `{ ${Object.entries(value).map(([key, item]) => `${key}: ${String(item)}`).join(', ')} }`;
}

const keys = allKeys().map((path) => path.join('.'));

describe('docs/configuration.md', () => {
  it.each(keys)('explains %s', (key) => {
    const [, , , meaning] = rowOf(key);
    expect(meaning?.length).toBeGreaterThan(9);
  });

  it.each(keys.filter((key) => !isSection(key) && schemaAt(key.split('.'))?.default !== undefined))('gives the default of %s', (key) => {
    expect(rowOf(key)[2]).toBe(`\`${inline(schemaAt(key.split('.'))!.default)}\``);
  });

  test('names no key that does not exist', () => {
    const documented = rows.map(({ name }) => name).filter((name) => name.includes('.') && !name.includes('[]'));
    expect(documented.filter((name) => !keys.includes(name))).toEqual([]);
  });

  it.each(PRESET_NAMES)('gives formula and numbers of preset %s', (name) => {
    const { formula, mean, std } = PRESETS[name];
    const short = (values: readonly number[]) => (new Set(values).size === 1 ? `${values[0]!}` : values.join(', '));
    expect(rowOf(name).slice(1, 4)).toEqual([`\`${formula}\``, short(mean), short(std)]);
  });

  it.each(Object.entries(OVERRIDES))('lists the override %s', (name, { path }) => {
    expect(page).toContain(`| \`--${name}\`, \`${name}\` | \`${path.join('.')}\` |`);
  });

  test('shows a config that is right', () => {
    const example = /```yaml\n([\s\S]*?)```/.exec(page)![1]!;
    expect(settings.safeParse(parse(example)).error).toBeUndefined();
  });
});

function isSection(key: string): boolean {
  return keys.some((other) => other.startsWith(`${key}.`)) && !key.includes('.');
}
