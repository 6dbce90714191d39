// Writes THIRD-PARTY-LICENSES.txt: whose code is in dist/, and on what terms. Same packages, same bytes.
//   node scripts/licences.mjs [--check] [FILE]
// `--check` writes nothing and fails where the file is stale.
import { readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { bundle, root } from './bundle.mjs';

const { values, positionals } = parseArgs({ allowPositionals: true, options: { check: { type: 'boolean', default: false } } });
const target = path.resolve(positionals[0] ?? path.join(root, 'THIRD-PARTY-LICENSES.txt'));

const text = await thirdPartyLicences();
if (!values.check) {
  await writeFile(target, text);
} else if ((await readFile(target, 'utf8').catch(() => '')).replaceAll('\r\n', '\n') !== text) {
  console.error(`${target} is stale: run \`npm run licences\`.`);
  process.exitCode = 1;
}

async function thirdPartyLicences() {
  const packages = await Promise.all([...(await bundledFiles())].map(([folder, files]) => describe(folder, files)));
  const wasm = { title: 'Compiled into dist/tfjs-backend-wasm-simd.wasm, with TensorFlow.js', text: await own('wasm.txt') };
  const sections = [...groupedByText(packages), wasm].map(({ title, text: terms }) => `${'='.repeat(80)}\n${title}\n${'='.repeat(80)}\n\n${terms}\n`);
  return `What dist/ contains besides layer-vitals itself, and the terms of each.\n\n${sections.join('\n')}`;
}

/** Files of which the bundles hold at least a byte, by the folder of their package. */
async function bundledFiles() {
  const { metafile } = await bundle({ write: false, metafile: true });
  const inputs = Object.values(metafile.outputs).flatMap((output) => Object.entries(output.inputs));
  const used = new Set(inputs.filter(([, { bytesInOutput }]) => bytesInOutput > 0).map(([file]) => file));
  const files = new Map();
  for (const file of [...used].sort()) {
    const folder = /^.*node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(file)?.[0];
    if (folder) files.set(folder, [...(files.get(folder) ?? []), file]);
  }
  return files;
}

async function describe(folder, files) {
  const { name, version, license, author } = JSON.parse(await readFile(path.join(root, folder, 'package.json'), 'utf8'));
  const title = `${name} ${version} (${license})`;
  const shipped = await licenceFiles(folder);
  const notices = await noticesIn(files, shipped.join('\n'));
  const terms = shipped.length > 0 ? shipped : await standardTerms(title, license, notices.length > 0 ? null : author);
  return { title, text: [...notices, ...terms].join(`\n\n${'-'.repeat(40)}\n\n`) };
}

async function licenceFiles(folder) {
  const names = (await readdir(path.join(root, folder))).filter((name) => /^(licen[cs]e|copying|notice)/i.test(name)).sort();
  return Promise.all(names.map(async (name) => tidy(await readFile(path.join(root, folder, name), 'utf8'))));
}

/**
 * Comments that claim a copyright and that the package's licence does not repeat: code which came from somebody else.
 * Those that differ in nothing but holder and year are one.
 */
async function noticesIn(files, licence) {
  const claimsByTerms = new Map();
  for (const file of files) {
    for (const [comment] of (await readFile(path.join(root, file), 'utf8')).matchAll(/\/\*[\s\S]*?\*\//g)) {
      const lines = wordsOf(comment).split('\n');
      const claims = lines.map((line) => line.trim()).filter((line) => /copyright.*\b\d{4}\b/i.test(line));
      if (claims.every((claim) => licence.includes(claim))) continue;
      const terms = tidy(lines.filter((line) => !claims.includes(line.trim())).join('\n'));
      claimsByTerms.set(terms, new Set([...(claimsByTerms.get(terms) ?? []), ...claims]));
    }
  }
  return [...claimsByTerms].map(([terms, claims]) => tidy(`${[...claims].sort().join('\n')}\n\n${terms}`)).sort();
}

/** A comment without what only draws its box. */
function wordsOf(comment) {
  const inside = comment.replace(/^\/\*+!?|\*+\/$/g, '');
  const boxed = inside.split('\n').slice(1).every((line) => /^\s*(\*|$)/.test(line));
  const words = boxed ? inside.replaceAll(/^ *\* ?/gm, '') : inside;
  return tidy(words.replaceAll(/^ *@license *$|^ *=+$/gm, ''));
}

/** For a package that names its licence and ships no text of it. */
async function standardTerms(title, license, author) {
  const known = { MIT: () => own('MIT.txt'), 'Apache-2.0': apache };
  const names = license.split(' AND ');
  const unknown = names.find((name) => !known[name]);
  if (unknown) throw new Error(`${title} ships no licence text, and scripts/licences has none for ${unknown}.`);
  const terms = await Promise.all(names.map((name) => known[name]()));
  if (author === null) return terms;
  const holder = typeof author === 'string' ? author : author?.name;
  if (!holder) throw new Error(`${title} ships no licence text and names no author.`);
  return [`Copyright ${holder}`, ...terms];
}

/** The terms of our own licence, which are those of every package under it. */
async function apache() {
  const [terms] = tidy(await readFile(path.join(root, 'LICENSE'), 'utf8')).split('APPENDIX:');
  return tidy(terms);
}

async function own(name) {
  return tidy(await readFile(path.join(import.meta.dirname, 'licences', name), 'utf8'));
}

/** Packages in the order of their names, those with the very same text together. */
function groupedByText(packages) {
  const titles = new Map();
  for (const { title, text: terms } of packages.toSorted((a, b) => (a.title < b.title ? -1 : 1))) {
    titles.set(terms, [...(titles.get(terms) ?? []), title]);
  }
  return [...titles].map(([terms, names]) => ({ title: names.join('\n'), text: terms }));
}

/** Without trailing blanks, blank lines around it, or Windows' line ends. */
function tidy(content) {
  const lines = content.replaceAll('\r\n', '\n').split('\n').map((line) => line.trimEnd());
  return lines.join('\n').replaceAll(/\n{3,}/g, '\n\n').replace(/^\n+|\n+$/g, '');
}
