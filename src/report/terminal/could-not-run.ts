import picocolors from 'picocolors';
import { logSafe } from '../plain.ts';
import type { CouldNotRun } from '../types.ts';

/** A check that could not run for a reason that the user can mend: one line, whatever its length. */
export function renderTerminalCouldNotRun({ what, fix }: CouldNotRun, { color }: { readonly color: boolean }): string {
  const colors = picocolors.createColors(color);
  return `${colors.bgYellow(colors.black(' COULD NOT RUN '))} ${logSafe(what)} ${logSafe(fix)}\n`;
}
