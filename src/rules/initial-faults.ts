import type { Evidence, Site } from '../evidence/types.ts';
import { drawnAnew, initializersFor, type Proposal } from './remedies.ts';
import type { LayerVitals, Subject, Text } from './types.ts';
import { initialOf, medianOrNull, seenAt } from './weights.ts';
import { count, name, plain, significant, text } from './words.ts';

/** What stands for a factor that has no end: of weights that are all zero, or all the same. */
const WITHOUT_END = 1e6;
/** From here on, what a layer starts with is mended along with that of others. */
const WORTH_MENDING = 2;

/** What is wrong with the weights or biases that a new layer starts with. */
export interface InitialFault {
  readonly site: Site;
  /** By what factor they are off. */
  readonly factor: number;
  readonly what: Text;
  readonly why: Text;
  /** Of scale alone: what it does to the signal is for other rules to say. */
  readonly isScale: boolean;
  readonly ofBias: boolean;
}

/** The gravest fault of each new layer that has one. */
export function initialFaults({ evidence, layers }: Pick<Subject, 'evidence' | 'layers'>): readonly InitialFault[] {
  return evidence.sites.flatMap((site) => faultOf(evidence, site, layers) ?? []);
}

/**
 * Good initial weights for some sites, and for every other new layer that starts out wrong: of several faults of one
 * kind, mending a single one cures nothing.
 */
export function redrawing(subject: Pick<Subject, 'evidence' | 'layers'>, sites: readonly Site[], zeroBiases: readonly string[] = []): Proposal[] {
  const faults = initialFaults(subject).filter(({ factor }) => factor >= WORTH_MENDING);
  const wrong = new Set([...sites, ...faults.filter(({ ofBias }) => !ofBias).map(({ site }) => site)]);
  const ofBias = faults.filter((fault) => fault.ofBias).map(({ site }) => site.id);
  // Biases that drown one layer make the signal of the next so large that its own seem small.
  const biases = new Set([...zeroBiases, ...ofBias, ...(ofBias.length > 0 ? biasedLayers(subject.evidence) : [])]);
  const inOrder = subject.evidence.sites.filter((site) => wrong.has(site));
  return drawnAnew(initializersFor(inOrder, subject.evidence), [...biases]);
}

/** New layers whose biases do not start at 0. */
function biasedLayers(evidence: Evidence): string[] {
  return evidence.sites.filter((site) => site.part === 'head' && (medianOrNull(initialOf(evidence, site).map(({ bias }) => bias?.rms)) ?? 0) > 0).map(({ id }) => id);
}

function faultOf(evidence: Evidence, site: Site, layers: readonly LayerVitals[]): InitialFault | null {
  const { id, part, kind, targetGain, fanIn } = site;
  const drawn = initialOf(evidence, site);
  if (part !== 'head' || kind !== 'weighted' || fanIn === null || drawn.length === 0) return null;
  const [std, rms] = [medianOrNull(drawn.map((weights) => weights.std)), medianOrNull(drawn.map((weights) => weights.rms))];
  if (std === null || rms === null) return null;
  const gain = targetGain ?? 1;
  const needed = gain / Math.sqrt(fanIn);
  const needs = text`With ${count(fanIn, 'input')}${site.activation === null || site.activation === 'linear' ? '' : text` before ${name(site.activation)}`} they need mean 0 and std ${significant(needed)}.`;
  const fault = (factor: number, what: Text, why: Text, more: Partial<InitialFault> = {}): InitialFault => ({ site, factor, what, why, isScale: false, ofBias: false, ...more });
  if (rms === 0) return fault(WITHOUT_END, text`All weights of ${name(id)} start at 0.`, text`Initialization. Nothing gets through, and no gradient gets back. ${needs}`);
  if (drawn.every(({ difference }) => difference === 0)) {
    return fault(WITHOUT_END, text`All units of ${name(id)} start with the same weights.`, text`Initialization. They get the same gradient and stay the same, so ${name(id)} is as good as one unit. ${needs}`);
  }
  const mean = Math.sqrt(Math.max(0, rms * rms - std * std));
  const offset = (mean * fanIn) / gain;
  const scale = Math.max(rms / needed, needed / rms);
  if (offset >= scale && offset > 1) {
    return fault(offset, text`The weights of ${name(id)} have mean ${significant(mean)}, which adds up to ${significant(offset)} times what a unit should give.`, text`Initialization. A common mean makes all units give nearly the same. ${needs}`);
  }
  const bias = medianOrNull(drawn.map((weights) => weights.bias?.rms));
  const z = seenAt(evidence, site, 'start', ({ gain: passed, x }) => (passed === null ? null : passed * x.rms));
  if (bias !== null && z !== null && z > 0 && bias / z > scale) {
    return fault(bias / z, text`The biases of ${name(id)} are ${significant(bias / z)} times as large as what its weights make of the input.`, text`Initialization. Biases of ${significant(bias)} drown the signal; they are meant to start at 0.`, { ofBias: true });
  }
  // A layer that a normalization brings back to size may start at any.
  const isJudged = targetGain !== null && layers.some((layer) => layer.site === id && layer.judged);
  const size = text`The weights of ${name(id)} are ${plain(Number(scale.toPrecision(2)))} times too ${rms > needed ? 'large' : 'small'}: std ${significant(std)}.`;
  return isJudged ? fault(scale, size, text`Initialization. ${needs}`, { isScale: true }) : null;
}
