#!/usr/bin/env node
import { constants } from 'node:os';
import { Command, CommanderError, InvalidArgumentError } from 'commander';
import pc from 'picocolors';
import documentation from '../docs/rules.md';
import { OVERRIDES, type OverrideName, type Overrides } from './config/overrides.ts';
import { isUserError, UserError } from './errors.ts';
import { addNativeCommands } from './native-command.ts';
import type { CheckRequest } from './check.ts';
import { addSetupCommands } from './setup-command.ts';
import { ProgressLine } from './progress-line.ts';
import { explanation } from './report/explanation.ts';
import { chartsOf } from './report/charts.ts';
import { canonicalJson, renderJson } from './report/json.ts';
import { renderMarkdown } from './report/markdown.ts';
import { rehearsalLines } from './report/rehearsal.ts';
import { stackLines } from './report/plain.ts';
import { shareLine } from './report/share.ts';
import { renderTerminalCouldNotRun } from './report/terminal/could-not-run.ts';
import type { Report } from './report/types.ts';
import { requireWritable, writeFiles } from './requested-files.ts';
import { VERSION } from './version.ts';

/** docs/getting-started.md#exit-codes */
const EXIT = { pass: 0, fail: 1, couldNotRun: 2, bug: 3 } as const;
const EXIT_HELP = `
Exit codes:
  0  pass
  1  fail
  2  could not run, for a reason that you can mend
  3  a bug in layer-vitals`;

const FINGERPRINT_EXIT_HELP = `
Exit codes:
  0  told
  1  it cannot be told
  2  could not run, for a reason that you can mend
  3  a bug in layer-vitals`;

type CheckOptions = Readonly<Partial<Record<'config' | 'markdown' | 'html' | 'json' | 'shard' | 'profile' | OverrideName, string>>> & {
  readonly color: boolean;
  readonly threads?: number;
  readonly dryRun?: true;
};

const progress = new ProgressLine(process.stderr);

async function runCheck(configArgument: string | undefined, options: CheckOptions): Promise<void> {
  const { config, markdown, html, json, shard } = options;
  if (configArgument !== undefined && config !== undefined) {
    throw new UserError('config-twice', `The config is given twice: ${configArgument} and --config ${config}.`, 'Leave one of them out.');
  }
  await requireWritable([markdown, html, json]);
  const request = requestOf(configArgument ?? config ?? null, options);
  const { check, checkShare, rehearse, shareCalled } = await import('./check.ts');
  if (options.dryRun) {
    process.stdout.write(`${rehearsalLines(await rehearse(request)).join('\n')}\n`);
    return;
  }
  if (shard === undefined) {
    await tell(await check(request), options);
    return;
  }
  if (json === undefined || markdown !== undefined || html !== undefined) {
    throw new UserError('shard-output', 'A shard is written into one file of JSON: there is no report of it.', 'Give it `--json FILE`, and `--markdown` and `--html` to `layer-vitals merge`.');
  }
  const share = await checkShare(request, shareCalled(shard));
  progress.clear();
  await writeFiles([{ file: json, content: () => share.file }]);
  process.stdout.write(`${shareLine(share)}\n`);
}

async function runMerge(folder: string, options: CheckOptions): Promise<void> {
  const { config, markdown, html, json } = options;
  await requireWritable([markdown, html, json]);
  const [{ check }, { readShards }] = [await import('./check.ts'), await import('./shard-folder.ts')];
  await tell(await check(requestOf(config ?? null, options), await readShards(process.cwd(), folder)), options);
}

function requestOf(configPath: string | null, options: CheckOptions): CheckRequest {
  return {
    cwd: process.cwd(),
    configPath,
    profile: options.profile ?? null,
    overrides: overridesOf(options),
    change: null,
    remote: null,
    threads: options.threads ?? null,
    onProgress: progress.show.bind(progress),
    onNotice: (line) => {
      progress.clear();
      process.stderr.write(`${line}\n`);
    },
  };
}

