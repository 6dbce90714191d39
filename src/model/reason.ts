/** The first line of an error of TensorFlow.js as a sentence: the reason, without the pages of advice that may follow. */
export function reasonOf(error: unknown): string {
  const [line] = (error instanceof Error ? error.message : String(error)).split('\n', 1);
  return `${line!.replace(' This may be due to one of the following reasons:', '').replace(/[.:\s]+$/, '')}.`;
}
