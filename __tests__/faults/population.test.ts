import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { BASES } from '../../bench/faults/bases.ts';
import { examplesFor, halfOf, SOURCES } from '../../bench/faults/data-set.ts';
import { generated } from '../../bench/faults/generated.ts';
import { isWorse } from '../../bench/faults/harm.ts';
import { OPERATORS } from '../../bench/faults/operators.ts';
import { basesOf, inTurn, mutantsOf } from '../../bench/faults/population.ts';
import { contentKey, networkOf } from '../../bench/faults/program.ts';
import { startBackend } from '../../src/engine/backend.ts';
import { UserError } from '../../src/errors.ts';

const GENERATED = SOURCES.flatMap((source) => generated(source) ?? []);

describe('the population', () => {
  beforeAll(() => startBackend('wasm'));

  it('has more than 40 programs, each with a name of its own, half of the data in each half', () => {
    expect(BASES.length).toBeGreaterThan(40);
    expect(new Set(BASES.map(({ program }) => program.base)).size).toBe(BASES.length);
    expect(SOURCES.filter((source) => halfOf(source) === 'tuning').toSorted()).toEqual(['fashion-mnist', 'figures', 'rarities', 'spirals', 'waves']);
    expect(basesOf('reporting').length).toBeGreaterThanOrEqual(20);
  });

  it('shares no architecture between the halves', () => {
    const architectures = (half: 'tuning' | 'reporting') => basesOf(half).map(({ program }) => JSON.stringify([program.blocks.slice(0, -1), program.optimizer, program.learningRate]));
    const reported = new Set(architectures('reporting'));
    expect(architectures('tuning').filter((one) => reported.has(one))).toEqual([]);
  });

  it.each(GENERATED)('$name: every program and mutant is a network, or refused for its output', (data) => {
    for (const { program } of [...inTurn('tuning'), ...inTurn('reporting')].filter((member) => member.program.data === data.name)) {
      try {
        const { model } = networkOf(program, data);
        expect(model.outputs[0]!.shape).toEqual([null, data.classes]);
        model.dispose();
      } catch (error) {
        expect(error).toBeInstanceOf(UserError);
        expect((error as UserError).code).toBe('output-activation');
      }
    }
  });

  it('changes what the operator names, and nothing in the healthy program', () => {
    for (const base of BASES) {
      const before = JSON.stringify(base.program);
      for (const { program } of mutantsOf(base)) expect(JSON.stringify(program)).not.toBe(before);
      expect(JSON.stringify(base.program)).toBe(before);
    }
    expect(OPERATORS.filter(({ apply }) => BASES.every(({ program }) => Object.keys(apply(program)).length === 0)).map(({ name }) => name)).toEqual([]);
  });

  it.each(GENERATED)('$name: the detector sees no example that the labels are measured on', (data) => {
    const [detector, labels] = [examplesFor('detector', data), examplesFor('labels', data)];
    expect([...detector, ...labels].toSorted((a, b) => a - b)).toEqual(Array.from(data.labels.keys()));
    for (const side of [detector, labels]) expect(new Set(side.map((example) => data.labels[example])).size).toBe(data.classes);
  });

  it('has labels of these programs', () => {
    const folder = path.resolve('bench/faults/labels');
    const files = readdirSync(folder);
    expect(files).not.toEqual([]);
    for (const data of GENERATED.filter(({ name }) => files.includes(`${name}.json`))) {
      const labels = JSON.parse(readFileSync(path.join(folder, `${data.name}.json`), 'utf8')) as Record<string, { base: string; operator: string | null }>;
      const known = new Map([...inTurn('tuning'), ...inTurn('reporting')].map((member) => [contentKey(member.program, data), member]));
      for (const [key, label] of Object.entries(labels)) expect(known.get(key), `${label.base}, ${label.operator ?? 'healthy'}`).toMatchObject({ operator: label.operator });
    }
  });
});

describe('isWorse', () => {
  it.each([
    ['clearly worse', [0.5, 0.52, 0.49, 0.51], true],
    ['4 points worse, however surely', [0.86, 0.86, 0.86, 0.86], false],
    ['worse in one run alone', [0.9, 0.9, 0.9, 0.3], false],
    ['better', [0.95, 0.95, 0.95, 0.95], false],
    ['exactly 10 points worse in each', [0.8, 0.8, 0.8, 0.8], true],
    ['refused', null, true],
  ])('%s', (_, mutant, expected) => {
    expect(isWorse(mutant, [0.9, 0.9, 0.9, 0.9])).toBe(expected);
  });
});
