import { expect, test } from 'vitest';
import { comparabilityOf, ROUNDING_TOLERANCE } from '../../src/evidence/comparability.ts';
import type { Environment, NativeFacts } from '../../src/evidence/types.ts';

const WASM: Environment = { version: '1.0.0', tfjs: '4.22.0', backend: 'wasm', kernels: 'exact', fusedMultiplyAdd: false };
const native = (facts: Partial<NativeFacts> = {}): Environment => ({ ...WASM, backend: 'native', native: { tensorflow: '2.21.0', threads: 1, instructionSet: 'AVX2', gpu: false, ...facts } });
const rounding = (why: string) => ({ kind: 'rounding', tolerance: ROUNDING_TOLERANCE, why });

test.each([
  ['the same on wasm', WASM, WASM, { kind: 'bits' }],
  ['the same on native', native(), native(), { kind: 'bits' }],
  ['another backend', WASM, native(), { kind: 'none', why: 'backend wasm and native' }],
  ['another version of ours', WASM, { ...WASM, version: '1.0.1' }, { kind: 'none', why: 'layer-vitals 1.0.0 and 1.0.1' }],
  ['another TensorFlow.js', WASM, { ...WASM, tfjs: '4.23.0' }, { kind: 'none', why: 'TensorFlow.js 4.22.0 and 4.23.0' }],
  ['relaxed kernels on one side', WASM, { ...WASM, kernels: 'relaxed' as const }, rounding('kernels exact and relaxed')],
  ['a processor that fuses on one side', { ...WASM, kernels: 'relaxed' as const }, { ...WASM, kernels: 'relaxed' as const, fusedMultiplyAdd: true }, rounding('one processor rounds products together with their sum, the other does not')],
  ['more threads', native(), native({ threads: 4 }), rounding('threads for an operation 1 and 4')],
  ['another instruction set', native(), native({ instructionSet: 'AVX-512' }), rounding('instruction set AVX2 and AVX-512')],
  ['another libtensorflow', native(), native({ tensorflow: '2.9.1' }), rounding('libtensorflow 2.21.0 and 2.9.1')],
  ['an instruction set that is not known', native({ instructionSet: null }), native({ instructionSet: null }), rounding('the instruction set is not known')],
  ['a GPU', native({ gpu: true }), native({ gpu: true }), rounding('a GPU adds in no fixed order')],
])('%s', (_, a, b, expected) => {
  expect(comparabilityOf(a, b)).toEqual(expected);
});
