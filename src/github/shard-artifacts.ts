import { RequestError } from '@octokit/request-error';
import { strFromU8 } from 'fflate';
import { UserError } from '../errors.ts';
import { type Limits, unpacked } from './archive.ts';
import type { EventContext } from './event.ts';
import type { Octokit } from './octokit.ts';
import { SHARD_FILE, shardInArtifact } from './report-files.ts';

/** A shard with a hundred runs of a network of a hundred layers has 30 MB, and is packed into a tenth of it. */
const LIMITS: Limits = { archive: 64 * 2 ** 20, file: 256 * 2 ** 20 };

/**
 * The shards of a check that jobs of this run have kept. Of one that was run again, the last.
 *
 * @throws UserError where they may not be read, or one is not what a shard leaves
 */
export async function shardsOfRun(octokit: Octokit, { owner, repo }: EventContext['repo'], run: number, id: string): Promise<readonly { readonly from: string; readonly text: string }[]> {
  try {
    const artifacts = await octokit.paginate(octokit.rest.actions.listWorkflowRunArtifacts, { owner, repo, run_id: run, per_page: 100 });
    const shards: { from: string; text: string }[] = [];
    for (const { id: artifact, name, size_in_bytes } of newest(artifacts.filter(({ expired }) => !expired), id)) {
      if (size_in_bytes > LIMITS.archive) throw notAShard(name, 'it is too large');
      const { data } = await octokit.rest.actions.downloadArtifact({ owner, repo, artifact_id: artifact, archive_format: 'zip' });
      shards.push({ from: name, text: shardIn(new Uint8Array(data as ArrayBuffer), name) });
    }
    return shards;
  } catch (error) {
    if (!(error instanceof RequestError)) throw error;
    throw new UserError('no-artifacts', `The artifacts of this run cannot be read. (${error.message})`, 'Give the job `permissions: actions: read`, or download them in a step of its own and name the folder as input `shards`.', { cause: error });
  }
}

function newest<Artifact extends { readonly name: string }>(artifacts: readonly Artifact[], id: string): readonly Artifact[] {
  const found = artifacts.flatMap((artifact) => {
    const shard = shardInArtifact(id, artifact.name);
    return shard ? [{ artifact, shard }] : [];
  });
  const isOlder = ({ shard }: (typeof found)[number]) => found.some((other) => other.shard.index === shard.index && other.shard.of === shard.of && other.shard.attempt > shard.attempt);
  return found.filter((one) => !isOlder(one)).map(({ artifact }) => artifact);
}

function shardIn(archive: Uint8Array, name: string): string {
  const found = unpacked(archive, [SHARD_FILE], LIMITS);
  if ('why' in found) throw notAShard(name, found.why, { cause: found.cause });
  const file = found.files[SHARD_FILE];
  if (file === undefined) throw notAShard(name, `there is no ${SHARD_FILE} in it`);
  return strFromU8(file);
}

function notAShard(name: string, why: string, options?: ErrorOptions): UserError {
  return new UserError('bad-shard', `The artifact '${name}' is not a shard: ${why}.`, 'Run the job again that has left it.', options);
}
