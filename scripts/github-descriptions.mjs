// What GitHub publishes of its API and its events, as far as the tests need it, from two packages that are too large to
// be dependencies (385 MB and 17 MB). Same packages, same bytes.
//   npm install --no-save --prefix FOLDER @octokit/openapi@23.0.2 @octokit/webhooks-examples@7.6.1
//   node scripts/github-descriptions.mjs FOLDER [--check]
// `--check` writes nothing and fails where a file is stale.
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { parseArgs } from 'node:util';

const { values, positionals } = parseArgs({ allowPositionals: true, options: { check: { type: 'boolean', default: false } } });
const [folder] = positionals;
if (folder === undefined) throw new Error('Usage: node scripts/github-descriptions.mjs FOLDER [--check]');
const target = path.join(path.dirname(import.meta.dirname), '__tests__/e2e/fake-github/published');

/** Operations that the action uses, by their id. */
const OPERATIONS = [
  'actions/download-artifact',
  'actions/list-workflow-run-artifacts',
  'checks/create',
  'checks/update',
  'issues/create-comment',
  'issues/delete-comment',
  'issues/list-comments',
  'issues/update-comment',
  'pulls/list',
  'repos/compare-commits-with-basehead',
  'repos/get',
];

/** One payload for each event, by its action or ref. */
const PAYLOADS = [
  { event: 'pull_request', action: 'opened' },
  { event: 'pull_request', action: 'synchronize' },
  { event: 'pull_request', action: 'ready_for_review' },
  { event: 'pull_request', action: 'converted_to_draft' },
  { event: 'merge_group', action: 'checks_requested' },
  { event: 'workflow_run', action: 'completed' },
  { event: 'push', ref: 'refs/heads/master' },
  { event: 'workflow_dispatch' },
];

await put('api.json', { source: await source('openapi'), operations: await operations() });
await put('payloads.json', { source: await source('webhooks-examples'), payloads: await payloads() });

async function operations() {
  const { paths } = await json('openapi/generated/api.github.com.deref.json');
  const all = Object.entries(paths).flatMap(([route, methods]) => Object.entries(methods).map(([method, operation]) => ({ route, method: method.toUpperCase(), ...operation })));
  return OPERATIONS.map((id) => {
    const { route, method, parameters = [], requestBody } = all.find(({ operationId }) => operationId === id);
    const named = parameters.map(({ name, in: place, required = false, schema }) => ({ name, in: place, required, schema }));
    return { id, method, route, parameters: named, body: requestBody?.content['application/json'].schema ?? null };
  });
}

async function payloads() {
  const webhooks = await json('webhooks-examples/api.github.com/index.json');
  return PAYLOADS.map(({ event, ...wanted }) => {
    const { examples } = webhooks.find(({ name }) => name === event);
    return { event, payload: examples.find((example) => Object.entries(wanted).every(([key, value]) => example[key] === value)) };
  });
}

async function source(name) {
  const { name: full, version, license } = await json(`${name}/package.json`);
  return `${full} ${version} (${license})`;
}

async function json(file) {
  return JSON.parse(await readFile(path.join(folder, 'node_modules/@octokit', file), 'utf8'));
}

async function put(name, value) {
  const text = `${JSON.stringify(value, null, 1)}\n`;
  const file = path.join(target, name);
  if (!values.check) await writeFile(file, text);
  else if ((await readFile(file, 'utf8').catch(() => '')).replaceAll('\r\n', '\n') !== text) {
    console.error(`${file} is stale: run this script without --check.`);
    process.exitCode = 1;
  }
}
