import { createHash } from 'node:crypto';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';

export interface ReportFiles {
  readonly reportPath: string;
  /** Null where nothing was measured. */
  readonly evidencePath: string | null;
}

/**
 * Folder of one check's files: below the runner's temporary folder, which is emptied after each job, or below
 * `layer-vitals-report/` of the working directory where there is no such folder.
 */
export function reportFolder(id: string, runnerTemp: string | undefined): string {
  const base = runnerTemp ? path.join(runnerTemp, 'layer-vitals') : path.resolve('layer-vitals-report');
  return path.join(base, folderName(id));
}

/** Writes report.md and evidence.json; the files that an earlier step left in the folder are replaced. */
export async function writeReportFiles(
  folder: string,
  { report, evidence }: { readonly report: string; readonly evidence: string | null },
): Promise<ReportFiles> {
  const reportPath = path.join(folder, 'report.md');
  const evidencePath = path.join(folder, 'evidence.json');
  await mkdir(folder, { recursive: true });
  await writeFile(reportPath, report);
  if (evidence === null) await rm(evidencePath, { force: true });
  else await writeFile(evidencePath, evidence);
  return { reportPath, evidencePath: evidence === null ? null : evidencePath };
}

/** A name that every file system takes, case-blind ones too; where the id had to be changed, its hash keeps two checks apart. */
function folderName(id: string): string {
  const safe = id.toLowerCase().replace(/[^a-z0-9_-]+/g, '-').slice(0, 80);
  return safe === id && id !== '' ? id : `${safe}-${createHash('sha256').update(id).digest('hex').slice(0, 8)}`;
}
