import { createHash } from 'node:crypto';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';

/** Names of the files, in the folder and in the artifact. */
export const FILES = { markdown: 'report.md', html: 'report.html', evidence: 'evidence.json', couldNotRun: 'could-not-run.json' } as const;

/** What is written into them; null where there is none. */
export type Contents = Readonly<Record<keyof typeof FILES, string | null>>;

/**
 * Folder of one check's files: below the runner's temporary folder, which is emptied after each job, or below
 * `layer-vitals-report/` of the working directory where there is no such folder.
 */
export function reportFolder(id: string, runnerTemp: string | undefined): string {
  const base = runnerTemp ? path.join(runnerTemp, 'layer-vitals') : path.resolve('layer-vitals-report');
  return path.join(base, folderName(id));
}

/**
 * Writes the files; those that an earlier step left in the folder are replaced.
 *
 * @returns absolute path of each; null where there is none
 */
export async function writeReportFiles(folder: string, contents: Contents): Promise<Readonly<Record<keyof typeof FILES, string | null>>> {
  await mkdir(folder, { recursive: true });
  const written = await Promise.all(
    (Object.keys(FILES) as (keyof typeof FILES)[]).map(async (kind) => {
      const file = path.join(folder, FILES[kind]);
      const content = contents[kind];
      if (content === null) await rm(file, { force: true });
      else await writeFile(file, content);
      return [kind, content === null ? null : file] as const;
    }),
  );
  return Object.fromEntries(written) as Record<keyof typeof FILES, string | null>;
}

/** Name of the artifact: no two of one run may share theirs, and re-running adds to the same run. */
export function artifactName(id: string, attempt: number): string {
  const name = id === 'layer-vitals' ? id : `layer-vitals-${folderName(id)}`;
  return attempt > 1 ? `${name}-attempt-${attempt}` : name;
}

/** What the file of a shard is called in its artifact. */
export const SHARD_FILE = 'shard.json';

/** Name of a shard's artifact. No report's has a dot. */
export function shardArtifactName(id: string, { index, of }: ShardPlace, attempt: number): string {
  return `${artifactName(id, 1)}.shard-${index}-of-${of}${attempt > 1 ? `.attempt-${attempt}` : ''}`;
}

/** Which shard of a check an artifact of that name is, and in which attempt of the run it was made; null for any other. */
export function shardInArtifact(id: string, name: string): (ShardPlace & { readonly attempt: number }) | null {
  const prefix = `${artifactName(id, 1)}.shard-`;
  const [, index, of, attempt] = /^(\d{1,4})-of-(\d{1,4})(?:\.attempt-(\d{1,6}))?$/.exec(name.startsWith(prefix) ? name.slice(prefix.length) : '') ?? [];
  return index === undefined ? null : { index: Number(index), of: Number(of), attempt: Number(attempt ?? 1) };
}

interface ShardPlace {
  readonly index: number;
  readonly of: number;
}

/** Whether an artifact of that name is of a check, in that attempt of its run. */
export function isArtifactOf(name: string, attempt: number): boolean {
  const found = /^layer-vitals(?:-[a-z0-9_-]+?)??(?:-attempt-(\d+))?$/.exec(name);
  return found !== null && Number(found[1] ?? 1) === attempt;
}

/** A name that every file system takes, case-blind ones too; where the id had to be changed, its hash keeps two checks apart. */
function folderName(id: string): string {
  const safe = id.toLowerCase().replace(/[^a-z0-9_-]+/g, '-').slice(0, 80);
  return safe === id && id !== '' ? id : `${safe}-${createHash('sha256').update(id).digest('hex').slice(0, 8)}`;
}
