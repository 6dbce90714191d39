import path from 'node:path';
import { expect, test } from 'vitest';
import { faultOfLibrary } from '../../src/native/elf.ts';
import { folderWith } from '../temporary-folder.ts';

/** A header, and a table of three sections of 64 bytes behind 100 bytes of content. */
function library({ magic = '\x7fELF', bits = 2, machine = 62, size = 100 + 3 * 64 } = {}): Buffer {
  const file = Buffer.alloc(size);
  file.write(magic, 'latin1');
  file[4] = bits;
  file.writeUInt16LE(machine, 18);
  file.writeBigUInt64LE(100n, 40);
  file.writeUInt16LE(64, 58);
  file.writeUInt16LE(3, 60);
  return file;
}

test.each([
  ['whole', library(), null],
  ['without its last byte', library({ size: 100 + 3 * 64 - 1 }), 'is cut short'],
  ['shorter than a header', library().subarray(0, 63), 'is cut short'],
  ['for 32 bits', library({ bits: 1 }), 'is no library of 64-bit Linux'],
  ['of another system', library({ magic: 'MZ' }), 'is no library of 64-bit Linux'],
  ['for arm64', library({ machine: 183 }), 'was built for another processor than x64'],
])('a library %s', (_, content, fault) => {
  expect(faultOfLibrary(path.join(folderWith({ 'x.node': content }), 'x.node'))).toBe(fault);
});

test.skipIf(process.platform !== 'linux' || process.arch !== 'x64')('a program that runs has no fault', () => {
  expect(faultOfLibrary(process.execPath)).toBeNull();
});
