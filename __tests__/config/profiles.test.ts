import path from 'node:path';
import { describe, expect, it, test } from 'vitest';
import { checkIdOf } from '../../src/config/check-id.ts';
import type { Config } from '../../src/config/config.ts';
import { loadConfig } from '../../src/config/load-config.ts';
import type { Overrides } from '../../src/config/overrides.ts';
import { UserError } from '../../src/errors.ts';
import { folderWith } from '../temporary-folder.ts';

const SMALL = 'model: { path: m/model.json }\ndata: { path: images }\ninput: { normalization: imagenet }\n';

function load(yaml: string, profile: string | null = null, overrides: Overrides = {}): Config {
  return loadConfig({ cwd: folderWith({ 'layer-vitals.yml': yaml }), path: null, profile, overrides });
}

function errorOf(yaml: string, profile: string | null = null, overrides: Overrides = {}): string {
  try {
    load(yaml, profile, overrides);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    expect(error.message).not.toContain('\n');
    return `${error.code} | ${error.message}`;
  }
  throw new Error('no error');
}

describe('a profile', () => {
  const yaml = `${SMALL}training: { epochs: 5, batch-size: 8 }
experiment: { seeds: 4, more-seeds: [8, 12], margin: 3 }
thresholds: { std-shrinkage: { warn: 0.2 }, not-learning: off }
profiles:
  release:
    id: release
    data: { path: all-images }
    input: { arms: [raw, per-image] }
    training: { epochs: 50 }
    experiment: { more-seeds: [24] }
    thresholds: { std-shrinkage: { fail: 0.1 }, not-learning: { fail: 0.25 } }
    fail-on: warning
  weekly: { model: { train: all } }
`;

  test('takes the place of what the file says, key by key, lists as a whole, and leaves the rest', () => {
    const config = load(yaml, 'release');
    expect(config).toMatchObject({
      id: 'release',
      profile: 'release',
      model: { train: 'head' },
      input: { normalization: 'imagenet', arms: ['normalized', 'raw', 'per-image'] },
      training: { epochs: 50, batchSize: 8 },
      experiment: { seeds: 4, moreSeeds: [24], margin: 3 },
      thresholds: { stdShrinkage: { warn: 0.2, fail: 0.1 }, notLearning: { warn: 0.25, fail: 0.25 } },
      failOn: 'warning',
    });
    expect(path.basename(config.data.path.absolute)).toBe('all-images');
    expect(load(yaml, 'weekly')).toMatchObject({ id: 'layer-vitals', model: { train: 'all', path: { written: 'm/model.json' } }, training: { epochs: 5 } });
  });

  it.each([null, '', '  ', 'none'])('is not taken where none is asked for (%j)', (profile) => {
    expect(load(yaml, profile)).toMatchObject({ profile: null, training: { epochs: 5 }, failOn: 'error' });
    expect(load(yaml, profile)).toEqual({ ...load(yaml), model: expect.anything() as object, data: expect.anything() as object });
  });

  test('stands below what is given from outside', () => {
    expect(load(yaml, 'release', { epochs: '7', 'fail-on': 'never' })).toMatchObject({ training: { epochs: 7 }, failOn: 'never', experiment: { moreSeeds: [24] } });
  });

  test('may be in the file to which another one leads', () => {
    const cwd = folderWith({ 'layer-vitals.yml': 'config: a\n', 'a/layer-vitals.yml': yaml });
    expect(loadConfig({ cwd, path: null, profile: 'weekly', overrides: {} })).toMatchObject({ id: 'a', model: { train: 'all' } });
    expect(checkIdOf({ cwd, path: null, profile: 'weekly' })).toBe('a');
    expect(checkIdOf({ cwd, path: null, profile: 'release' })).toBe('release');
    expect(checkIdOf({ cwd, path: null })).toBe('a');
  });
});

describe('nightly', () => {
  test.each<[string, string, Partial<Config['experiment']>, number]>([
    ['four times the seeds and the time', '', { seeds: 24, moreSeeds: [] }, 2400],
    ['at once, where the file goes on to more', 'experiment: { seeds: 4, more-seeds: [8, 12], margin: 3 }\n', { seeds: 16, moreSeeds: [], margin: 3 }, 2400],
    ['as many as the file goes on to, where these are more', 'experiment: { seeds: 4, more-seeds: [48] }\ntime-limit: 1.5h\n', { seeds: 48, moreSeeds: [] }, 21_600],
    ['no more than a config may have', 'experiment: { seeds: 600 }\ntime-limit: 90s\n', { seeds: 1000, moreSeeds: [] }, 360],
  ])('is there without being written: %s', (_, yaml, experiment, timeLimit) => {
    expect(load(SMALL + yaml, 'nightly')).toMatchObject({ profile: 'nightly', experiment, timeLimit });
  });

  test('of the file takes its place, and is no longer than it says', () => {
    expect(load(`${SMALL}profiles: { nightly: { training: { epochs: 40 } } }\n`, 'nightly')).toMatchObject({ training: { epochs: 40 }, experiment: { seeds: 6 }, timeLimit: 600 });
  });

  test('says what is wrong with the file as ever', () => {
    expect(errorOf(`${SMALL}experiment: { seeds: six }\n`, 'nightly')).toMatch(/^bad-value \| layer-vitals\.yml:4:22: `experiment\.seeds` cannot be "six"\. It must be a whole number from 2 to 1000\.$/);
  });
});

