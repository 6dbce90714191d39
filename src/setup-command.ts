import type { Command } from 'commander';
import { count } from './report/numbers.ts';
import { logSafe } from './report/plain.ts';
import { rehearsalLines } from './report/rehearsal.ts';

const DOCTOR_EXIT_HELP = `
Exit codes:
  0  nothing is wrong, or nothing but warnings
  1  something is wrong
  2  could not run, for a reason that you can mend
  3  a bug in layer-vitals`;

type InitOptions = Readonly<Partial<Record<'model' | 'data' | 'normalization' | 'action', string>>> & { readonly yes?: true };

/** @param once refuses an option that is empty or given twice */
export function addSetupCommands(root: Command, once: (value: string, before: string | undefined) => string): void {
  root
    .command('init')
    .description('Writes layer-vitals.yml and a workflow for the repository at hand. What is there already is left as it is.')
    .summary('write a config and a workflow')
    .option('-y, --yes', 'ask nothing: take what is proposed')
    .option('--model <file>', 'the model.json (default: the one that is found)', once)
    .option('--data <folder>', 'folder with one folder of images per class (default: the likeliest that is found)', once)
    .option('--normalization <name>', 'what the model was trained with (default: what the model itself tells)', once)
    .option('--action <owner/name@version>', 'the action as the workflow names it', once)
    .action(runInit);
  root
    .command('doctor')
    .description('Looks at everything that a check needs: config, images, model, workflows, git, machine, and in a job the token.')
    .summary('say what is wrong with a set-up')
    .option('-c, --config <file>', 'config file, or a folder that holds one (default: the working directory)', once)
    .action(runDoctor)
    .addHelpText('after', DOCTOR_EXIT_HELP);
}

async function runInit({ model, data, normalization, action, yes }: InitOptions): Promise<void> {
  const { init, askAt } = await import('./setup.ts');
  const ask = yes || !process.stdin.isTTY ? null : askAt(process.stdin, process.stderr);
  const tell = (line: string) => process.stderr.write(`${line}\n`);
  try {
    const { written, rehearsal } = await init({ cwd: process.cwd(), model: model ?? null, data: data ?? null, normalization: normalization ?? null, action: action ?? null, ask, tell });
    const lines = [...written.map((file) => `Wrote ${file}`), ...(rehearsal ? ['', ...rehearsalLines(rehearsal)] : []), ...(written.length > 0 ? ['', 'Next: layer-vitals check'] : [])];
    if (lines.length > 0) process.stdout.write(`${lines.join('\n')}\n`);
  } finally {
    ask?.close();
  }
}

async function runDoctor({ config }: { readonly config?: string }): Promise<void> {
  const { doctor, annotate, ACTION_INPUTS } = await import('./setup.ts');
  const remarks = await doctor({ cwd: process.cwd(), configPath: config ?? null, inputs: ACTION_INPUTS, environment: process.env });
  const lines = remarks.map(({ level, what, fix }) => `${level.padEnd(8)} ${logSafe(fix === null ? what : `${what} ${fix}`)}`);
  const [errors, warnings] = (['error', 'warning'] as const).map((level) => remarks.filter((remark) => remark.level === level).length) as [number, number];
  const counted = [...(errors > 0 ? [count(errors, 'error')] : []), ...(warnings > 0 ? [count(warnings, 'warning')] : [])].join(', ');
  process.stdout.write(`${lines.join('\n')}\n\n${counted || 'Nothing is wrong'}.\n`);
  if (process.env.GITHUB_ACTIONS === 'true') annotate(remarks);
  process.exitCode = errors > 0 ? 1 : 0;
}
