import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { git } from '../git/git.ts';

/** What nobody means as a model or a data set of the repository. */
const ELSEWHERE = /(^|\/)(\..*|node_modules|__pycache__|venv|site-packages)\//;

/**
 * Files of a folder and of those inside it, as paths from it with forward slashes, in code-unit order. In a repository
 * those that git keeps or would keep; else all.
 */
export async function filesIn(folder: string): Promise<readonly string[]> {
  const listed = await git(folder, ['ls-files', '--cached', '--others', '--exclude-standard', '-z']);
  const names = listed.ok ? listed.text.split('\0') : (await readdir(folder, { recursive: true })).map((name) => name.split(path.sep).join('/'));
  return [...new Set(names)].filter((name) => name !== '' && !ELSEWHERE.test(name)).sort();
}

/** Whether a repository keeps files in Git LFS. */
export async function keepsInLfs(root: string): Promise<boolean> {
  return /\bfilter=lfs\b/.test(await readFile(path.join(root, '.gitattributes'), 'utf8').catch(() => ''));
}
