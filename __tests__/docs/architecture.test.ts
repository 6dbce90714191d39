import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { EVIDENCE_VERSION } from '../../src/evidence/types.ts';
import { evidenceSchema } from '../../src/evidence/schema.ts';

const root = path.resolve(import.meta.dirname, '../..');
const page = readFileSync(path.join(root, 'docs/architecture.md'), 'utf8');

/** Rows of the tables of one section, cells as written. */
function rowsOf(heading: string): string[][] {
  const section = page.split(/^## /m).find((part) => part.startsWith(`${heading}\n`))!;
  const lines = section.split('\n').filter((line) => line.startsWith('|') && !line.startsWith('| :'));
  return lines.map((line) => line.split('|').slice(1, -1).map((cell) => cell.trim()));
}

function namesIn(text: string): string[] {
  return [...text.matchAll(/`([^`]+)`/g)].map(([, name]) => name!);
}

interface Rule {
  readonly name: string;
  readonly from: { readonly path: string };
  readonly to: { readonly pathNot: readonly [string, string] };
}

describe('docs/architecture.md', () => {
  it('names the rooms and imports that the tool allows', () => {
    const { forbidden } = createRequire(import.meta.url)(path.join(root, '.dependency-cruiser.cjs')) as { forbidden: readonly Rule[] };
    const allowed = forbidden
      .filter(({ name }) => name.endsWith('-imports-one-way'))
      .map(({ from, to }) => {
        const room = /src\/(\w+)/.exec(from.path)![1]!;
        const rooms = /\(([\w|]+)\)/.exec(to.pathNot[0])![1]!.split('|');
        return [room, rooms.filter((other) => other !== room).sort()];
      });
    const documented = rowsOf('Rooms').filter(([room]) => room !== 'room').map(([room, , imports]) => [namesIn(room!)[0], namesIn(imports!).sort()]);
    expect(documented).toEqual(allowed);
  });

  it('gives a reason for every package, and for no other', () => {
    const { devDependencies } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as { devDependencies: Record<string, string> };
    const documented = rowsOf('Dependencies').flatMap(([names]) => namesIn(names!));
    expect(documented.sort()).toEqual(Object.keys(devDependencies).sort());
  });

  it('lists the fields of the evidence, and its version', () => {
    const { shape } = evidenceSchema as unknown as { shape: object };
    expect(rowsOf('Evidence').flatMap(([field]) => namesIn(field!))).toEqual(Object.keys(shape));
    expect(page).toContain(`\`evidence.version\` is **${EVIDENCE_VERSION}**`);
  });
});
