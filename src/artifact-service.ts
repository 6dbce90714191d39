import { DefaultArtifactClient } from '@actions/artifact';

/** A file of the artifact, all of them in one folder. */
export interface ArtifactRequest {
  readonly name: string;
  readonly folder: string;
  readonly files: readonly string[];
}

/**
 * Uploads files to the run. In a bundle of its own: the client is large.
 *
 * @returns id of the artifact
 * @throws Error where the service says no, or is not one that this client knows
 */
export async function uploadArtifact({ name, folder, files }: ArtifactRequest): Promise<number> {
  const { id } = await new DefaultArtifactClient().uploadArtifact(name, [...files], folder);
  if (id === undefined) throw new Error('The artifact service gave no id.');
  return id;
}
