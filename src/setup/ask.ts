import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { UserError } from '../errors.ts';

/** One of several answers, with what is to be said of it. */
export interface Choice {
  readonly value: string;
  readonly label: string;
}

/** Asks whoever sits at the terminal, until there is an answer. */
export interface Ask {
  /** The first choice is that of an empty answer. */
  readonly choose: (question: string, choices: readonly Choice[]) => Promise<string>;
  readonly text: (question: string, preset: string, isRight: (answer: string) => boolean) => Promise<string>;
  readonly close: () => void;
}

export function askAt(input: Readable, output: Writable): Ask {
  const terminal = createInterface({ input, output });
  // Unlike `question`, this keeps lines that come before they are asked for.
  const lines = terminal[Symbol.asyncIterator]();
  const again = async <Answer>(question: string, read: (answer: string) => Answer | null): Promise<Answer> => {
    for (;;) {
      output.write(question);
      const { done, value = '' } = (await lines.next()) as IteratorResult<string, undefined>;
      if (done) throw new UserError('no-answer', 'The questions were not answered.', 'Answer them, or take what is proposed with --yes.');
      const found = read(value.trim());
      if (found !== null) return found;
    }
  };
  return {
    choose: (question, choices) => {
      const lines = choices.map(({ label }, index) => `  ${index + 1}  ${label}`);
      return again(`${question}\n${lines.join('\n')}\nA number (1): `, (answer) => choices[answer === '' ? 0 : Number(answer) - 1]?.value ?? null);
    },
    text: (question, preset, isRight) => again(`${question} (${preset}): `, (answer) => (answer === '' ? preset : isRight(answer) ? answer : null)),
    close: () => {
      terminal.close();
    },
  };
}
