import { distance } from 'fastest-levenshtein';

/** The known name that a misspelt one was probably meant to be: case, `_` and `-` aside; undefined where none is near. */
export function nearest(name: string, known: readonly string[]): string | undefined {
  const wanted = plain(name);
  const ranked = known
    .map((candidate) => ({ candidate, edits: distance(wanted, plain(candidate)) }))
    .sort((a, b) => a.edits - b.edits);
  const best = ranked[0];
  return best && best.edits <= Math.max(2, Math.max(wanted.length, plain(best.candidate).length) / 2) ? best.candidate : undefined;
}

function plain(name: string): string {
  return name.toLowerCase().replaceAll(/[-_\s]/g, '');
}
