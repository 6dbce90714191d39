import { describe, expect, test } from 'vitest';

import { ADDON, cacheIn, LIBRARIES } from '../../src/native/cache.ts';
import { locateNative } from '../../src/native/locate.ts';
import { obstacleOf, thisMachine } from '../../src/native/platform.ts';
import { folderWith } from '../temporary-folder.ts';

const nothing = cacheIn('/nowhere');

/** A workspace in which a package lies. */
function workspace(name: string, version: string, files: Readonly<Record<string, string>> = {}): string {
  const inside = `node_modules/@tensorflow/${name}`;
  return folderWith({ [`${inside}/package.json`]: JSON.stringify({ version }), ...Object.fromEntries(Object.entries(files).map(([file, text]) => [`${inside}/${file}`, text])) });
}

describe('locateNative', () => {
  test("takes the user's own where its installer worked, that for the GPU first", () => {
    const own = workspace('tfjs-node', '4.22.0', { [ADDON]: 'addon' });
    expect(locateNative(own, nothing)).toEqual({ name: '@tensorflow/tfjs-node', folder: `${own}/node_modules/@tensorflow/tfjs-node`, origin: 'workspace' });
    const gpu = workspace('tfjs-node-gpu', '4.22.0', { [ADDON]: 'addon' });
    expect(locateNative(gpu, nothing)).toMatchObject({ name: '@tensorflow/tfjs-node-gpu' });
  });

  test.skipIf(obstacleOf(thisMachine()) !== null)('takes the cache where there is none, if it is whole', () => {
    const files = { [ADDON]: 5, [`deps/lib/${LIBRARIES[0]}`]: 3 };
    const { folder, installation } = cacheIn('');
    const name = installation.slice(folder.length).replace(/^\//, '');
    const cached = (addon: string) =>
      cacheIn(
        folderWith({
          [`${name}/installation.json`]: JSON.stringify({ files }),
          [`${name}/node_modules/@tensorflow/tfjs-node/${ADDON}`]: addon,
          [`${name}/node_modules/@tensorflow/tfjs-node/deps/lib/${LIBRARIES[0]}`]: 'lib',
        }),
      );
    expect(locateNative(folderWith({}), cached('addon'))).toMatchObject({ origin: 'cache' });
    expect(() => locateNative(folderWith({}), cached('add'))).toThrow('is not installed');
  });

  test.skipIf(obstacleOf(thisMachine()) !== null).each([
    ['none', () => folderWith({}), 'The native backend is not installed.'],
    ['another version', () => workspace('tfjs-node', '4.21.0', { [ADDON]: 'addon' }), '@tensorflow/tfjs-node in this workspace is 4.21.0; 4.22.0 is needed.'],
    ['no addon', () => workspace('tfjs-node', '4.22.0'), 'has no addon: its installer did not run, or failed.'],
  ])('says what is wrong: %s', (_, make, message) => {
    expect(() => locateNative(make(), nothing)).toThrow(message);
  });
});
