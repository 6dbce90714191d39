// Makes the Python environment of the peers, bench/.venv. Usage: npm run bench:setup
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { python } from './contestants.mjs';

function run(...argv) {
  const { status, error } = spawnSync(argv[0], argv.slice(1), { stdio: 'inherit' });
  if (error) throw error;
  if (status !== 0) throw new Error(`${argv.join(' ')} ended with exit code ${status}.`);
}

run('python3', '-m', 'venv', path.dirname(path.dirname(python)));
run(python, '-m', 'pip', 'install', '--requirement', path.join(import.meta.dirname, 'peers', 'requirements.txt'));
