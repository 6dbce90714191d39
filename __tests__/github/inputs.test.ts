import { expect, test } from 'vitest';
import { readInputs } from '../../src/github/inputs.ts';

function given(values: Readonly<Record<string, string>>): (name: string) => string {
  return (name) => values[name] ?? '';
}

const DEFAULTS = { command: 'check', token: '', configPath: null, profile: null, shard: null, shards: null, overrides: {}, comment: 'always', recreateComment: false, checkRun: true, artifact: true };

test('leaves out what the workflow did not set, so that the config decides', () => {
  expect(readInputs(given({ 'github-token': 't' }), ['seeds', 'epochs'])).toEqual({ ...DEFAULTS, token: 't' });
});

test('passes on what it did set, as written', () => {
  const inputs = readInputs(given({ config: 'a/b.yml', seeds: '0', 'fail-on': 'never' }), ['seeds', 'epochs', 'fail-on']);
  expect(inputs).toEqual({ ...DEFAULTS, configPath: 'a/b.yml', overrides: { seeds: '0', 'fail-on': 'never' } });
});

test('reads where the report is to be seen', () => {
  const inputs = readInputs(given({ command: 'comment', comment: 'on-change', 'recreate-comment': 'true', 'check-run': 'false', artifact: 'false' }), []);
  expect(inputs).toEqual({ ...DEFAULTS, command: 'comment', comment: 'on-change', recreateComment: true, checkRun: false, artifact: false });
});

test.each([
  ['comment', 'sometimes', /`comment` cannot be "sometimes".*always, on-failure, on-change, never/],
  ['artifact', 'yes', /`artifact` cannot be "yes".*true, false/],
])('refuses %s: %s', (name, value, message) => {
  expect(() => readInputs(given({ [name]: value }), [])).toThrow(message);
});
