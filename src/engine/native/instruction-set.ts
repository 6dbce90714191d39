import { readFileSync } from 'node:fs';

/** From the widest on: which one a processor has decides how sums are split, and so their last bits. */
const SETS = [
  { flag: 'avx512f', name: 'AVX-512' },
  { flag: 'avx2', name: 'AVX2' },
  { flag: 'avx', name: 'AVX' },
  { flag: 'sse4_1', name: 'SSE4.1' },
] as const;

/** The widest vector instructions of a processor, by /proc/cpuinfo; null where that does not tell. */
export function instructionSetOf(cpuinfo: string): string | null {
  const flags = new Set(/^flags\s*:(.*)$/m.exec(cpuinfo)?.[1]?.trim().split(' '));
  return SETS.find(({ flag }) => flags.has(flag))?.name ?? null;
}

/** Those of this processor, and what oneDNN is told to do without. */
export function instructionSet(env: NodeJS.ProcessEnv = process.env): string | null {
  const limit = env.ONEDNN_MAX_CPU_ISA;
  try {
    const widest = instructionSetOf(readFileSync('/proc/cpuinfo', 'utf8'));
    return widest !== null && limit ? `${widest}, oneDNN up to ${limit}` : widest;
  } catch {
    return null;
  }
}
