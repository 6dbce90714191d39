/** Everything that is measured: healthy programs and their mutants. */
import { createHash } from 'node:crypto';
import { BASES, type Base } from './bases.ts';
import { type Half, halfOf, type Source } from './data-set.ts';
import { type Operator, OPERATORS } from './operators.ts';
import type { Program } from './program.ts';

export interface Mutant {
  readonly operator: Operator;
  readonly strength: string;
  readonly program: Program;
}

/** Faults put into each program. */
const PER_BASE = 5;
/** Into one that takes long. */
const PER_SLOW_BASE = 2;
const SLOW: readonly string[] = ['gru', 'lstm'];

export function basesOf(half: Half): readonly Base[] {
  return BASES.filter(({ program }) => halfOf(program.data as Source) === half);
}

/** Some operators of all that apply, and one strength of each, by the SHA-256 of their names. */
export function mutantsOf({ program }: Base): readonly Mutant[] {
  const count = program.blocks.some((block) => 'layer' in block && SLOW.includes(block.layer)) ? PER_SLOW_BASE : PER_BASE;
  const drawn = OPERATORS.flatMap((operator) => {
    const strengths = Object.entries(operator.apply(program));
    const number = createHash('sha256').update(`${program.base}/${operator.name}`).digest().readUInt32BE();
    return strengths.length === 0 ? [] : [{ operator, number, chosen: strengths[number % strengths.length]! }];
  });
  return drawn
    .toSorted((a, b) => a.number - b.number)
    .slice(0, count)
    .map(({ operator, chosen: [strength, mutant] }) => ({ operator, strength, program: mutant }));
}

/** A program to measure; the healthy ones have no operator. */
export interface Member {
  readonly operator: string | null;
  readonly strength: string | null;
  readonly program: Program;
  /** 0 for a healthy one, else which fault of its base. */
  readonly rank: number;
}

/** A half with the healthy programs first, then one fault of each, and so on: whatever stops in the middle has measured all bases. */
export function inTurn(half: Half): readonly Member[] {
  const members = basesOf(half).flatMap((base): Member[] => [
    { operator: null, strength: null, program: base.program, rank: 0 },
    ...mutantsOf(base).map(({ operator, strength, program }, index) => ({ operator: operator.name, strength, program, rank: index + 1 })),
  ]);
  return members.toSorted((a, b) => a.rank - b.rank);
}
