/** The cells of the experiment: which network learns what, how much of it, and how its BatchNorm runs meanwhile. */
import type { LayerSpec } from '../../src/config/settings.ts';
import type { PresetName } from '../../src/config/presets.ts';
import type { BatchNormMode } from '../../src/evidence/types.ts';
import type { Recipe } from '../../src/experiment/training.ts';

export const SEEDS = 12;
export const FOLDS = 6;

/** Images of a class each, and images with masks. */
export type Data = 'emoji' | 'fashion-mnist' | 'digits' | 'scenes' | 'coastline';

export interface Cell {
  readonly network: string;
  readonly data: Data;
  readonly train: 'head' | 'all';
  readonly batchNorm: BatchNormMode | 'none';
  /** How the network was trained; for one that was not, what is usual. */
  readonly normalization: PresetName;
  /** Beside `normalized`. */
  readonly others: readonly PresetName[];
  /** Pixels. */
  readonly size: number;
  /** Images of the experiment; as many again choose the rates. */
  readonly images: number;
  readonly recipe: Omit<Recipe, 'learningRate'>;
  /** Tried are a third of it, itself and three times as much. */
  readonly rate: number;
  /** Layer at which the network is cut; null: its last one. */
  readonly boundary: string | null;
  readonly head: readonly LayerSpec[];
}

interface Pretrained {
  readonly network: string;
  readonly normalization: PresetName;
  readonly boundary: string | null;
  /** Its last layers at a sixteenth and at an eighth of the image's side. */
  readonly maps: { readonly sixteenth: string; readonly eighth: string };
}

const NETWORKS: readonly Pretrained[] = [
  { network: 'lite0', normalization: 'efficientnet-lite', boundary: null, maps: { sixteenth: 'block10_add', eighth: 'block4_add' } },
  { network: 'lite1', normalization: 'efficientnet-lite', boundary: null, maps: { sixteenth: 'block14_add', eighth: 'block6_add' } },
  { network: 'lite2', normalization: 'efficientnet-lite', boundary: null, maps: { sixteenth: 'block14_add', eighth: 'block6_add' } },
  { network: 'mobilenet', normalization: 'unit', boundary: 'out_relu', maps: { sixteenth: 'block_12_add', eighth: 'block_5_add' } },
];
/** The smallest networks of either family. */
const EARLY = ['lite0', 'mobilenet'];
const DATA = ['emoji', 'fashion-mnist', 'digits'] as const;
/** Images of the experiment with masks: half of what there is. */
const WITH_MASKS = { scenes: 90, coastline: 84 } as const;
const CLASSES = { emoji: 9, 'fashion-mnist': 10, digits: 10, scenes: 4, coastline: 2 } as const;
const POOL: LayerSpec = { layer: 'global-average-pooling-2d', name: 'pool' };

function logits(data: Cell['data']): LayerSpec {
  return { layer: 'dense', name: 'logits', units: CLASSES[data] };
}

/** What is fed besides the right one: the three that are usual, and another network's constants. */
function othersOf(normalization: PresetName, wanted: readonly PresetName[]): PresetName[] {
  return wanted.filter((preset) => preset !== normalization);
}

function headOnly({ network, normalization, boundary }: Pretrained, data: Cell['data']): Cell {
  const others = othersOf(normalization, ['raw', 'unit', 'imagenet', 'efficientnet-lite']);
  return { network, data, train: 'head', batchNorm: 'inference', normalization, others, size: 96, images: 240, recipe: { epochs: 10, batchSize: 16, optimizer: 'adam', chunk: 16 }, rate: 3e-3, boundary, head: [POOL, logits(data)] };
}

/** Where features cannot be kept: smaller, so that minutes suffice. */
function recomputed(train: Cell['train'], batchNorm: BatchNormMode, { network, normalization, boundary }: Pretrained, data: Cell['data']): Cell {
  const others = othersOf(normalization, ['raw', 'unit', 'efficientnet-lite']).slice(0, 2);
  return { network, data, train, batchNorm, normalization, others, size: 64, images: 90, recipe: { epochs: 4, batchSize: 16, optimizer: 'adam', chunk: 16 }, rate: train === 'all' ? 3e-4 : 3e-3, boundary, head: [POOL, logits(data)] };
}

