/** One number per channel, in the order in which the model reads the channels. */
export type PerChannel = readonly [number, number, number];

export type ChannelOrder = 'rgb' | 'bgr';

/** How a pixel x in 0..255 becomes the model's input: (x - mean) / std, channel by channel. */
export interface Scaling {
  readonly order: ChannelOrder;
  readonly mean: PerChannel;
  readonly std: PerChannel;
}

export interface Preset extends Scaling {
  /** In the words of the code that people copy. */
  readonly formula: string;
}

/** Input treatments by their usual names (docs/configuration.md#presets says who uses which). */
export const PRESETS = {
  raw: { order: 'rgb', mean: [0, 0, 0], std: [1, 1, 1], formula: 'x' },
  unit: { order: 'rgb', mean: [0, 0, 0], std: [255, 255, 255], formula: 'x / 255' },
  'minus-one-to-one': { order: 'rgb', mean: [127.5, 127.5, 127.5], std: [127.5, 127.5, 127.5], formula: 'x / 127.5 - 1' },
  'teachable-machine': { order: 'rgb', mean: [127, 127, 127], std: [127, 127, 127], formula: 'x / 127 - 1' },
  'efficientnet-lite': { order: 'rgb', mean: [127, 127, 127], std: [128, 128, 128], formula: '(x - 127) / 128' },
  imagenet: {
    order: 'rgb',
    mean: [123.675, 116.28, 103.53],
    std: [58.395, 57.12, 57.375],
    formula: '(x / 255 - [0.485, 0.456, 0.406]) / [0.229, 0.224, 0.225]',
  },
  caffe: { order: 'bgr', mean: [103.939, 116.779, 123.68], std: [1, 1, 1], formula: 'BGR x - [103.939, 116.779, 123.68]' },
} as const satisfies Record<string, Preset>;

export type PresetName = keyof typeof PRESETS;

/** Treatments whose numbers follow from something else: the images, each image, or the declared normalization. */
export const DERIVED_NAMES = ['dataset', 'per-image', 'shuffled'] as const;

export type DerivedName = (typeof DERIVED_NAMES)[number];

export const PRESET_NAMES = Object.keys(PRESETS) as [PresetName, ...PresetName[]];

/** Whether two treatments feed the model the same numbers. */
export function sameScaling(a: Scaling, b: Scaling): boolean {
  const same = (left: PerChannel, right: PerChannel) => left.every((value, channel) => value === right[channel]);
  return a.order === b.order && same(a.mean, b.mean) && same(a.std, b.std);
}

/** Formula of a treatment that has no name, as short as it can be said. */
export function formulaOf({ order, mean, std }: Scaling): string {
  const centred = mean.every((value) => value === 0) ? 'x' : `x - ${perChannel(mean)}`;
  const scaled = std.every((value) => value === 1) ? centred : `${centred === 'x' ? centred : `(${centred})`} / ${perChannel(std)}`;
  return order === 'bgr' ? `BGR ${scaled}` : scaled;
}

function perChannel(values: PerChannel): string {
  const [first, ...others] = values.map((value) => String(Number(value.toPrecision(6))));
  return others.every((other) => other === first) ? first! : `[${[first, ...others].join(', ')}]`;
}