async function tell(report: Report, options: CheckOptions): Promise<void> {
  const { markdown, html, json } = options;
  progress.clear();
  process.exitCode = report.judgement.verdict === 'pass' ? EXIT.pass : EXIT.fail;
  // Loaded late: what measures the width of characters takes as long to load as the rest of this file.
  const { renderTerminal } = await import('./report/terminal.ts');
  process.stdout.write(renderTerminal(report, { color: hasColor(process.stdout, options.color), width: process.stdout.columns || 100 }));
  const page = async () => (await import('./html-report.ts')).htmlReport({ markdown: renderMarkdown(report, { detail: 'full' }), charts: chartsOf(report) });
  await writeFiles([
    { file: markdown, content: () => renderMarkdown(report, { detail: 'full' }) },
    { file: html, content: page },
    { file: json, content: () => renderJson(report) },
  ]);
}

interface FingerprintOptions {
  readonly images: string;
  readonly size?: number;
  readonly json?: string;
  readonly color: boolean;
}

async function runFingerprint(model: string, { images, size, json, color }: FingerprintOptions): Promise<void> {
  await requireWritable([json]);
  const { fingerprintFile } = await import('./laboratory.ts');
  const found = await fingerprintFile({ cwd: process.cwd(), model, images, size: size ?? null });
  process.exitCode = found.told ? EXIT.pass : EXIT.fail;
  const { renderFingerprint } = await import('./report/fingerprint.ts');
  process.stdout.write(renderFingerprint(found, { color: hasColor(process.stdout, color), width: process.stdout.columns || 100 }));
  await writeFiles([{ file: json, content: () => canonicalJson(found) }]);
}

function overridesOf(options: CheckOptions): Overrides {
  const names = Object.keys(OVERRIDES) as OverrideName[];
  // commander calls an option `--fail-on` `failOn`.
  const key = (name: string) => name.replaceAll(/-(\w)/g, (_, letter: string) => letter.toUpperCase()) as OverrideName;
  return Object.fromEntries(names.flatMap((name) => (options[key(name)] === undefined ? [] : [[name, options[key(name)]]])));
}

/** NO_COLOR and FORCE_COLOR count; on a runner and on Windows, picocolors would colour files and pipes as well. */
function hasColor({ isTTY }: NodeJS.WriteStream, allowed = !process.argv.includes('--no-color')): boolean {
  return allowed && pc.isColorSupported && (isTTY || Boolean(process.env.FORCE_COLOR));
}

function once(value: string, before: string | undefined): string {
  if (before !== undefined) throw new InvalidArgumentError('It is given twice.');
  if (value.trim() === '') throw new InvalidArgumentError('It is empty.');
  return value;
}

function wholeNumber(value: string): number {
  if (!/^[1-9]\d{0,5}$/.test(value)) throw new InvalidArgumentError('It must be a whole number from 1 on.');
  return Number(value);
}

function withReports(command: Command): Command {
  return command
    .option('--markdown <file>', 'write the report as Markdown, too', once)
    .option('--html <file>', 'write the report as a page that needs no other file, too', once)
    .option('--json <file>', 'write evidence and judgement as JSON, too', once)
    .option('--threads <number>', 'run on at most so many threads (default: one per core, as far as memory goes)', wholeNumber)
    .option('--no-color', 'print plain text');
}

function withOverrides(command: Command): Command {
  command.optionsGroup('In place of what the config says:').option('--profile <name>', 'take what the config says under `profiles`, such as nightly: more seeds and time', once);
  for (const [name, { description }] of Object.entries(OVERRIDES)) command.option(`--${name} <value>`, description, once);
  return command;
}

