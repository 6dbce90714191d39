import { expect, test } from 'vitest';
import { readInputs } from '../../src/github/inputs.ts';

function given(values: Readonly<Record<string, string>>): (name: string) => string {
  return (name) => values[name] ?? '';
}

test('leaves out what the workflow did not set, so that the config decides', () => {
  expect(readInputs(given({ 'github-token': 't' }), ['seeds', 'epochs'])).toEqual({ token: 't', configPath: null, overrides: {} });
});

test('passes on what it did set, as written', () => {
  const inputs = readInputs(given({ config: 'a/b.yml', seeds: '0', 'fail-on': 'never' }), ['seeds', 'epochs', 'fail-on']);
  expect(inputs).toEqual({ token: '', configPath: 'a/b.yml', overrides: { seeds: '0', 'fail-on': 'never' } });
});
