#!/usr/bin/env node
import { access, constants, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Command } from 'commander';
import pc from 'picocolors';
import { OVERRIDES, type OverrideName, type Overrides } from './config/overrides.ts';
import { isUserError, UserError } from './errors.ts';
import { ProgressLine } from './progress-line.ts';
import { renderJson } from './report/json.ts';
import { renderMarkdown } from './report/markdown.ts';
import { renderTerminal } from './report/terminal.ts';
import { VERSION } from './version.ts';

/** docs/getting-started.md#exit-codes */
const EXIT = { pass: 0, fail: 1, couldNotRun: 2, bug: 3 } as const;

interface CheckOptions extends Partial<Record<'config' | 'markdown' | 'json', string>> {
  readonly color: boolean;
}

const program = new Command('layer-vitals')
  .description('Fine-tunes your model on a small data set, watches every layer, and says what input normalization is worth.')
  .version(VERSION)
  .showSuggestionAfterError()
  .exitOverride((error) => {
    process.exit(error.exitCode === 0 ? EXIT.pass : EXIT.couldNotRun);
  });

const checkCommand = program
  .command('check', { isDefault: true })
  .description('run the check that layer-vitals.yml describes')
  .argument('[config]', 'config file, or a folder that holds one')
  .option('-c, --config <file>', 'the same, as an option')
  .option('--markdown <file>', 'write the report as Markdown')
  .option('--json <file>', 'write evidence and judgement as JSON')
  .option('--no-color', 'plain text');
for (const [name, { description }] of Object.entries(OVERRIDES)) checkCommand.option(`--${name} <value>`, description);
checkCommand.action(async (config: string | undefined, options: CheckOptions & Record<string, unknown>) => {
  process.exitCode = await runCheck(config ?? options.config ?? null, options);
});

async function runCheck(configPath: string | null, options: CheckOptions & Record<string, unknown>): Promise<number> {
  const color = options.color && pc.isColorSupported && process.stdout.isTTY;
  const progress = new ProgressLine(process.stderr);
  try {
    await requireWritable([options.markdown, options.json]);
    const { check } = await import('./check.ts');
    const report = await check({
      cwd: process.cwd(),
      configPath,
      overrides: overridesOf(options),
      onProgress: (state) => {
        progress.show(state);
      },
    });
    progress.clear();
    process.stdout.write(renderTerminal(report, { color, width: process.stdout.columns || 100 }));
    if (options.markdown) await writeFile(options.markdown, renderMarkdown(report, { detail: 'full' }));
    if (options.json) await writeFile(options.json, renderJson(report));
    return report.judgement.verdict === 'pass' ? EXIT.pass : EXIT.fail;
  } catch (error) {
    progress.clear();
    if (!isUserError(error)) throw error;
    const colors = pc.createColors(color);
    process.stderr.write(`${colors.red('could not run:')} ${error.what} ${error.fix}\n`);
    return EXIT.couldNotRun;
  }
}

function overridesOf(options: Record<string, unknown>): Overrides {
  const names = Object.keys(OVERRIDES) as OverrideName[];
  // commander names an option `--fail-on` as `failOn`.
  const given = names.map((name) => [name, options[name.replaceAll(/-(\w)/g, (_, letter: string) => letter.toUpperCase())]]);
  return Object.fromEntries(given.filter(([, value]) => value !== undefined)) as Overrides;
}

/** A report that cannot be written should be known before the minutes that it takes to make it. */
async function requireWritable(files: readonly (string | undefined)[]): Promise<void> {
  for (const file of files) {
    if (file === undefined) continue;
    const existing = await stat(file).catch(() => null);
    const writable = !existing?.isDirectory() && (await access(existing ? file : path.dirname(path.resolve(file)), constants.W_OK).then(() => true, () => false));
    if (!writable) throw new UserError('not-writable', `${file}: cannot be written.`, `Check that ${path.dirname(file)} is a folder that exists and may be written to.`);
  }
}

program.parseAsync().catch((error: unknown) => {
  console.error(error);
  console.error('This is a bug in layer-vitals. Please report it with the lines above.');
  process.exitCode = EXIT.bug;
});
