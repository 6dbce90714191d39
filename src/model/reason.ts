/** The first line of an error of TensorFlow.js: the reason, without the pages of advice that may follow. */
export function reasonOf(error: unknown): string {
  const [line] = (error instanceof Error ? error.message : String(error)).split('\n', 1);
  return line!;
}
