// Whether a tag may become a release: it says the version of package.json, its commit is on main, and all that is
// committed is what is here.
//   node scripts/release-check.mjs v1.2.3
import { execFileSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';

const [tag = ''] = process.argv.slice(2);
const { version } = JSON.parse(await readFile('package.json', 'utf8'));
const flaws = [
  ...(/^v\d+\.\d+\.\d+$/.test(tag) ? [] : [`A release is called vX.Y.Z, not '${tag}'.`]),
  ...(tag === `v${version}` ? [] : [`The tag is '${tag}', package.json says ${version}.`]),
  ...(succeeds('merge-base', '--is-ancestor', 'HEAD', 'refs/remotes/origin/main') ? [] : ['The commit is not on main.']),
  ...(git('status', '--porcelain') === '' ? [] : ['There are changes that are not committed.']),
];
for (const flaw of flaws) console.error(flaw);
process.exitCode = flaws.length === 0 ? 0 : 1;

function git(...args) {
  return execFileSync('git', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
}

function succeeds(...args) {
  try {
    git(...args);
    return true;
  } catch {
    return false;
  }
}
