import type { Clamp } from './kernels/activation.ts';
import { BATCH_NORMALIZATION } from './kernels/batch-normalization.ts';
import { GATE } from './kernels/gates.ts';
import { type Heard, type Place, placesOf } from './recorded-call.ts';
import * as tf from './tf.ts';

const RECTIFIERS: Readonly<Record<string, Clamp>> = { [tf.Relu]: { low: 0, high: Infinity }, [tf.Relu6]: { low: 0, high: 6 } };

/**
 * The same computation with rectifiers as part of the normalization before them, and their gates as part of its gradient:
 * five passes over the values less, forward and back, of thirteen. What lies between the two must be read by nobody else.
 *
 * @param kept what has to be there at the end
 */
export function fuseRectifiers(heard: readonly Heard[], kept: ReadonlySet<Place>): Heard[] {
  const makers = new Map(heard.flatMap((call) => call.outputs.map((place) => [place, call] as const)));
  const readers = readersOf(heard);
  const onlyReader = (place: Place) => (readers.get(place)?.length === 1 && !kept.has(place) ? readers.get(place)![0]! : null);
  const fused = new Map<Heard, Heard | null>();
  for (const rectifier of heard) {
    const clamp = RECTIFIERS[rectifier.name];
    const between = rectifier.inputs.x?.place;
    const normalization = between && makers.get(between);
    if (!clamp || !normalization || !clamps(normalization) || kept.has(between)) continue;
    const gates = readers.get(between)!.filter((call) => call !== rectifier);
    const gradients = gates.map((gate) => (isGate(gate, between, clamp) ? onlyReader(gate.outputs[0]!) : null));
    if (!gradients.every((call, index) => call && isGradient(call, normalization, gates[index]!))) continue;
    const attrs = { clamp: clamp as unknown as tf.NamedAttrMap };
    fused.set(normalization, { ...normalization, attrs: { ...normalization.attrs, ...attrs }, outputs: rectifier.outputs });
    fused.set(rectifier, null);
    gates.forEach((gate, index) => {
      const gradient = gradients[index]!;
      const { beta } = normalization.inputs;
      fused.set(gate, null);
      fused.set(gradient, { ...gradient, attrs: { ...gradient.attrs, ...attrs }, inputs: { ...gradient.inputs, dy: gate.inputs.dy!, ...(beta ? { beta } : {}) } });
    });
  }
  return heard.flatMap((call) => (fused.has(call) ? (fused.get(call) ?? []) : call));
}

function readersOf(heard: readonly Heard[]): Map<Place, Heard[]> {
  const readers = new Map<Place, Heard[]>();
  for (const call of heard) for (const place of new Set(placesOf(call))) readers.set(place, [...(readers.get(place) ?? []), call]);
  return readers;
}

/** Whether a kernel can clamp its output. */
function clamps({ name, inputs }: Heard): boolean {
  return name === BATCH_NORMALIZATION || (name === tf.FusedBatchNorm && inputs.mean!.rank === 1);
}

function isGate({ name, inputs, attrs }: Heard, x: Place, { low, high }: Clamp): boolean {
  return name === GATE && inputs.x!.place === x && inputs.dy!.place !== x && attrs.inclusive === false && attrs.low === low && attrs.high === high;
}

/** Whether a call is the gradient of this normalization, of what a gate lets through. */
function isGradient({ name, inputs }: Heard, normalization: Heard, gate: Heard): boolean {
  return (
    name === `${BATCH_NORMALIZATION}Grad` &&
    inputs.dy!.place === gate.outputs[0] &&
    ['x', 'mean', 'variance', 'gamma'].every((input) => inputs[input]?.place === normalization.inputs[input]?.place)
  );
}
