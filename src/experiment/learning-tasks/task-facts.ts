import type { TaskFacts } from '../../evidence/types.ts';
import type { LearningTask } from '../learning-task.ts';

/**
 * What is learned, and what the trivial answer scores: on all examples, any of which may be held out, or on those of a
 * training set and on those of a validation set behind it, whose classes may be as frequent as they like.
 *
 * @param fixedValidation examples of the validation set
 */
export function taskFacts(task: LearningTask, examples: number, fixedValidation = 0): TaskFacts {
  const all = Array.from({ length: examples }, (_, example) => example);
  const trained = all.slice(0, examples - fixedValidation);
  return { ...task.facts, trivial: task.trivial(trained), ...(fixedValidation === 0 ? {} : { heldOutTrivial: task.trivial(all.slice(trained.length)) }) };
}
