import { describe, expect, test, vi } from 'vitest';

import { startBackend } from '../../../src/engine/backend.ts';
import { instructionSet, instructionSetOf } from '../../../src/engine/native/instruction-set.ts';
import { loadNative } from '../../../src/engine/native/load.ts';
import * as tf from '../../../src/engine/tf.ts';
import { folderWith } from '../../temporary-folder.ts';
import { nativeObstacle, onNative } from './native-here.ts';

const NAME = '@tensorflow/tfjs-node';

/** A package whose addon cannot be loaded, by what Node says of it. */
function broken(main: string, files: Readonly<Record<string, string>> = {}): string {
  return folderWith({ 'package.json': '{ "main": "index.js" }', 'index.js': main, ...files });
}

describe('loadNative', () => {
  test.each([
    ['built for another Node', `throw new Error("The module 'x.node' was compiled against a different Node.js version using\\nNODE_MODULE_VERSION 83.")`, 'was built for another Node'],
    ['cut short', "require('./addon.node')", 'was built for another machine, or is cut short'],
    ['without its library', "throw new Error('libtensorflow_cc.so.2: cannot open shared object file: No such file or directory')", 'is not there'],
    ['for a newer system', "throw new Error(\"/lib/libc.so.6: version `GLIBC_2.99' not found (required by x.node)\")", 'newer C library'],
    ['for a reason of its own', "throw new Error('The moon is full')", 'The moon is full'],
  ])('says why it cannot: %s', (_, main, says) => {
    const { argv } = process;
    const { warn } = console;
    expect(() => loadNative({ name: NAME, origin: 'cache', folder: broken(main, { 'addon.node': 'half an addon' }) })).toThrow(expect.objectContaining({ code: 'native-load', what: expect.stringContaining(says) as string }));
    expect(process.argv).toBe(argv);
    expect(console.warn).toBe(warn);
  });

  test.each([
    ['cache', 'Run `npx layer-vitals native install`'],
    ['workspace', `Run \`npm rebuild ${NAME}\``],
  ] as const)('says how to mend the one of the %s', (origin, fix) => {
    expect(() => loadNative({ name: NAME, origin, folder: broken("require('./addon.node')", { 'addon.node': '' }) })).toThrow(expect.objectContaining({ code: 'native-load', fix: expect.stringContaining(fix) as string }));
  });
});

test.each([
  ['flags\t\t: fpu sse4_1 avx avx2 avx512f', 'AVX-512'],
  ['model name: x\nflags : fpu sse4_1 avx avx2\nbugs: avx512f', 'AVX2'],
  ['flags : fpu', null],
  ['Features : asimd', null],
])('instructions of %j', (cpuinfo, expected) => {
  expect(instructionSetOf(cpuinfo)).toBe(expected);
});

test.skipIf(instructionSet({}) === null)('instructions that oneDNN is told to do without are part of what computed', () => {
  expect(instructionSet({ ONEDNN_MAX_CPU_ISA: 'SSE41' })).toBe(`${instructionSet({})!}, oneDNN up to SSE41`);
});

describe.skipIf(nativeObstacle !== null)(onNative('startBackend'), () => {
  test('starts beside wasm, says nothing, and leaves gradients and arguments as they were', async () => {
    await startBackend('wasm');
    const gradient = tf.getGradient(tf.Relu);
    const written = [vi.spyOn(console, 'warn'), vi.spyOn(console, 'log'), vi.spyOn(console, 'error')];
    const { argv } = process;
    process.argv = [...argv, 'undefined', '--directory=/nowhere'];
    try {
      const backend = await startBackend('native');
      expect(backend).toMatchObject({ name: 'native', tfjs: '4.22.0', native: { gpu: false } });
      expect(backend.native!.tensorflow).toMatch(/^2\.\d+\.\d+/);
      expect(backend.native!.threads).toBeGreaterThan(0);
    } finally {
      process.argv = argv;
    }
    expect(tf.getBackend()).toBe('tensorflow');
    // Ours were installed anew; that of stock would be another function.
    expect(String(tf.getGradient(tf.Relu).gradFunc)).toBe(String(gradient.gradFunc));
    expect([...tf.grad((x) => tf.relu(x))(tf.tensor1d([-1, 0, 2])).dataSync()]).toEqual([0, 0, 1]);
    await startBackend('wasm');
    expect(tf.getBackend()).toBe('wasm');
    expect([...tf.grad((x) => tf.relu(x))(tf.tensor1d([-1, 0, 2])).dataSync()]).toEqual([0, 0, 1]);
    for (const spy of written) expect(spy).not.toHaveBeenCalled();
  });

  test('serves models of the one copy of layers', async () => {
    await startBackend('native');
    const model = tf.sequential({ layers: [tf.layers.lstm({ inputShape: [2, 1], units: 1 })] });
    expect(model).toBeInstanceOf(tf.LayersModel);
    expect((model.apply(tf.ones([1, 2, 1])) as tf.Tensor).square().shape).toEqual([1, 1]);
  });
});
