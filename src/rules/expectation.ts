import { gravestFirst } from './root-causes.ts';
import type { Comparison, Expected, Finding, Rule, Subject, Text } from './types.ts';
import { bound, count, level, name, plain, points, text } from './words.ts';

/** What the user expects of normalization is not what is measured. docs/rules.md#expectation */
export const expectation: Rule = {
  name: 'expectation',
  judge(subject) {
    const { expectation: expected } = subject.thresholds;
    if (!expected) return [];
    return gravestFirst(
      subject.comparisons.flatMap((comparison) => {
        const wanted = expected[comparison.arm];
        return wanted !== undefined && contradicts(wanted, comparison) ? [finding(subject, wanted, comparison)] : [];
      }),
    );
  },
};

/** An open question contradicts nothing, nor does a help that is small but certain. Where normalization does harm it is not needed either. */
function contradicts(expected: Expected, { verdict, benefit }: Comparison): boolean {
  if (expected === 'not-needed') return verdict === 'needed';
  return verdict === 'harmful' || (verdict === 'not-needed' && benefit.low <= 0);
}

function finding(subject: Subject, expected: Expected, comparison: Comparison): Finding {
  const again = subject.confirmations.find(({ arm }) => arm === comparison.arm) ?? null;
  const isRefuted = again !== null && !contradicts(expected, again);
  const { estimate, low, high } = comparison.benefit;
  const found = VERDICTS[comparison.verdict];
  const opposite = expected === 'needed' ? 'not-needed' : 'needed';
  return {
    rule: 'expectation',
    severity: isRefuted ? 'note' : 'error',
    sites: [],
    arm: comparison.arm,
    cause: 'data',
    what: text`The config expects that normalization is ${expected === 'needed' ? 'needed' : 'not needed'} against ${name(comparison.arm)}; it is ${found}.`,
    why: text`${evidenceOf(subject, comparison)}${confirmation(again, isRefuted)}.`,
    fix: isRefuted ? null : { text: fixText(subject, comparison, opposite), remedy: null, tried: null },
    numbers: { benefit: estimate, low, high, margin: comparison.margin, ...(again && { confirmation: again.benefit.estimate }) },
    explains: [],
  };
}

const VERDICTS: Readonly<Record<Comparison['verdict'], string>> = { needed: 'needed', harmful: 'harmful', 'not-needed': 'not needed', inconclusive: 'open' };

function evidenceOf({ evidence: { task } }: Subject, { verdict, benefit, equivalence, alpha, margin, seeds }: Comparison): Text {
  const [{ low, high }, certainty] = verdict === 'not-needed' ? [equivalence, level(2 * alpha)] : [benefit, level(alpha)];
  const held = verdict === 'not-needed' ? `within the margin of ${plain(Number(margin.toFixed(1)))} points` : `beyond 0, and it reaches the margin of ${plain(Number(margin.toFixed(1)))} points`;
  return text`Over ${count(seeds, 'paired seed')} the ${certainty} interval of what it brings goes from ${bound(low)} to ${bound(high)} points of ${task.metric}: ${held}`;
}

/** Where what is declared does harm, the expectation is not what has to change. */
function fixText({ evidence: { model } }: Subject, { arm, verdict, benefit }: Comparison, opposite: Expected): Text {
  if (verdict !== 'harmful') return text`If that is right, declare ${name(`expect: { ${arm}: ${opposite} }`)}. Else look at what has changed: model, images, or how they are treated before they get here.`;
  // Nothing was learned before that a network trained from scratch could be fed wrongly.
  const isPretrained = model.boundary !== null;
  const advice = isPretrained ? text`Find out how the model was trained, and declare that as ${name('input.normalization')}.` : text`Feed the network that, or declare another ${name('input.normalization')}.`;
  return text`The declared normalization ${isPretrained ? 'is probably the wrong one' : 'does harm'}: ${name(arm)} does better by ${points(benefit.estimate)}. ${advice}`;
}

function confirmation(again: Comparison | null, isRefuted: boolean): string {
  if (!again) return '';
  const seeds = count(again.seeds, 'fresh seed');
  return isRefuted ? `, but ${seeds} do not confirm it: it may be chance` : `, and ${seeds} say so again`;
}
