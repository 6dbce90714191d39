import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { expect, it, test } from 'vitest';
import { parse } from 'yaml';
import { jsonSchema, schemaAt } from '../../src/config/json-schema.ts';
import { pointer, settings } from '../../src/config/settings.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const file = readFileSync(path.join(root, 'schema', 'layer-vitals.schema.json'), 'utf8');
const validate = new Ajv2020().compile(JSON.parse(file) as object);

const SMALL = 'model: { path: m }\ndata: { path: d }\n';

test('the schema in the repository is the one of the sources (npm run schema makes it)', () => {
  expect(file).toBe(`${JSON.stringify(jsonSchema(), null, 2)}\n`);
});

const examples = path.join(root, 'fixtures', 'examples');
it.each(['layer-vitals.yml', ...readdirSync(examples).map((name) => `fixtures/examples/${name}/layer-vitals.yml`)])('the schema accepts %s', (config) => {
  expect(validate(parse(readFileSync(path.join(root, config), 'utf8')))).toBe(true);
});

it.each<[boolean, string]>([
  [true, SMALL],
  [true, 'config: a.yml\n'],
  [true, '$schema: x\nconfig: a.yml\n'],
  [true, `${SMALL}input: { normalization: imagenet, arms: [raw] }\n`],
  [true, `${SMALL}input: { normalization: { mean: [1, 2, 3], std: 1 } }\n`],
  [true, `${SMALL}thresholds: { std-shrinkage: off, accuracy-delta: { warn: margin }, not-learning: { fail: 0.4 } }\n`],
  [true, `${SMALL}experiment: { seeds: 12, margin: auto }\ntime-limit: 1.5h\n`],
  [true, 'model: { head: [{ layer: dense, units: 2, kernel-initializer: { zeros: {} } }] }\ndata: { path: d, size: [8, 9], validation: v }\n'],
  [true, `${SMALL}profiles: { nightly: { experiment: { seeds: 24 }, data: { size: 64 }, model: { train: all } }, a-b_2: {} }\n`],
  [false, `${SMALL}profiles: { nightly: { sedes: 24 } }\n`],
  [false, `${SMALL}profiles: { nightly: { experiment: { seeds: 1 } } }\n`],
  [false, `${SMALL}profiles: { none: {} }\n`],
  [false, `${SMALL}profiles: { a b: {} }\n`],
  [false, 'model: { path: m }\n'],
  [false, 'config: a.yml\nmodel: { path: m }\n'],
  [false, 'config: 5\n'],
  [false, `${SMALL}tresholds: {}\n`],
  [false, `${SMALL}training: { batch_size: 3 }\n`],
  [false, `${SMALL}thresholds: { std-shrinkage: { fial: 1 } }\n`],
  [false, `${SMALL}experiment: { seeds: 1 }\n`],
  [false, `${SMALL}experiment: { seeds: 2.5 }\n`],
  [false, `${SMALL}training: { optimizer: adamm }\n`],
  [false, `${SMALL}training: { learning-rate: 0 }\n`],
  [false, `${SMALL}input: { normalization: imagnet }\n`],
  [false, `${SMALL}input: { normalization: { mean: 1, std: 0 } }\n`],
  [false, `${SMALL}input: { normalization: { mean: [1, 2], std: 1 } }\n`],
  [false, `${SMALL}time-limit: 10\n`],
  [false, `${SMALL}time-limit: 0s\n`],
  [false, `${SMALL}thresholds: { not-learning: { fail: on-harm } }\n`],
  [false, 'model: { head: [] }\ndata: { path: d }\n'],
  [false, 'model: { head: [{ units: 2 }] }\ndata: { path: d }\n'],
  [false, 'model: { train: tail }\ndata: { path: d }\n'],
])('editor and check agree (%s) on %j', (good, yaml) => {
  const data: unknown = parse(yaml);
  expect(validate(data)).toBe(good);
  expect(settings.safeParse(data).success || pointer.safeParse(data).success).toBe(good);
});

test('an editor offers no defaults in a profile: what it leaves out stays as it is', () => {
  expect(schemaAt(['experiment', 'seeds'])).toMatchObject({ default: 6 });
  const { else: whole } = JSON.parse(file) as { else: { properties: { profiles: object } } };
  expect(JSON.stringify(whole)).toContain('"default"');
  expect(JSON.stringify(whole.properties.profiles)).toContain('"seeds"');
  expect(JSON.stringify(whole.properties.profiles)).not.toContain('"default"');
});
