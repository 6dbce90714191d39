import type { Initializer, Remedy } from '../evidence/remedy.ts';
import type { Evidence, Site } from '../evidence/types.ts';
import { plain } from './words.ts';

/** A change to the config, and the layers that it is for. */
export interface InitializerChange {
  readonly change: string;
  readonly layers: readonly string[];
  readonly initializer: Initializer;
}

/** What a symptom proposes; the rule's name is added where it is tried. */
export type Proposal = Omit<Remedy, 'rule'>;

/** Layers whose weights `kernel-initializer` draws, scaled by the inputs of a unit. */
const KERNEL_INITIALIZED: ReadonlySet<string> = new Set(['Dense', 'Conv1D', 'Conv2D', 'Conv3D', 'Conv2DTranspose', 'Conv3DTranspose']);

/** Target gains above need a variance of about 2 / fan-in, those below one of 1 / fan-in: halfway, as factors. */
const BETWEEN_LECUN_AND_HE = 2 ** 0.25;

/** Initial weights that reach the target gain of each site, sites with the same ones together. */
export function initializersFor(wanted: readonly Site[], { sites }: Pick<Evidence, 'sites'>): readonly InitializerChange[] {
  const changes = new Map<string, InitializerChange>();
  for (const site of wanted) {
    const initializer = initializerFor(site);
    if (!initializer) continue;
    const layers = new Set([...(changes.get(initializer.change)?.layers ?? []), layerOf(site, sites)]);
    changes.set(initializer.change, { ...initializer, layers: [...layers] });
  }
  return [...changes.values()];
}

function initializerFor(site: Site): Omit<InitializerChange, 'layers'> | null {
  const initializer = scaledFor(site);
  return initializer === null ? null : { change: inWords(initializer), initializer };
}

function scaledFor({ className, targetGain, fanIn }: Site): Initializer | null {
  if (fanIn === null) return null;
  if (KERNEL_INITIALIZED.has(className)) {
    // Of an activation that is not known, the default of Keras.
    if (targetGain === null) return 'glorotUniform';
    return targetGain > BETWEEN_LECUN_AND_HE ? 'heNormal' : 'leCunNormal';
  }
  if (className !== 'DepthwiseConv2D' || targetGain === null) return null;
  // Scaled initializers count all channels as inputs of each, and would draw weights that are far too small.
  return { className: 'RandomNormal', config: { stddev: Number((targetGain / Math.sqrt(fanIn)).toPrecision(2)) } };
}

const IN_WORDS: Readonly<Record<string, string>> = { heNormal: 'he-normal', leCunNormal: 'lecun-normal', glorotUniform: 'glorot-uniform' };

function inWords(initializer: Initializer): string {
  if (typeof initializer === 'string') return `kernel-initializer: ${IN_WORDS[initializer]}`;
  return `depthwise-initializer: { random-normal: { stddev: ${plain(initializer.config.stddev!)} } }`;
}

/** What a remedy changes, each change with the layers that it is for. */
export function changesOf({ change, sites, amendment }: Pick<Remedy, 'change' | 'sites' | 'amendment'>): readonly { readonly change: string; readonly sites: readonly string[] }[] {
  if (amendment.kind !== 'initializers') return [{ change, sites }];
  const bySite = [...Object.entries(amendment.kernels).map(([site, initializer]) => [inWords(initializer), site] as const), ...Object.keys(amendment.biases).map((site) => ['bias-initializer: zeros', site] as const)];
  return [...new Set(bySite.map(([words]) => words))].map((words) => ({ change: words, sites: bySite.filter(([other]) => other === words).map(([, site]) => site) }));
}

/** The calls of a shared layer share its weights: `layer#2` is drawn with `layer`. */
function layerOf({ id }: Site, sites: readonly Site[]): string {
  const layer = id.replace(/#\d+$/, '');
  return sites.some((site) => site.id === layer) ? layer : id;
}

/** All the changes at once, as what is to be tried; none where there is none. */
export function drawnAnew(changes: readonly InitializerChange[], zeroBiases: readonly string[] = []): Proposal[] {
  const layers = changes.flatMap((change) => change.layers);
  if (layers.length + zeroBiases.length === 0) return [];
  const words = [...changes.map(({ change }) => change), ...(zeroBiases.length > 0 ? ['bias-initializer: zeros'] : [])];
  return [
    {
      change: words.join('; '),
      sites: [...new Set([...layers, ...zeroBiases])],
      amendment: {
        kind: 'initializers',
        kernels: Object.fromEntries(changes.flatMap((change) => change.layers.map((layer) => [layer, change.initializer]))),
        biases: Object.fromEntries(zeroBiases.map((layer) => [layer, 'zeros'])),
      },
    },
  ];
}

/** @param factor what the rate is multiplied by */
export function otherRate({ plan }: Pick<Evidence, 'plan'>, factor: number): Proposal {
  const rate = Number((plan.learningRate * factor).toPrecision(6));
  return { change: `learning-rate: ${plain(rate)}`, sites: [], amendment: { kind: 'learning-rate', rate } };
}

export function otherActivation(sites: readonly string[], activation: string): Proposal[] {
  return sites.length === 0 ? [] : [{ change: `activation: ${activation}`, sites, amendment: { kind: 'activation', activation } }];
}
