/** The healthy programs. Those that trip naive checks say how. */
import type { Source } from './data-set.ts';
import { act, batchNorm, conv, conv1d, dense, depthwise, dropout, flatten, globalPool, glorotNormal, he, heUniform, lecun, maxPool, plain, times } from './layers.ts';
import type { Block, Program } from './program.ts';

type Training = Partial<Pick<Program, 'optimizer' | 'learningRate' | 'epochs' | 'input' | 'labelNoise'>>;

export interface Base {
  readonly program: Program;
  /** Why a naive check would alarm; null where it would not. */
  readonly hardNegative: string | null;
}

const CLASSES: Readonly<Record<Source, number>> = { emoji: 8, 'fashion-mnist': 10, digits: 10, figures: 4, blobs: 5, spirals: 3, waves: 4, motifs: 4, friedman: 4, rarities: 3 };
const PICTURES: readonly Source[] = ['emoji', 'fashion-mnist'];
const GREY: readonly Source[] = ['digits', 'figures'];
const AS_IT_IS = { shift: 0, scale: 1 };

function base(data: Source, name: string, blocks: readonly Block[], training: Training = {}, hardNegative: string | null = null, pretrained = false): Base {
  const input = pretrained ? 'efficientnet-lite' : PICTURES.includes(data) ? 'minus-one-to-one' : GREY.includes(data) ? { shift: 127.5, scale: 1 / 127.5 } : AS_IT_IS;
  const output = dense(CLASSES[data], 'softmax');
  const program = { base: `${data}/${name}`, data, pretrained, blocks: [...blocks, output], optimizer: 'adam', learningRate: 3e-3, epochs: 8, batchSize: 16, input, labelNoise: 0, defect: null, ...training } as const;
  return { program, hardNegative };
}

const transfer = (data: Source, name: string, head: readonly Block[], training: Training = {}, hardNegative: string | null = null) => base(data, name, head, training, hardNegative, true);

