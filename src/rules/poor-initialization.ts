import type { Evidence, Site } from '../evidence/types.ts';
import { type Symptom, symptomRule } from './diagnosis.ts';
import { drawnAnew, initializersFor } from './remedies.ts';
import type { LayerVitals, Text } from './types.ts';
import { initialOf, medianOrNull, seenAt } from './weights.ts';
import { count, name, names, plain, significant, text } from './words.ts';

/** What stands for a factor that has no end: of weights that are all zero, or all the same. */
const WITHOUT_END = 1e6;

interface Fault {
  readonly site: Site;
  readonly factor: number;
  readonly what: Text;
  readonly why: Text;
  /** Of scale alone: what it does to the signal is for other rules to say. */
  readonly isScale: boolean;
  readonly ofBias: boolean;
}

/** New layers start from weights that are all alike, off-centre, or of the wrong size. docs/rules.md#poor-initialization */
export const poorInitialization = symptomRule({
  name: 'poor-initialization',
  limits: ({ poorInitialization: limits }) => limits,
  fires: 'at-or-above',
  examine({ evidence, layers }, limit) {
    const faults = evidence.sites.flatMap((site) => faultOf(evidence, site, layers) ?? []).filter(({ factor }) => factor >= limit);
    const [worst] = faults.toSorted((a, b) => Number(a.isScale) - Number(b.isScale) || b.factor - a.factor);
    return worst ? [symptom(evidence, worst, faults.filter(({ isScale, ofBias }) => isScale === worst.isScale && ofBias === worst.ofBias))] : [];
  },
});

function symptom(evidence: Evidence, worst: Fault, alike: readonly Fault[]): Symptom {
  const sites = alike.map(({ site }) => site);
  const biased = worst.ofBias ? sites.map(({ id }) => id) : [];
  return {
    sites: sites.map(({ id }) => id),
    cause: 'initialization',
    what: alike.length === 1 ? worst.what : text`${worst.what} So it is in ${names(sites.map(({ id }) => id))}.`,
    why: worst.why,
    figure: worst.factor,
    isHealed: false,
    remedies: drawnAnew(worst.ofBias ? [] : initializersFor(sites, evidence), biased),
    advice: text`Initial weights of zero mean, each unit its own, and zero biases.`,
    isMild: worst.isScale,
  };
}

function faultOf(evidence: Evidence, site: Site, layers: readonly LayerVitals[]): Fault | null {
  const { id, part, kind, targetGain, fanIn } = site;
  const drawn = initialOf(evidence, site);
  if (part !== 'head' || kind !== 'weighted' || targetGain === null || fanIn === null || drawn.length === 0) return null;
  const [std, rms] = [medianOrNull(drawn.map((weights) => weights.std)), medianOrNull(drawn.map((weights) => weights.rms))];
  if (std === null || rms === null) return null;
  const needed = targetGain / Math.sqrt(fanIn);
  const needs = text`With ${count(fanIn, 'input')}${site.activation === null || site.activation === 'linear' ? '' : text` before ${name(site.activation)}`} they need mean 0 and std ${significant(needed)}.`;
  const fault = (factor: number, what: Text, why: Text, more: Partial<Fault> = {}): Fault => ({ site, factor, what, why, isScale: false, ofBias: false, ...more });
  if (rms === 0) return fault(WITHOUT_END, text`All weights of ${name(id)} start at 0.`, text`Initialization. Nothing gets through, and no gradient gets back. ${needs}`);
  if (drawn.every(({ difference }) => difference === 0)) {
    return fault(WITHOUT_END, text`All units of ${name(id)} start with the same weights.`, text`Initialization. They get the same gradient and stay the same, so ${name(id)} is as good as one unit. ${needs}`);
  }
  const mean = Math.sqrt(Math.max(0, rms * rms - std * std));
  const offset = (mean * fanIn) / targetGain;
  const scale = Math.max(rms / needed, needed / rms);
  if (offset >= scale && offset > 1) {
    return fault(offset, text`The weights of ${name(id)} have mean ${significant(mean)}, which adds up to ${significant(offset)} times what a unit should give.`, text`Initialization. A common mean makes all units give nearly the same. ${needs}`);
  }
  const bias = medianOrNull(drawn.map((weights) => weights.bias?.rms));
  const z = seenAt(evidence, site, 'start', ({ gain, x }) => (gain === null ? null : gain * x.rms));
  if (bias !== null && z !== null && z > 0 && bias / z > scale) {
    return fault(bias / z, text`The biases of ${name(id)} are ${significant(bias / z)} times as large as what its weights make of the input.`, text`Initialization. Biases of ${significant(bias)} drown the signal; they are meant to start at 0.`, { ofBias: true });
  }
  // A layer that a normalization brings back to size may start at any.
  const isJudged = layers.some((layer) => layer.site === id && layer.judged);
  const size = text`The weights of ${name(id)} are ${plain(Number(scale.toPrecision(2)))} times too ${rms > needed ? 'large' : 'small'}: std ${significant(std)}.`;
  return isJudged ? fault(scale, size, text`Initialization. ${needs}`, { isScale: true }) : null;
}
