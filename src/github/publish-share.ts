import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import * as core from '@actions/core';
import { forLog } from './annotations.ts';
import { keepFiles, type Upload } from './artifact.ts';
import { COULD_NOT_RUN, NO_FILES, NOTHING_JUDGED, setOutputs } from './outputs.ts';
import type { Publication } from './publication.ts';
import type { RunFacts } from './publish.ts';
import { reportFolder, SHARD_FILE } from './report-files.ts';
import { writeSummary } from './summary.ts';

/** What a shard leaves: nothing is judged, so that there is neither a comment nor a check run of it. */
export interface SharePublication {
  /** What was measured, in one line; or why nothing was. */
  readonly told: { readonly line: string } | { readonly failed: Publication };
  /** The shard as a file; null where there is none. */
  readonly file: string | null;
  /** Name of its artifact; null where it is not to be kept. */
  readonly artifact: string | null;
}

/** Hands a shard on, and fails the step where it came to nothing, or cannot be handed on. */
export async function publishShare({ told, file, artifact }: SharePublication, id: string, run: RunFacts, upload: Upload): Promise<void> {
  const failed = 'failed' in told ? told.failed : null;
  const line = 'line' in told ? told.line : '';
  await writeSummary(failed?.render ?? (() => `### layer-vitals\n\n${line}\n`));
  setOutputs({ ...(failed ? COULD_NOT_RUN : NOTHING_JUDGED), ...NO_FILES });

  const at = path.join(reportFolder(id, process.env.RUNNER_TEMP), SHARD_FILE);
  if (file !== null) {
    await mkdir(path.dirname(at), { recursive: true });
    await writeFile(at, file);
  }
  if (file !== null) setOutputs({ 'shard-path': at });
  const kept = file !== null && artifact !== null ? await keepFiles(upload, artifact, [at], process.env) : null;
  if (kept?.kind === 'uploaded') setOutputs({ 'artifact-url': `${run.url}/artifacts/${kept.id}` });

  for (const { level, message, title, file: where, line: startLine } of forLog(failed?.annotations ?? [])) core[level](message, { title, file: where, startLine });
  if (line !== '') core.info(line);
  if (failed) core.setFailed(failed.failure ?? failed.title);
  else if (kept?.kind === 'failed') core.setFailed(`layer-vitals has measured the shard, but could not keep it: ${kept.message}. Without it nothing can be judged.`);
}
