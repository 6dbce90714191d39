import { UserError } from '../errors.ts';
import { runTool, ToolFailure } from './tools.ts';

/** Marks the error that a self-test, which is a process of its own, hands on. */
const MARK = 'layer-vitals-error ';

export function tellError({ code, what, fix }: UserError): string {
  return `${MARK}${JSON.stringify({ code, what, fix })}\n`;
}

/**
 * Runs the self-test of a package by a command of ours, in a process that may break.
 *
 * @param args those that make this Node run the self-test; the package's folder is added
 * @returns what it printed
 * @throws UserError that of the self-test; `native-broken` where the process was ended by what it loaded
 */
export async function runSelfTest(args: readonly string[], packageFolder: string): Promise<string> {
  const { stdout } = await runTool(process.execPath, [...args, packageFolder]).catch((error: unknown) => {
    if (!(error instanceof ToolFailure)) throw error;
    const told = error.output.split('\n').find((line) => line.startsWith(MARK));
    if (told === undefined) {
      throw new UserError('native-broken', `The native backend breaks when it is used (${error.reason}).`, 'This processor may lack what libtensorflow needs, AVX for one: use `backend: wasm`.', { cause: error });
    }
    const { code, what, fix } = JSON.parse(told.slice(MARK.length)) as Pick<UserError, 'code' | 'what' | 'fix'>;
    throw Object.assign(new UserError('native-load', what, fix, { cause: error }), { code });
  });
  return stdout;
}
