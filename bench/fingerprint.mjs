// The fingerprint against networks whose preprocessing is known: real ones from packages, and networks trained here.
// Writes docs/results/fingerprint.md. Needs pip and python3 with numpy, and dist/.
// Usage: npm run bench:fingerprint [-- NAME=MODEL-FOLDER=PRESET ...]   (further networks)
import { writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { availableParallelism, cpus } from 'node:os';
import path from 'node:path';
import { root } from '../scripts/bundle.mjs';
import { bundleEntry } from './bundle.mjs';
import { cutImageSets } from './fingerprint/images.mjs';
import { convertNetworks, fetchPackages, run } from './fingerprint/networks.mjs';

const cache = path.join(root, 'node_modules', '.cache', 'bench-fingerprint');
/** Networks of the first seeds were looked at while the fingerprint was built, those of the last were not. */
const SETS = [
  { name: 'seen', seeds: [0, 23] },
  { name: 'held out', seeds: [24, 59] },
  { name: 'held out, learning rate falls to 0', seeds: [60, 83], more: ['decay'] },
];
const IMAGES = [32, 96];
const require = createRequire(import.meta.url);

function jobsOf(models) {
  return [
    { network: 'EfficientNet-Lite0 (shipped)', model: models.lite0, truth: 'efficientnet-lite' },
    { network: 'EfficientNet-Lite1', model: models.lite1, truth: 'efficientnet-lite', size: 96 },
    { network: 'EfficientNet-Lite2', model: models.lite2, truth: 'efficientnet-lite', size: 96 },
    { network: 'nsfwjs MobileNetV2', model: models.mobilenet, truth: 'unit' },
    { network: 'nsfwjs InceptionV3', model: models.inception, truth: 'unit' },
    { network: 'UpscalerJS (no BatchNorm)', model: models.upscaler, truth: null, size: 64 },
    ...process.argv.slice(2).map((argument) => {
      const [network, model, truth] = argument.split('=');
      return { network, model: path.resolve(model), truth };
    }),
  ];
}

const lines = (text) => text.trim().split('\n').map((line) => JSON.parse(line));
const verdict = ({ told, right, truth }) => (told ? (right ? 'right' : '**wrong**') : truth === 'not to be told' ? 'cannot tell (right)' : 'cannot tell');
const share = (part, whole) => `${part} of ${whole} (${((100 * part) / whole).toFixed(1)} %)`;

/** Right, not told, and wrong. */
function counts(of) {
  const count = (test) => of.filter(test).length;
  return [count((each) => each.told && each.right), count((each) => !each.told), count((each) => each.told && !each.right)];
}

function summary(what, images, of) {
  const [right, untold, wrong] = counts(of);
  return `| ${what} | ${images} | ${share(right, of.length)} | ${untold} | ${share(wrong, of.length)} |`;
}

/** Start, reading and inference of the shipped network, as a user waits for it. */
function timed() {
  const start = performance.now();
  run(process.execPath, ['dist/cli.cjs', 'fingerprint', 'fixtures/models/efficientnet-lite0', '--images', 'fixtures/data/emoji'], { cwd: root });
  return (performance.now() - start) / 1000;
}

const packages = fetchPackages(cache);
const find = (file) => path.join(packages.python, file.endsWith('.jpg') ? 'sklearn/datasets/images' : 'skimage/data', file);
const sets = { emoji: path.join(root, 'fixtures', 'data', 'emoji'), ...cutImageSets(path.join(cache, 'images'), find) };
const jobs = jobsOf(convertNetworks(cache, packages)).flatMap((network) => Object.entries(sets).map(([set, images]) => ({ ...network, set, images })));
const jobsFile = path.join(cache, 'jobs.json');
writeFileSync(jobsFile, JSON.stringify(jobs));
const entry = await bundleEntry(path.join(root, 'bench', 'ours', 'fingerprint.ts'));
const real = lines(run(process.execPath, [entry, 'real', jobsFile]));
const trained = SETS.flatMap(({ name, seeds, more = [] }) => lines(run(process.execPath, [entry, 'study', sets.emoji, ...seeds.map(String), ...more])).map((each) => ({ ...each, set: name })));
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
    `${trained.length / IMAGES.length} small networks (convolution, BatchNorm, ReLU; convolution, ReLU, BatchNorm; the first behind a layer that computes x / 2 + 1/4), trained on emoji under 10 preprocessings, ${SETS.map(({ name, seeds: [first, last] }) => `${last - first + 1} seeds ${name}`).join('; ')}; 32 or 48 pixels, 12 epochs; read with emoji that they never saw.`,
    '',
    '| networks | images | right (goal: 95 %) | cannot tell | wrong (goal: at most 1 %) |',
    '| :-- | --: | --: | --: | --: |',
    ...SETS.flatMap(({ name }) => IMAGES.map((images) => summary(`seeds ${name}`, images, trained.filter((each) => each.set === name && each.images === images)))),
    ...[...new Set(trained.map(({ architecture }) => architecture))].flatMap((architecture) => IMAGES.map((images) => summary(`\`${architecture}\``, images, trained.filter((each) => each.architecture === architecture && each.images === images)))),
    '',
    `With ${IMAGES.at(-1)} images:`,
    '',
    '| truth | right | cannot tell | wrong |',
    '| :-- | --: | --: | --: |',
    ...[...new Set(trained.map(({ truth }) => truth))].map((truth) => `| \`${truth}\` | ${counts(trained.filter((each) => each.truth === truth && each.images === IMAGES.at(-1))).join(' | ')} |`),
    '',
  ].join('\n'),
);
