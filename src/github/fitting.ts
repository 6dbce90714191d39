import type { Detail } from '../report/types.ts';

const MOST_DETAILED_FIRST: readonly Detail[] = ['full', 'folded-short', 'minimal'];

/** The renderings that fit, the most detailed first; each is made only when asked for, and none comes twice. */
export function* fitting(render: (detail: Detail) => string, fits: (text: string) => boolean): Generator<string, void> {
  let previous: string | null = null;
  for (const detail of MOST_DETAILED_FIRST) {
    const text = render(detail);
    if (text !== previous && fits(text)) yield text;
    previous = text;
  }
}