export const BASES: readonly Base[] = [
  // Pictures with colours.
  base('emoji', 'cnn', [conv(12, 'relu'), maxPool, conv(24, 'relu'), maxPool, flatten, dense(48, 'relu')]),
  base('emoji', 'cnn-batch-norm', [conv(12), batchNorm, act('relu'), maxPool, conv(24), batchNorm, act('relu'), maxPool, flatten], {}),
  base('emoji', 'separable', [conv(12, 'relu6', { strides: 2, ...he }), depthwise(), batchNorm, plain('re-lu', { 'max-value': 6 }), conv(24, 'linear', { 'kernel-size': 1 }), batchNorm, globalPool], { learningRate: 1e-2 }, 'global pooling shrinks std, ReLU6 clips'),
  transfer('emoji', 'transfer-linear', [globalPool], {}, 'pooled features have a small std'),
  transfer('emoji', 'transfer-small-rate', [globalPool, dense(48, 'relu'), dropout(0.5)], { learningRate: 3e-4, epochs: 20 }, 'a small rate as in fine-tuning, dropout .5'),
  transfer('emoji', 'transfer-conv', [conv(24, 'relu', { 'kernel-size': 1, ...he }), globalPool, dense(32, 'relu')]),
  base('fashion-mnist', 'cnn-elu', [conv(8, 'elu', heUniform), maxPool, conv(12, 'elu', heUniform), maxPool, flatten, dense(32, 'elu')]),
  base('fashion-mnist', 'residual', [conv(12, 'relu', { strides: 3, ...he }), { around: [batchNorm, act('relu'), conv(12)] }, { around: [batchNorm, act('relu'), conv(12)] }, globalPool], { learningRate: 1e-2 }),
  base('fashion-mnist', 'depthwise-swish', [conv(12, 'swish', { strides: 2 }), depthwise({ activation: 'swish' }), conv(24, 'swish', { 'kernel-size': 1 }), flatten]),
  base('fashion-mnist', 'hourglass', [flatten, dense(48, 'relu'), dense(6), dense(48, 'relu'), dense(96, 'sigmoid')], {}, 'a bottleneck of 6 units'),
  base('fashion-mnist', 'raw-into-batch-norm', [batchNorm, flatten, dense(48, 'relu', he)], { input: 'raw' }, 'raw 0..255 input into a leading BatchNorm'),
  transfer('fashion-mnist', 'transfer-momentum', [globalPool], { optimizer: 'momentum', learningRate: 1e-2 }, 'pooled features have a small std'),
  transfer('fashion-mnist', 'transfer-tanh', [globalPool, batchNorm, dense(32, 'tanh')], { optimizer: 'rmsprop', learningRate: 1e-3 }),

  // Small grey pictures.
  base('digits', 'mlp', [flatten, dense(64, 'relu', he), dense(32, 'relu', he)]),
  base('digits', 'deep-tanh', [flatten, ...times(6, () => dense(32, 'tanh'))]),
  base('digits', 'lenet', [conv(6, 'tanh'), plain('average-pooling-2d'), conv(12, 'tanh'), flatten, dense(32, 'tanh')], { optimizer: 'momentum', learningRate: 2e-2 }),
  base('digits', 'softplus', [flatten, dense(48, 'softplus'), dense(24, 'softplus')], {}, 'softplus: no unit is centred'),
  base('digits', 'narrow', [flatten, dense(6, 'elu', he)], { learningRate: 1e-2, epochs: 12 }, 'six units'),
  base('digits', 'unit-input', [flatten, dense(48, 'relu')], { input: { shift: 0, scale: 1 / 255 } }, 'input in [0, 1], not centred'),
  base('digits', 'noisy-labels', [flatten, dense(48, 'relu', he)], { labelNoise: 0.3 }, 'three tenths of the labels are random'),
  base('figures', 'cnn-leaky', [conv(8, 'linear', { strides: 2 }), plain('leaky-re-lu', { alpha: 0.1 }), conv(16), plain('leaky-re-lu', { alpha: 0.1 }), flatten], { epochs: 10 }),
  base('figures', 'plain-deep', [conv(8, 'relu', { strides: 2, ...he }), ...times(4, () => conv(12, 'relu', he)), flatten], { epochs: 10 }),
  base('figures', 'residual-plain', [conv(8, 'relu', { strides: 2, ...he }), { around: [conv(8, 'relu'), conv(8)] }, { around: [conv(8, 'relu'), conv(8)] }, act('relu'), flatten], { epochs: 10 }),
  base('figures', 'dilated', [conv(8, 'relu', { 'dilation-rate': 2, ...he }), conv(12, 'relu', { strides: 2, ...he }), flatten, dropout(0.5)], { epochs: 12 }, 'dropout .5'),
  base('figures', 'batch-norm-sgd', [conv(8, 'linear', { strides: 2 }), batchNorm, act('relu'), conv(16), batchNorm, act('relu'), flatten], { optimizer: 'sgd', learningRate: 3e-2, epochs: 10 }),

  // Vectors.
  base('blobs', 'logistic', [], { learningRate: 1e-2 }, 'no hidden layer'),
  base('blobs', 'mlp-adagrad', [dense(32, 'relu', he), dense(16, 'relu', he)], { optimizer: 'adagrad', learningRate: 5e-2 }),
  base('blobs', 'wide', [dense(512, 'relu')], { learningRate: 1e-3 }, '512 units for 16 inputs'),
  base('blobs', 'sigmoid', [dense(32, 'sigmoid')], { learningRate: 1e-2 }, 'sigmoid halves every slope'),
  base('blobs', 'batch-norm', [dense(32), batchNorm, act('relu'), dense(16), batchNorm, act('relu')], { optimizer: 'momentum', learningRate: 2e-2 }),
  base('blobs', 'noisy-labels', [dense(32, 'relu')], { labelNoise: 0.25 }, 'a quarter of the labels is random'),
  base('spirals', 'mlp-elu', [dense(32, 'elu'), dense(32, 'elu')], { learningRate: 1e-2, epochs: 16 }),
  base('spirals', 'deep-selu', times(6, () => dense(24, 'selu', lecun)), { learningRate: 5e-3, epochs: 16 }, 'SELU normalizes itself'),
  base('spirals', 'swish', [dense(48, 'swish', glorotNormal), dense(24, 'swish', glorotNormal)], { optimizer: 'adamax', learningRate: 2e-2, epochs: 16 }),
  base('spirals', 'prelu', [dense(32, 'linear', he), plain('p-re-lu'), dense(24, 'linear', he), plain('p-re-lu')], { learningRate: 1e-2, epochs: 16 }),
  base('spirals', 'layer-norm', [dense(32), plain('layer-normalization'), act('relu'), dense(32, 'relu')], { learningRate: 1e-2, epochs: 16 }),
  base('spirals', 'tanh-rmsprop', [dense(32, 'tanh'), dense(24, 'tanh')], { optimizer: 'rmsprop', learningRate: 1e-2, epochs: 16 }),

  // Sequences.
  base('waves', 'conv-1d', [conv1d(16, 'relu', he), plain('max-pooling-1d'), conv1d(16, 'relu', he), flatten], { epochs: 10 }),
  base('waves', 'conv-1d-batch-norm', [conv1d(16), batchNorm, act('relu'), conv1d(16), batchNorm, act('relu'), plain('global-average-pooling-1d')], { learningRate: 1e-2, epochs: 10 }),
  base('waves', 'gru', [plain('gru', { units: 12, 'reset-after': false })], { learningRate: 2e-2, epochs: 7 }),
  base('waves', 'dense-gelu', [flatten, dense(48, 'gelu'), dense(24, 'gelu')]),
  base('motifs', 'embedding-conv', [plain('embedding', { 'input-dim': 20, 'output-dim': 8 }), conv1d(24, 'relu', { 'kernel-size': 2, ...he }), plain('global-max-pooling-1d')], { learningRate: 1e-2, epochs: 14 }, 'the embedding begins with a std of .03'),
  base('motifs', 'embedding-mlp', [plain('embedding', { 'input-dim': 20, 'output-dim': 8 }), flatten, dense(64, 'relu')], { learningRate: 1e-2, epochs: 12 }, 'the embedding begins with a std of .03'),
  base('motifs', 'embedding-average', [plain('embedding', { 'input-dim': 20, 'output-dim': 16 }), plain('global-average-pooling-1d')], { learningRate: 3e-2, epochs: 14 }, 'averages of small embeddings'),
  base('motifs', 'embedding-lstm', [plain('embedding', { 'input-dim': 20, 'output-dim': 8 }), plain('lstm', { units: 12 })], { learningRate: 3e-2, epochs: 8 }, 'gates saturate by design'),

  // Tables; `friedman` is a regression in four ranges.
  base('friedman', 'mlp-l2', [dense(32, 'relu', { ...he, 'kernel-regularizer': { 'l1-l2': { l1: 0, l2: 1e-3 } } }), dense(16, 'relu', he)]),
  base('friedman', 'tanh', [dense(32, 'tanh'), dense(16, 'tanh')], { optimizer: 'rmsprop', learningRate: 5e-3 }),
  base('friedman', 'batch-norm', [dense(32, 'linear', { 'use-bias': false }), batchNorm, act('relu')], { learningRate: 1e-2 }),
  base('friedman', 'softsign', [dense(24, 'softsign')], { learningRate: 1e-2 }),
  base('friedman', 'noisy-labels', [dense(32, 'relu', he)], { labelNoise: 0.2 }, 'a fifth of the labels is random'),
  base('rarities', 'mlp', [dense(32, 'relu', he), dense(16, 'relu', he)], {}, 'one class has seven of ten examples; long tails reach far beyond [-1, 1]'),
  base('rarities', 'dropout', [dense(64, 'relu'), dropout(0.5)], {}, 'class imbalance and dropout .5'),
  base('rarities', 'narrow-tanh', [dense(4, 'tanh')], { learningRate: 1e-2, epochs: 10 }, 'four units and class imbalance'),
  base('rarities', 'mish', [dense(32, 'mish'), dense(16, 'mish')]),
];
