// Writes a model of npm nsfwjs, whose shards are base64 in scripts, as model.json and weights.
// Usage: node nsfwjs.cjs FOLDER-OF-SCRIPTS TARGET
const { Buffer } = require('node:buffer');
const { mkdirSync, writeFileSync } = require('node:fs');
const path = require('node:path');
const process = require('node:process');

const [source, target] = process.argv.slice(2).map((folder) => path.resolve(folder));
const load = (name) => {
  const content = require(path.join(source, `${name}.min.js`));
  return content.default ?? content;
};
const model = load('model');
mkdirSync(target, { recursive: true });
for (const name of model.weightsManifest.flatMap(({ paths }) => paths)) writeFileSync(path.join(target, name), Buffer.from(load(name), 'base64'));
writeFileSync(path.join(target, 'model.json'), JSON.stringify(model));
