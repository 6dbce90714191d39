import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

/** Layout of a 64-bit ELF header: System V gABI, chapter 4. */
const HEADER = 64;
const MAGIC = 0x7f_45_4c_46;
const CLASS_64 = 2;
const X86_64 = 62;

/**
 * What is wrong with a shared library of Linux on x64, by its header alone; null where nothing is. The system's loader
 * ends the process without a word on a file that is cut short.
 */
export function faultOfLibrary(file: string): string | null {
  const descriptor = openSync(file, 'r');
  try {
    const header = Buffer.alloc(HEADER);
    if (readSync(descriptor, header, 0, HEADER, 0) < HEADER) return 'is cut short';
    if (header.readUInt32BE(0) !== MAGIC || header[4] !== CLASS_64) return 'is no library of 64-bit Linux';
    if (header.readUInt16LE(18) !== X86_64) return 'was built for another processor than x64';
    // The table of sections is what linkers write last.
    const end = header.readBigUInt64LE(40) + BigInt(header.readUInt16LE(58) * header.readUInt16LE(60));
    return BigInt(fstatSync(descriptor).size) < end ? 'is cut short' : null;
  } finally {
    closeSync(descriptor);
  }
}
