import { shareOfRises } from './course.ts';
import { symptomRule } from './diagnosis.ts';
import { runsOf } from './learning.ts';
import { otherRate } from './remedies.ts';
import { medianOrNull } from './weights.ts';
import { limitPercent, name, percent, text } from './words.ts';

/** A rise of the training loss that counts, as a share of all that it ever fell. */
const RISE = 0.2;
/** Fewer epochs are no trend. */
const FEWEST_EPOCHS = 5;

/** The training loss goes up and down, or up, instead of settling. docs/rules.md#loss-trend */
export const lossTrend = symptomRule({
  name: 'loss-trend',
  limits: ({ lossTrend: limits }) => limits,
  fires: 'at-or-above',
  examine({ evidence }, limit) {
    const courses = runsOf(evidence.runs, 'normalized').map(({ epochs }) => epochs.map(({ train }) => train.loss));
    if (courses.some((course) => course.length <= FEWEST_EPOCHS)) return [];
    const share = medianOrNull(courses.map((course) => shareOfRises(course, RISE)));
    const rise = medianOrNull(courses.map((course) => course.at(-1)! / course[0]!));
    const rising = rise !== null && rise > 1 + RISE;
    if (share === null || !(share >= limit || rising)) return [];
    return [
      {
        sites: [],
        cause: 'rate',
        what: rising ? text`The training loss ends higher than it began.` : text`The training loss rises after ${percent(share)} of the epochs (limit ${limitPercent(limit)}).`,
        why: text`The learning rate, most likely: steps that are too long jump over what they are to reach.`,
        figure: Math.max(share, rising ? limit : 0),
        isHealed: false,
        remedies: [otherRate(evidence, 0.1)],
        advice: text`A larger ${name('batch-size')} makes gradients steadier.`,
      },
    ];
  },
});
