import { unzipSync } from 'fflate';

/** What an archive may hold, in bytes. */
export interface Limits {
  readonly archive: number;
  readonly file: number;
}

/**
 * The named files of an archive, whatever else is in it, unpacked in memory. A file that is longer than the archive says is
 * cut there.
 *
 * @returns the files that are there, or half a sentence that says why nothing is unpacked
 */
export function unpacked(archive: Uint8Array, wanted: readonly string[], limits: Limits): { readonly files: Readonly<Record<string, Uint8Array>> } | { readonly why: string; readonly cause?: unknown } {
  const tooLarge = { why: 'it is too large' };
  if (archive.length > limits.archive) return tooLarge;
  const tooLong: string[] = [];
  try {
    const files = unzipSync(archive, {
      filter: ({ name, originalSize }) => {
        if (!wanted.includes(name)) return false;
        if (originalSize > limits.file) tooLong.push(name);
        return tooLong.length === 0;
      },
    });
    return tooLong.length > 0 ? tooLarge : { files };
  } catch (cause) {
    return { why: 'it cannot be unpacked', cause };
  }
}
