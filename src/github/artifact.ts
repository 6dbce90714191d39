import path from 'node:path';

/** Hands files to the artifact service and gives the id of what it made of them. */
export type Upload = (request: { readonly name: string; readonly folder: string; readonly files: readonly string[] }) => Promise<number>;

export type ArtifactResult =
  | { readonly kind: 'uploaded'; readonly id: number }
  /** This is no runner of GitHub's, which hands out a token for it. */
  | { readonly kind: 'absent' }
  | { readonly kind: 'failed'; readonly message: string };

/** Milliseconds. The client tries again for minutes where the service is broken; the report does not wait for that long. */
const PATIENCE = 30_000;

/**
 * Keeps the files as an artifact of the run. A service that says no, or is not there (as on an enterprise server), is a
 * result, not an exception.
 */
export async function keepFiles(
  upload: Upload,
  name: string,
  files: readonly string[],
  environment: NodeJS.ProcessEnv,
  patience = PATIENCE,
): Promise<ArtifactResult> {
  const [first] = files;
  if (first === undefined || !environment.ACTIONS_RUNTIME_TOKEN) return { kind: 'absent' };
  if (!environment.ACTIONS_RESULTS_URL) return { kind: 'failed', message: 'this server has no service that keeps artifacts' };
  let timer: NodeJS.Timeout | undefined;
  const tooLong = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new Error(`no answer within ${patience / 1000} s`));
    }, patience);
  });
  try {
    return { kind: 'uploaded', id: await Promise.race([upload({ name, folder: path.dirname(first), files }), tooLong]) };
  } catch (error) {
    return { kind: 'failed', message: error instanceof Error ? error.message : String(error) };
  } finally {
    clearTimeout(timer);
  }
}
