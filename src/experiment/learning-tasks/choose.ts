import type { Answers } from '../../data/answers.ts';
import type { Loss } from '../../evidence/types.ts';
import type { LearningTask } from '../learning-task.ts';
import { Classification } from './classification.ts';
import { Regression } from './regression.ts';
import { Segmentation } from './segmentation.ts';

/** The task that answers of this kind set. */
export function learningTask(answers: Answers, loss: Loss): LearningTask {
  switch (answers.kind) {
    case 'labels':
      return new Classification(answers);
    case 'masks':
      return new Segmentation(answers, loss);
    case 'targets':
      return new Regression(answers);
  }
}
