import picocolors from 'picocolors';
import type { Fingerprint, FingerprintCandidate, FingerprintMatch } from '../evidence/fingerprint.ts';
import { nearestMatch } from '../evidence/nearest-match.ts';
import { percent } from './numbers.ts';
import { logSafe } from './plain.ts';
import { alignedLines } from './terminal/columns.ts';
import { wrapped } from './terminal/wrap.ts';

export interface FingerprintOptions {
  readonly color: boolean;
  readonly width: number;
}

/** Candidates that are shown; the rest is unlikely. */
const SHOWN = 6;
/** Above it, the channel order is said without a question mark. */
const SURE = 0.95;
const FLUSH = { first: '', later: '  ' };

/** A fingerprint for a terminal: what the network was fed, how sure that is, and what else it may be. */
export function renderFingerprint(found: Fingerprint, { color, width }: FingerprintOptions): string {
  const colors = picocolors.createColors(color);
  const badge = found.told ? colors.bgGreen(colors.black(' TOLD ')) : colors.bgYellow(colors.black(' CANNOT TELL '));
  const blocks = [
    [`${badge} ${wrapped(logSafe(headline(found)), width, FLUSH).join('\n')}`],
    found.best && found.told ? wrapped(`In layer-vitals.yml: ${logSafe(asConfig(found.best))}`, width, FLUSH) : [],
    estimateLines(found, width),
    candidateLines(found, width).map((line, index) => (index === 0 ? colors.dim(line) : line)),
    readFrom(found, width).map((line) => colors.dim(line)),
  ];
  return blocks.filter((lines) => lines.length > 0).map((lines) => lines.join('\n')).join('\n\n') + '\n';
}

/** One line: what the network was fed. */
function headline(found: Fingerprint): string {
  const { told, best, because, confidence, orderConfidence, equivalents } = found;
  const nearest = nearestMatch(found);
  if (!told || !best) return `${because ?? ''}${nearest ? ` Nearest: ${nearest.name}, ${nearest.formula}.` : ''}`;
  const same = equivalents.length > 0 ? ` (the same within 3 % of the range: ${equivalents.join(', ')})` : '';
  const sure = confidence === null ? 'by a linear probe on its frozen features' : `probability ${share(confidence)}`;
  const order = orderConfidence === null ? '' : orderConfidence >= SURE ? `, channels ${best.order.toUpperCase()}` : `, channel order not certain (${best.order.toUpperCase()} with ${share(orderConfidence)})`;
  return `This model was fed ${best.name}, ${best.formula}${same}: ${sure}${order}.`;
}

/** How a config says it. */
function asConfig({ preset, perImage, mean, std, order }: FingerprintMatch): string {
  if (perImage) return 'normalization: per-image';
  if (preset !== null) return `normalization: ${preset}`;
  return `normalization: { mean: [${mean.join(', ')}], std: [${std.join(', ')}], order: ${order} }`;
}

function estimateLines({ estimate, best }: Fingerprint, width: number): readonly string[] {
  if (!estimate || !best) return [];
  const list = (values: readonly number[]) => `[${values.map((value) => value.toFixed(1)).join(', ')}]`;
  return wrapped(`Free estimate, by channel in ${best.order.toUpperCase()}: (x - ${list(estimate.mean)}) / ${list(estimate.std)}`, width, FLUSH);
}

function candidateLines({ candidates }: Fingerprint, width: number): readonly string[] {
  if (candidates.length === 0) return [];
  const byAccuracy = candidates[0]!.accuracy !== null;
  const rows = candidates.slice(0, SHOWN).map((candidate) => [logSafe(candidate.name), measure(candidate), logSafe(candidate.formula), images(candidate)]);
  return alignedLines(
    [
      { heading: 'candidate', align: 'left' },
      { heading: byAccuracy ? 'accuracy' : 'probability', align: 'right' },
      { heading: 'formula', align: 'left', optional: true },
      { heading: byAccuracy ? '' : 'training images would be', align: 'left', optional: true },
    ],
    rows,
    width,
  );
}

function measure({ probability, accuracy }: FingerprintCandidate): string {
  return probability === null ? percent(accuracy ?? 0) : share(probability);
}

function images({ implied }: FingerprintCandidate): string {
  return implied ? `RGB ${implied.mean.map((value) => value.toFixed(0)).join(', ')}, std ${implied.contrast.toFixed(0)}` : '';
}

function readFrom({ memories, images: count }: Fingerprint, width: number): readonly string[] {
  return memories.length > 0 ? wrapped(`Read from ${logSafe(memories.join(', '))} with ${count} images.`, width, FLUSH) : [];
}

/** 0.9996 as `> 99.9 %`: no inference is certain. */
function share(value: number): string {
  if (value > 0.999) return '> 99.9 %';
  return value < 0.001 ? '< 0.1 %' : `${(100 * value).toFixed(1)} %`;
}