describe('what is wrong with a profile', () => {
  test.each<[string, string, string | null, string]>([
    ['an unknown name', 'profiles: { release: {} }', 'relaese', 'unknown-profile | Option or input `profile`: there is no profile "relaese" in layer-vitals.yml. Did you mean `release`? There are nightly, release; none is the config without any.'],
    ['a name where there is none', '', 'weekly-and-long', 'unknown-profile | Option or input `profile`: there is no profile "weekly-and-long" in layer-vitals.yml. There are nightly; none is the config without any.'],
    ['a name of every object', '', 'constructor', 'unknown-profile | Option or input `profile`: there is no profile "constructor" in layer-vitals.yml. There are nightly; none is the config without any.'],
    ['an unknown key, where nobody asks for it', 'profiles:\n  weekly:\n    experiment: { sedes: 8 }', null, 'unknown-key | layer-vitals.yml:6:19: Unknown key `sedes` in `profiles.weekly.experiment`. Did you mean `seeds`? Known here: seeds, more-seeds, margin.'],
    ['an unknown section', 'profiles:\n  weekly: { seeds: 8 }', null, 'unknown-key | layer-vitals.yml:5:13: Unknown key `seeds` in `profiles.weekly`. '],
    ['a profile in a profile', 'profiles:\n  weekly: { profiles: {} }', null, 'unknown-key | layer-vitals.yml:5:13: Unknown key `profiles` in `profiles.weekly`. '],
    ['a wrong value', 'profiles:\n  weekly:\n    experiment: { seeds: 1 }', null, 'bad-value | layer-vitals.yml:6:26: `profiles.weekly.experiment.seeds` cannot be 1. It must be a whole number from 2 to 1000.'],
    ['no profiles', 'profiles: nightly', null, 'bad-value | layer-vitals.yml:4:11: `profiles` cannot be "nightly". It must be names with a part of the config each, such as { nightly: { experiment: { seeds: 24 } } }.'],
    ['a list', 'profiles: { nightly: [seeds] }', null, 'bad-value | layer-vitals.yml:4:22: `profiles.nightly` cannot be ["seeds"]. It must be keys and values'],
    ['nothing in it', 'profiles:\n  nightly:', 'nightly', 'empty-value | layer-vitals.yml:5:11: `profiles.nightly` is empty. Give keys and values'],
    ['a name that cannot be one', 'profiles: { "at night": {} }', null, 'bad-value | layer-vitals.yml:4:13: `profiles` cannot have the name "at night". It must be a name of letters, digits, underscores and dashes, other than none.'],
    ['the name that stands for none', 'profiles: { none: {} }', 'none', 'bad-value | layer-vitals.yml:4:13: `profiles` cannot have the name "none". '],
    ['a contradiction with the file, where somebody asks for it', 'experiment: { more-seeds: [12] }\nprofiles:\n  weekly: { experiment: { seeds: 20 } }', 'weekly', 'seeds-descend | layer-vitals.yml:4:28: `experiment.more-seeds` goes on to 12 seeds, but there are 20 already.'],
    ['a contradiction with the file, where nobody asks for it', 'experiment: { more-seeds: [12] }\nprofiles:\n  weekly: { experiment: { seeds: 20 } }', null, 'seeds-descend | layer-vitals.yml:4:28: With profile weekly: `experiment.more-seeds` goes on to 12 seeds, but there are 20 already.'],
    ['a contradiction in itself', 'profiles:\n  weekly: { experiment: { seeds: 20, more-seeds: [9] } }', 'nightly', 'seeds-descend | layer-vitals.yml:5:51: With profile weekly: `experiment.more-seeds` goes on to 9 seeds, but there are 20 already.'],
  ])('%s', (_, yaml, profile, expected) => {
    expect(errorOf(`${SMALL}${yaml}\n`, profile).slice(0, expected.length)).toBe(expected);
  });

  test('is said once, though it is wrong by itself and in its place', () => {
    expect(errorOf(`${SMALL}profiles: { weekly: { experiment: { seeds: 1 } } }\n`, 'weekly')).toMatch(/`profiles\.weekly\.experiment\.seeds` cannot be 1\. It must be a whole number from 2 to 1000\.$/);
  });

  test('is said of the option where a value from outside is wrong', () => {
    expect(errorOf(`${SMALL}profiles: { weekly: { experiment: { seeds: 8 } } }\n`, 'weekly', { seeds: '1' })).toMatch(/^bad-value \| Option or input `seeds`: /);
  });
});
