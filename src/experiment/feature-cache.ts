import { createHash, randomUUID } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/** Ten gigabytes are what GitHub keeps for all caches of a repository. */
const MOST_BYTES = 2 ** 30;
const CHECKSUM_BYTES = 32;
const ENTRY = /^[0-9a-f]{64}$/;
const UNFINISHED = /^[0-9a-f]{64}\.[0-9a-f-]{36}$/;
/** What is not finished after an hour belonged to a process that was killed. */
const ABANDONED_MILLISECONDS = 3_600_000;

/**
 * Contents on disk under keys that say what they are: the hash of all that they were computed from. Several threads and
 * processes may share a folder. Nothing here throws: what cannot be read is computed again, what cannot be written is
 * not kept.
 *
 * Each entry is a file of its own: a SHA-256 of key and content, then the content.
 */
export class FeatureCache {
  /** @param mostBytes size that {@link prune} leaves */
  constructor(
    private readonly folder: string,
    private readonly mostBytes = MOST_BYTES,
  ) {}

  /**
   * @param key SHA-256 in hexadecimal digits
   * @returns null where there is no entry, or it is cut short or damaged
   */
  read(key: string): Buffer | null {
    const file = this.fileOf(key);
    const bytes = attempt(() => readFileSync(file));
    if (!bytes) return null;
    const content = bytes.subarray(CHECKSUM_BYTES);
    if (!bytes.subarray(0, CHECKSUM_BYTES).equals(checksum(key, content))) return null;
    const now = new Date();
    // The times of reading that a system keeps are not to be relied on.
    attempt(() => { utimesSync(file, now, now); });
    return content;
  }

  /** Keeps a content. Who reads meanwhile sees all of it or nothing. */
  write(key: string, content: Uint8Array): void {
    if (content.byteLength > this.mostBytes) return;
    const file = this.fileOf(key);
    const unfinished = `${file}.${randomUUID()}`;
    const done = attempt(() => {
      mkdirSync(this.folder, { recursive: true });
      writeFileSync(unfinished, Buffer.concat([checksum(key, content), content]), { flag: 'wx' });
      renameSync(unfinished, file);
      return true;
    });
    if (!done) attempt(() => { rmSync(unfinished, { force: true }); });
  }

  /** Removes entries, the ones first that were not used for longest, until the rest is small enough. */
  prune(): void {
    const files = (attempt(() => readdirSync(this.folder)) ?? []).flatMap((name) => this.inspect(name) ?? []);
    const abandoned = Date.now() - ABANDONED_MILLISECONDS;
    let bytes = 0;
    for (const { file, finished, size, used } of files.sort((a, b) => b.used - a.used)) {
      bytes += size;
      if (finished ? bytes > this.mostBytes : used < abandoned) attempt(() => { rmSync(file, { force: true }); });
    }
  }

  /** What the folder may hold besides our own files is left alone. */
  private inspect(name: string): { file: string; finished: boolean; size: number; used: number } | null {
    if (!ENTRY.test(name) && !UNFINISHED.test(name)) return null;
    const file = path.join(this.folder, name);
    return attempt(() => {
      const { size, mtimeMs } = statSync(file);
      return { file, finished: ENTRY.test(name), size, used: mtimeMs };
    });
  }

  private fileOf(key: string): string {
    return path.join(this.folder, key);
  }
}

function checksum(key: string, content: Uint8Array): Buffer {
  return createHash('sha256').update(key).update(content).digest();
}

/** A full disk, missing rights, a file that another process removed: a cache must never stand in the way. */
function attempt<T>(work: () => T): T | null {
  try {
    return work();
  } catch {
    return null;
  }
}
