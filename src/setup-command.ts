import type { Command } from 'commander';
import { rehearsalLines } from './report/rehearsal.ts';

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
