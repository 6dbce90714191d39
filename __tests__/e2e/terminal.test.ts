import { spawn, spawnSync } from 'node:child_process';
import { cp, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Report } from '../../src/report/types.ts';
import { COMMAND, plainEnvironment, runCommand } from './run-command.ts';
import { tinyConfig, writeConfig, writeTinyTransfer } from './tiny-transfer.ts';

const ESCAPE = '\u001B';
const SHOW_CURSOR = `${ESCAPE}[?25h`;
const HIDE_CURSOR = `${ESCAPE}[?25l`;

let scratch: string;
let healthy: string;
beforeAll(async () => {
  scratch = await mkdtemp(path.join(tmpdir(), 'layer-vitals-terminal-'));
  healthy = path.join(scratch, 'healthy');
  await writeTinyTransfer(healthy);
});
afterAll(async () => {
  await rm(scratch, { recursive: true, force: true });
});

describe('help', () => {
  test.for([
    { args: ['--help'], says: ['Usage: layer-vitals [options] [command]', 'check [options] [config]', 'Exit codes:'] },
    { args: ['check', '--help'], says: ['Usage: layer-vitals check [options] [config]', '--json <file>', '--markdown <file>', '--seeds <value>', 'Exit codes:'] },
  ])('$args fits into 80 columns and names everything', async ({ args, says }) => {
    const { exitCode, stdout, stderr } = await runCommand(healthy, args);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    for (const words of says) expect(stdout).toContain(words);
    for (const line of stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
  });

  test('--version prints that of the package', async () => {
    const { version } = JSON.parse(await readFile(new URL('../../package.json', import.meta.url), 'utf8')) as { version: string };
    expect(await runCommand(healthy, ['--version'])).toEqual({ exitCode: 0, stdout: `${version}\n`, stderr: '' });
  });

  test('no command prints the help, and did not run', async () => {
    const { exitCode, stdout, stderr } = await runCommand(healthy, []);
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr).toContain('Usage:');
  });

  test('a misspelt command is told the right one', async () => {
    const { exitCode, stderr } = await runCommand(healthy, ['chekc']);
    expect(exitCode).toBe(2);
    expect(stderr).toBe(" COULD NOT RUN  unknown command 'chekc'. Did you mean check?\n");
  });
});

test('a reader that leaves early breaks nothing', async () => {
  const child = spawn(process.execPath, [COMMAND, 'check', '--json', 'left.json'], { cwd: healthy, stdio: ['ignore', 'pipe', 'pipe'] });
  child.stdout.destroy();
  const exitCode = await new Promise((resolve) => child.on('close', resolve));
  expect(exitCode).toBe(0);
  expect(JSON.parse(await readFile(path.join(healthy, 'left.json'), 'utf8'))).toMatchObject({ judgement: { verdict: 'pass' } });
});

test('FORCE_COLOR colours a pipe; NO_COLOR and --no-color do not', async () => {
  const colored = await runCommand(healthy, ['check'], { env: { FORCE_COLOR: '1' } });
  expect(colored.stdout).toContain(`${ESCAPE}[42m`);
  for (const { stdout } of [
    await runCommand(healthy, ['check'], { env: { NO_COLOR: '1' } }),
    await runCommand(healthy, ['check', '--no-color'], { env: { FORCE_COLOR: '1' } }),
  ]) {
    expect(stdout).not.toContain(ESCAPE);
  }
});

/** `script` of util-linux lends a terminal. */
const hasScript = process.platform === 'linux' && spawnSync('script', ['--version']).status === 0;