/** A class for each pixel, by what is left at a sixteenth and at an eighth of the image's side. */
function segmented(train: Cell['train'], batchNorm: BatchNormMode, { network, normalization, maps }: Pretrained, data: keyof typeof WITH_MASKS): Cell {
  const size = 64;
  const head: LayerSpec[] = [
    { layer: 'conv-2d', name: 'reduced', filters: 32, 'kernel-size': 1, activation: 'relu', 'kernel-initializer': 'he-normal' },
    { layer: 'up-sampling-2d', name: 'doubled', size: [2, 2], interpolation: 'bilinear' },
    { layer: 'concatenate', name: 'joined', inputs: ['doubled', maps.eighth] },
    { layer: 'conv-2d', name: 'mixed', filters: 32, 'kernel-size': 3, padding: 'same', activation: 'relu', 'kernel-initializer': 'he-normal' },
    { layer: 'conv-2d', name: 'logits', filters: CLASSES[data], 'kernel-size': 1 },
    { layer: 'resizing', name: 'upscaled', height: size, width: size },
  ];
  const others = othersOf(normalization, ['raw', 'unit', 'efficientnet-lite']).slice(0, 2);
  const isKept = train === 'head' && batchNorm === 'inference';
  return { network, data, train, batchNorm, normalization, others, size, images: WITH_MASKS[data], recipe: { epochs: isKept ? 10 : 6, batchSize: 8, optimizer: 'adam', chunk: 16 }, rate: train === 'all' ? 3e-4 : 3e-3, boundary: maps.sixteenth, head };
}

/** A small network without anything pretrained. */
function fromScratch(batchNorm: 'training' | 'none', data: Cell['data']): Cell {
  const block = (index: number, filters: number): LayerSpec[] => [
    { layer: 'conv-2d', name: `conv_${index}`, filters, 'kernel-size': 3, strides: 2, padding: 'same', 'kernel-initializer': 'he-normal' },
    ...(batchNorm === 'training' ? [{ layer: 'batch-normalization', name: `norm_${index}`, momentum: 0.9 }] : []),
    { layer: 'relu', name: `relu_${index}` },
  ];
  const head = [...block(1, 16), ...block(2, 32), ...block(3, 64), POOL, logits(data)];
  return { network: 'small CNN', data, train: 'all', batchNorm, normalization: 'minus-one-to-one', others: ['raw', 'unit'], size: 32, images: 180, recipe: { epochs: 10, batchSize: 16, optimizer: 'adam', chunk: 16 }, rate: 3e-3, boundary: null, head };
}

const RECOMPUTED = [
  ['all', 'inference'],
  ['all', 'training'],
  ['head', 'training'],
] as const;
const WAYS = [['head', 'inference'], ...RECOMPUTED] as const;

/** The quick ones first, then one network after the other: what is done when the time is up is what the page can say. */
export const CELLS: readonly Cell[] = [
  ...NETWORKS.flatMap((network) => DATA.map((data) => headOnly(network, data))),
  ...DATA.flatMap((data) => (['training', 'none'] as const).map((batchNorm) => fromScratch(batchNorm, data))),
  ...[NETWORKS.filter(({ network }) => EARLY.includes(network)), NETWORKS.filter(({ network }) => !EARLY.includes(network))].flatMap((group) =>
    DATA.flatMap((data) => group.flatMap((network) => RECOMPUTED.map(([train, batchNorm]) => recomputed(train, batchNorm, network, data)))),
  ),
  ...WAYS.flatMap(([train, batchNorm]) => NETWORKS.map((network) => segmented(train, batchNorm, network, 'scenes'))),
  ...WAYS.flatMap(([train, batchNorm]) => NETWORKS.filter(({ network }) => EARLY.includes(network)).map((network) => segmented(train, batchNorm, network, 'coastline'))),
];

export function nameOf({ network, data, train, batchNorm }: Pick<Cell, 'network' | 'data' | 'train' | 'batchNorm'>): string {
  return [network, data, train, batchNorm].join('/');
}
