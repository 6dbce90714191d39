import type { TaskFacts, TrivialScore } from './types.ts';

/** The best answer that never looks at an image. */
export function trivialAnswer({ kind }: Pick<TaskFacts, 'kind'>): string {
  switch (kind) {
    case 'classification':
      return 'always answering the most frequent class';
    case 'segmentation':
      return 'calling every pixel the most frequent class';
    case 'regression':
      return 'always answering the mean';
  }
}

/** What it scores on the images that are held out. */
export function heldOutTrivial({ trivial, heldOutTrivial = trivial }: Pick<TaskFacts, 'trivial' | 'heldOutTrivial'>): TrivialScore {
  return heldOutTrivial;
}
