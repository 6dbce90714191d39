import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { git } from '../git/git.ts';

/** Who hosts the action, by the remote of the clone in which a file of this program lies; null where that does not tell. */
export async function hostOf(url: string): Promise<string | null> {
  const remote = await git(path.dirname(fileURLToPath(url)), ['remote', 'get-url', 'origin']);
  return remote.ok ? (/[/:]([\w.-]+)\/layer-vitals(\.git)?$/.exec(remote.text)?.[1] ?? null) : null;
}
