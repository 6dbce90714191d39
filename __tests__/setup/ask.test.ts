import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { askAt } from '../../src/setup/ask.ts';

const CHOICES = [{ value: 'a', label: 'the first' }, { value: 'b', label: 'the second' }];

test('takes a number, the first choice for nothing, and asks again for anything else', async () => {
  const [input, output] = [new PassThrough(), new PassThrough()];
  const ask = askAt(input, output);
  input.write('\n');
  expect(await ask.choose('Which?', CHOICES)).toBe('a');
  const second = ask.choose('Which?', CHOICES);
  input.write('9\nb\n2\n');
  expect(await second).toBe('b');
  expect(String(output.read())).toMatch(/Which\?\n {2}1 {2}the first\n {2}2 {2}the second\nA number \(1\): /);
  ask.close();
});

test('takes text that is right, and its preset for nothing', async () => {
  const input = new PassThrough();
  const ask = askAt(input, new PassThrough());
  input.write('\n');
  expect(await ask.text('Size?', '224', (answer) => /^\d+$/.test(answer))).toBe('224');
  const second = ask.text('Size?', '224', (answer) => /^\d+$/.test(answer));
  input.write('large\n96\n');
  expect(await second).toBe('96');
  ask.close();
});

test('does not wait for an answer that cannot come', async () => {
  const input = new PassThrough();
  const ask = askAt(input, new PassThrough());
  input.end();
  await expect(ask.choose('Which?', CHOICES)).rejects.toThrow('The questions were not answered.');
});