function program(): Command {
  const root = new Command('layer-vitals')
    .description('Fine-tunes your model on a small data set, watches every layer, and says what input normalization is worth.')
    .version(VERSION, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .helpCommand(false)
    .exitOverride()
    .configureOutput({
      outputError: (text) => {
        const [what = '', ...hints] = text.trim().replace(/^error: /, '').split('\n');
        const fix = hints.join(' ').replace(/^\((.*)\)$/, '$1') || `See \`layer-vitals ${['explain', 'fingerprint', 'init', 'doctor', 'merge'].find((name) => name === process.argv[2]) ?? 'check'} --help\`.`;
        tellCouldNotRun(new UserError('usage', /[.?!]$/.test(what) ? what : `${what}.`, fix));
      },
    })
    .addHelpText('after', EXIT_HELP);
  const check = withReports(root
    .command('check')
    .description('Runs the check that layer-vitals.yml describes and prints its report.')
    .summary('run the check that layer-vitals.yml describes')
    .argument('[config]', 'config file, or a folder that holds one (default: the working directory)')
    .option('-c, --config <file>', 'the same, as an option', once))
    .option('--dry-run', 'read config, images and model, and say what would be done; nothing is trained')
    .option('--shard <i/n>', 'measure the i-th of n parts into --json, and judge nothing', once);
  withOverrides(check).action(runCheck).addHelpText('after', EXIT_HELP);
  const merge = root
    .command('merge')
    .description('Joins what `check --shard i/n --json FILE` has written, judges it once and prints the report. Takes the options that the shards were given.')
    .summary('judge what shards have measured')
    .argument('<folder>', 'folder with the files of all shards')
    .option('-c, --config <file>', 'config file, or a folder that holds one (default: the working directory)', once);
  withOverrides(withReports(merge)).action(runMerge).addHelpText('after', EXIT_HELP);
  root
    .command('explain')
    .description('Prints what a rule means, its formula and limits, typical causes and fixes.')
    .summary('print the documentation of a rule')
    .argument('<rule>', 'name of the rule, as a report shows it')
    .action((rule: string) => {
      process.stdout.write(explanation(documentation, rule));
    });
  root
    .command('fingerprint')
    .description('Infers from a pretrained model which input normalization it was trained with.')
    .summary('infer which normalization a model was trained with')
    .argument('<model>', 'model.json of a TensorFlow.js LayersModel, or the folder that holds it')
    .requiredOption('-i, --images <folder>', 'folder of PNG or JPEG images; 32 are enough. Folders of classes in it are labels', once)
    .option('--size <pixels>', 'side of the images (default: the input size of the model file)', wholeNumber)
    .option('--json <file>', 'write all that was found as JSON, too', once)
    .option('--no-color', 'print plain text')
    .action(runFingerprint)
    .addHelpText('after', FINGERPRINT_EXIT_HELP);
  addSetupCommands(root, once);
  addNativeCommands(root, { onStep: progress.show.bind(progress), clear: progress.clear.bind(progress) });
  return root;
}

function tellCouldNotRun(error: UserError): void {
  process.stderr.write(renderTerminalCouldNotRun(error, { color: hasColor(process.stderr) }));
}

function tellBug(error: unknown): void {
  process.stderr.write(`${stackLines(error)}\nThis is a bug in layer-vitals. Please report it with the lines above.\n`);
}

function end(error: unknown): void {
  progress.clear();
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? EXIT.pass : EXIT.couldNotRun;
  else if (isUserError(error)) {
    tellCouldNotRun(error);
    process.exitCode = EXIT.couldNotRun;
  } else {
    tellBug(error);
    process.exitCode = EXIT.bug;
  }
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    progress.clear();
    process.exit(128 + constants.signals[signal]);
  });
}
for (const stream of [process.stdout, process.stderr]) {
  // Somebody who reads the first lines alone (`| head`) still gets the exit code and the files.
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
}
// Without this, Node would end with 1, which says "fail".
process.once('uncaughtException', (error) => {
  end(error);
  process.exit();
});
program().parseAsync().catch(end);
