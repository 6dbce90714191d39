// Writes schema/layer-vitals.schema.json from the zod schema, the single truth of the config. Same source, same bytes.
import { build } from 'esbuild';
import { Buffer } from 'node:buffer';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));

// Node 20 cannot import TypeScript: bundled in memory, imported from there.
const { outputFiles } = await build({
  absWorkingDir: root,
  entryPoints: ['src/config/json-schema.ts'],
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'esm',
  write: false,
  logLevel: 'warning',
});
const code = Buffer.from(outputFiles[0].contents).toString('base64');
const { jsonSchema } = await import(`data:text/javascript;base64,${code}`);

await mkdir(path.join(root, 'schema'), { recursive: true });
await writeFile(path.join(root, 'schema', 'layer-vitals.schema.json'), `${JSON.stringify(jsonSchema(), null, 2)}\n`);
