import { meanCourse } from './course.ts';
import { symptomRule } from './diagnosis.ts';
import { mostLearn, runsOf } from './learning.ts';
import { name, plain, points, significant, text } from './words.ts';

/** Held-out images are judged worse and worse while training images are learned by heart. docs/rules.md#overfitting */
export const overfitting = symptomRule({
  name: 'overfitting',
  limits: ({ overfitting: limits }) => limits,
  fires: 'at-or-above',
  examine({ evidence }, limit) {
    const loss = meanCourse(evidence, ({ validation }) => validation.loss);
    const metric = meanCourse(evidence, ({ validation }) => validation.metric);
    const best = loss.indexOf(Math.min(...loss));
    const growth = loss.at(-1)! / loss[best]!;
    // By what matters: a loss may grow by a few certain errors alone.
    const lost = 100 * ((metric[best] ?? Number.NaN) - metric.at(-1)!);
    if (!(growth >= limit && lost >= evidence.plan.margin.points) || !mostLearn(evidence, runsOf(evidence.runs, 'normalized'))) return [];
    return [
      {
        sites: [],
        cause: 'regularization',
        what: text`After epoch ${best}, held-out images are judged worse and worse: ${points(lost)} of ${evidence.task.metric} are lost, and the loss grows to ${significant(growth)} times its best (limit ${plain(limit)}).`,
        why: text`Overfitting: the training images are learned by heart.`,
        figure: growth,
        isHealed: false,
        isMild: true,
        remedies: [],
        advice: text`${name(`epochs: ${Math.max(1, best)}`)} under ${name('training')}; or dropout, or more images.`,
      },
    ];
  },
});