describe.skipIf(!hasScript)('in a terminal', () => {
  interface Session {
    /** All that the terminal was sent. */
    readonly screen: string;
    readonly exitCode: number | null;
  }

  /** Runs a command line in a terminal of so many columns; `type` sees what came so far and answers with keys. */
  function inTerminal(line: string, columns: number, type: (screen: string) => string | null = () => null): Promise<Session> {
    const child = spawn('script', ['-qec', `stty cols ${columns}; ${line}`, '/dev/null'], { cwd: healthy, env: { ...plainEnvironment(), TERM: 'xterm-256color' } });
    let screen = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      screen += text;
      const keys = type(screen);
      if (keys !== null) child.stdin.write(keys);
    });
    return new Promise((resolve) =>
      child.on('close', (exitCode) => {
        resolve({ screen, exitCode });
      }),
    );
  }

  const command = `"${process.execPath}" "${COMMAND}"`;

  test('draws a bar, takes it away and colours the report', async () => {
    const { screen, exitCode } = await inTerminal(`${command} check`, 100);
    expect(exitCode).toBe(0);
    expect(screen).toMatch(/[█░]{10,} training: \d of 6/);
    expect(screen.lastIndexOf(SHOW_CURSOR)).toBeGreaterThan(screen.lastIndexOf(HIDE_CURSOR));
    const report = screen.slice(screen.lastIndexOf(SHOW_CURSOR));
    expect(report).toContain(`${ESCAPE}[42m`);
    expect(stripVTControlCharacters(report)).toContain(' PASS  layer-vitals: ');
  });

  test('NO_COLOR takes the colours, not the bar', async () => {
    const { screen } = await inTerminal(`NO_COLOR=1 ${command} check`, 100);
    expect(screen).toMatch(/[█░]{10,} training: /);
    expect(screen).not.toMatch(new RegExp(`${ESCAPE}\\[[\\d;]*m`));
  });

  test('a narrow terminal keeps the figures of the bar', async () => {
    const { screen } = await inTerminal(`${command} check`, 60);
    const drawn = screen.split(ESCAPE).filter((text) => text.includes('left'));
    expect(drawn.length).toBeGreaterThan(0);
    for (const text of drawn) expect(text.length).toBeLessThanOrEqual(60);
  });

  test('Ctrl-C ends with 130 and gives the cursor back', async () => {
    let pressed = false;
    const { screen, exitCode } = await inTerminal(`${command} check --epochs 10000 --time-limit 99h`, 100, (shown) => {
      if (pressed || !shown.includes('training: ')) return null;
      pressed = true;
      return '\u0003';
    });
    expect(exitCode).toBe(130);
    expect(screen.lastIndexOf(SHOW_CURSOR)).toBeGreaterThan(screen.lastIndexOf(HIDE_CURSOR));
    expect(screen).not.toContain('    at ');
    expect(screen).not.toContain('PASS');
  });
});

describe.skipIf(process.platform === 'win32')('hostile names', () => {
  const CLASSES = ['**bold** <img src=x> `code` @octocat', `${ESCAPE}[31mred\n::error::gone`];
  const LAYER = `layer ${ESCAPE}[2J\r\n::error::gone <b>`;

  /** Two classes and a pretrained layer with names made to be taken for more. */
  async function hostile({ layer } = { layer: LAYER }): Promise<string> {
    const folder = await mkdtemp(path.join(scratch, 'hostile-'));
    await cp(healthy, folder, { recursive: true });
    for (const [index, name] of ['animals-and-nature', 'food-and-drink'].entries()) {
      await rename(path.join(folder, 'images', name), path.join(folder, 'images', CLASSES[index]!));
    }
    await writeFile(path.join(folder, 'images', CLASSES[1]!, `${ESCAPE}[31m.txt`), '');
    const file = path.join(folder, 'model/model.json');
    const model = JSON.parse(await readFile(file, 'utf8')) as { modelTopology: { model_config: { config: { layers: object[] } } } };
    model.modelTopology.model_config.config.layers.push({ class_name: 'Activation', config: { name: layer, activation: 'linear' } });
    await writeFile(file, JSON.stringify(model));
    return folder;
  }

  /** No control character but the ends of lines, and no line that a runner would take for a command. */
  function expectHarmless(text: string): void {
    expect(text.replaceAll('\n', '')).not.toMatch(/\p{Cc}/u);
    for (const line of text.split('\n')) expect(line.trimStart().startsWith('::')).toBe(false);
  }

  test('are shown without what would steer a terminal, and stay what they are in the JSON', async () => {
    const folder = await hostile({ layer: 'layer' });
    const { exitCode, stdout, stderr } = await runCommand(folder, ['check', '--json', 'report.json', '--markdown', 'report.md']);
    expect(exitCode, stderr).toBe(0);
    expectHarmless(stdout + stderr);
    const { evidence } = JSON.parse(await readFile(path.join(folder, 'report.json'), 'utf8')) as Report;
    expect(new Set(evidence.data.classes)).toEqual(new Set(CLASSES));
    const markdown = await readFile(path.join(folder, 'report.md'), 'utf8');
    expect(markdown).not.toContain(ESCAPE);
    expect(markdown).not.toContain('<img');
  });

  test.for([
    { name: 'a class', breakIt: (folder: string) => rm(path.join(folder, 'images', CLASSES[1]!, '1f330.png')).then(() => writeFile(path.join(folder, 'images', CLASSES[1]!, '1f330.png'), '')) },
    { name: 'a layer', breakIt: (folder: string) => writeConfig(folder, { ...tinyConfig(), model: { path: 'model/model.json', boundary: 'layer [2J ::error::gone' } }) },
  ])('do no harm in an error about $name', async ({ breakIt }) => {
    const folder = await hostile();
    await breakIt(folder);
    const { exitCode, stdout, stderr } = await runCommand(folder, ['check']);
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expectHarmless(stderr);
    expect(stderr.split('\n')).toHaveLength(2);
  });
});
