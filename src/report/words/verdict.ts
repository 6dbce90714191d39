import type { Evidence } from '../../evidence/types.ts';
import type { Comparison, Text } from '../../rules/types.ts';
import { shortNumber } from '../numbers.ts';

type Plan = Evidence['plan'];

/** What may be said of one comparison: its verdict, in the light of what is compared with what. */
type Conclusion = 'harmful' | 'needed' | 'better' | 'not-needed' | 'alike' | 'helps' | 'hurts' | 'open';

/** Inputs without a normalization: only against them is one needed or not. */
const UNTREATED: ReadonlySet<string> = new Set(['raw', 'unit']);
/** Beyond it, nobody would collect as many images. */
const MOST_TIMES = 100;

/** Whether the config declares that the model is fed pixels as they are: then `normalized` is no normalization. */
function declaresRaw({ arms }: Plan): boolean {
  return arms[0]?.preset === 'raw';
}

/** What the differences between arms are differences of. */
export function declaredInput(plan: Plan): string {
  return declaresRaw(plan) ? 'raw pixels' : 'normalizing';
}

function conclusionOf({ arm, verdict, because, benefit }: Comparison, plan: Plan): Conclusion {
  const isOfNeed = !declaresRaw(plan) && UNTREATED.has(plan.arms.find(({ name }) => name === arm)?.preset ?? '');
  switch (verdict) {
    case 'harmful':
      return 'harmful';
    case 'needed':
      return isOfNeed ? 'needed' : 'better';
    case 'not-needed':
      return isOfNeed ? 'not-needed' : 'alike';
    case 'inconclusive':
      if (because === 'nothing-learns') return 'open';
      return benefit.low > 0 ? 'helps' : benefit.high < 0 ? 'hurts' : 'open';
  }
}

/** The conclusion in the few words that the row of an arm has room for. */
export function verdictText(comparison: Comparison, plan: Plan): string {
  const { because, margin } = comparison;
  const within = shortNumber(margin);
  switch (conclusionOf(comparison, plan)) {
    case 'harmful':
      return 'harmful: this one is better';
    case 'needed':
      return 'needed';
    case 'better':
      return 'better than this one';
    case 'not-needed':
      return `not needed: under ${within} apart`;
    case 'alike':
      return `alike: under ${within} apart`;
    case 'helps':
      return `better, maybe by under ${within}`;
    case 'hurts':
      return `worse, maybe by under ${within}`;
    case 'open':
      return because === 'nothing-learns' ? 'cannot tell: nothing learns' : `cannot tell: ${shortOf(comparison)}`;
  }
}

function shortOf(comparison: Comparison): string {
  const more = imagesToSettle(comparison);
  return more ? `needs ${more.times}× images` : 'too few images';
}

/**
 * What would settle an open comparison, if its estimate is right: how many times as many images, and as what. Null where its
 * interval lies within the margin already, which is too wide to say anything.
 */
export function imagesToSettle({ benefit, equivalence, margin }: Comparison): { readonly times: string; readonly as: 'needed' | 'harmful' | 'not needed' } | null {
  const size = Math.abs(benefit.estimate);
  // Intervals are narrower by the root of the images.
  const times = (interval: { readonly low: number; readonly high: number }, room: number) => ((interval.high - interval.low) / 2 / room) ** 2;
  const [needed, as] = size < margin ? [times(equivalence, margin - size), 'not needed' as const] : [times(benefit, size), benefit.estimate > 0 ? ('needed' as const) : ('harmful' as const)];
  return needed > 1 ? { times: roundedUp(needed), as } : null;
}

function roundedUp(times: number): string {
  if (times > MOST_TIMES) return `> ${MOST_TIMES}`;
  return times < 10 ? shortNumber(Math.ceil(10 * times) / 10) : String(Math.ceil(times));
}

interface Phrase {
  /** What the sentence is about, where the phrase begins it. */
  readonly subject: string;
  readonly says: string;
}

const PHRASES: Readonly<Record<Conclusion, Readonly<Record<'normalized' | 'raw', Phrase>>>> = {
  harmful: { normalized: { subject: 'the declared normalization is probably wrong: ', says: 'better with ' }, raw: { subject: 'raw pixels are probably wrong: ', says: 'better with ' } },
  needed: same({ subject: 'normalization ', says: 'needed against ' }),
  better: { normalized: { subject: 'the declared normalization is ', says: 'better than ' }, raw: { subject: 'raw pixels are right: ', says: 'better than ' } },
  helps: { normalized: { subject: 'normalization ', says: 'better than ' }, raw: { subject: 'raw pixels are ', says: 'better than ' } },
  'not-needed': same({ subject: 'normalization ', says: 'not needed against ' }),
  alike: { normalized: { subject: 'the declared normalization ', says: 'does as well as ' }, raw: { subject: 'raw pixels ', says: 'do as well as ' } },
  hurts: { normalized: { subject: 'normalization ', says: 'worse than ' }, raw: { subject: 'raw pixels are ', says: 'worse than ' } },
  open: { normalized: { subject: 'normalization: ', says: 'no verdict against ' }, raw: { subject: 'raw pixels: ', says: 'no verdict against ' } },
};

function same(phrase: Phrase): Readonly<Record<'normalized' | 'raw', Phrase>> {
  return { normalized: phrase, raw: phrase };
}

/** All comparisons in one sentence, each arm named; empty where there are none. */
export function conclusions(comparisons: readonly Comparison[], { plan, model }: Pick<Evidence, 'plan' | 'model'>): Text {
  const declared = declaresRaw(plan) ? 'raw' : 'normalized';
  const groups = (Object.keys(PHRASES) as Conclusion[]).flatMap((conclusion) => {
    const members = comparisons.filter((one) => conclusionOf(one, plan) === conclusion);
    return members.length > 0 ? [{ conclusion, members }] : [];
  });
  return groups.flatMap(({ conclusion, members }, index): Text => {
    const { subject, says } = PHRASES[conclusion][declared];
    // Nothing was learned before that a network trained from scratch could be fed wrongly.
    const begin = conclusion === 'harmful' && model.boundary === null ? '' : subject;
    return [index === 0 ? begin : ', ', says, ...membersOf(conclusion, members), after(conclusion, members[0]!)];
  });
}

function membersOf(conclusion: Conclusion, members: readonly Comparison[]): Text {
  if (conclusion !== 'harmful') return listed(members.map(({ arm }) => [{ name: arm }]));
  const bestFirst = members.toSorted((a, b) => a.benefit.estimate - b.benefit.estimate);
  return listed(bestFirst.map(({ arm, benefit }) => [{ name: arm }, ` by ${shortNumber(Math.abs(benefit.estimate))} points`]));
}

function after(conclusion: Conclusion, { margin }: Comparison): string {
  if (conclusion === 'not-needed' || conclusion === 'alike') return ` (no difference larger than ${shortNumber(margin)} points)`;
  return conclusion === 'helps' || conclusion === 'hurts' ? `, but maybe by less than ${shortNumber(margin)} points` : '';
}

/** With commas between them and `and` before the last. */
function listed(items: readonly Text[]): Text {
  return items.flatMap((item, index): Text => {
    const before = index === 0 ? [] : [index === items.length - 1 ? ' and ' : ', '];
    return [...before, ...item];
  });
}
