// The tables of docs/results/faults.md.
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus } from 'node:os';
import path from 'node:path';
import { markdownTable } from 'markdown-table';
import { root } from '../../scripts/bundle.mjs';
import { bundleEntry } from '../bundle.mjs';
import { clusteredShare } from './statistics.mjs';

const { isWorse } = await import(await bundleEntry('bench/faults/harm.ts'));
const { OPERATORS } = await import(await bundleEntry('bench/faults/operators.ts'));
const operators = Object.fromEntries(OPERATORS.map((operator) => [operator.name, operator]));

/** Why a case is missed, named wrongly or not restored, by its title: written by hand, after looking at its figures. */
const REASONS = JSON.parse(readFileSync(path.join(import.meta.dirname, 'reasons.json'), 'utf8'));

const SEEN_BY_SCALE = ['initialization', 'scale', 'rate'];

/**
 * @param results what the workers wrote, a check each
 * @param labels by content
 */
export function tables(results, labels) {
  const healthy = results.filter(({ operator }) => operator === null);
  const mutants = results.filter(({ operator }) => operator !== null).map((one) => judged(one, labels, healthy));
  const harmful = mutants.filter(({ worse }) => worse === true);
  const harmless = mutants.filter(({ worse }) => worse === false);
  const shown = harmful.filter(({ isShown }) => isShown);
  const detected = shown.filter(({ fires }) => fires);
  const tried = detected.filter(({ restored }) => restored !== null);
  const share = (cases, counts) => shareText(clusteredShare(cases.map((one) => ({ base: one.base, counts: counts(one) }))));
  const bySize = shown.filter(({ operator }) => SEEN_BY_SCALE.includes(operators[operator].group));
  const unlabelled = mutants.length - harmful.length - harmless.length;
  return [
    `${healthy.length} checks of ${new Set(healthy.map(({ base }) => base)).size} healthy programs (${healthy.reduce((sum, { runs }) => sum + runs, 0)} runs); ${harmful.length} harmful faults, of which statistics can show ${shown.length}; ${harmless.length} without harm${unlabelled > 0 ? `; ${unlabelled} without a label, left out` : ''}.\n`,
    markdownTable(
      [
        ['', 'bar', 'measured', 'of'],
        ['false alarms on healthy programs, `fail-on: error`', '≤ 1 %', ...share(healthy, isError)],
        ['the same, `fail-on: warning`', '≤ 5 %', ...share(healthy, fires)],
        ['errors on mutants without harm', '', ...share(harmless, ({ isError: error }) => error)],
        ['harmful faults found (warning or error)', '≥ 90 %', ...share(shown, (one) => one.fires)],
        ['of initialization, scale and rate', '≥ 95 %', ...share(bySize, (one) => one.fires)],
        ['harmful faults that fail the build (error)', '', ...share(shown, (one) => one.isError)],
        ['right cause named first', '≥ 80 %', ...share(detected, (one) => one.isRight)],
        ['fix tried, of those found', '', ...share(detected, (one) => one.restored !== null)],
        ['a tried fix restores the twin’s accuracy', '≥ 70 %', ...share(tried, (one) => one.restored)],
      ],
      { align: ['l', 'r', 'r', 'r'] },
    ),
    '\n## Peers, over the same evidence\n',
    peerTable(healthy, harmless, shown, share),
    '\n## By operator\n',
    operatorTable(mutants),
    '\n## By rule\n',
    ruleTable(healthy, harmless, harmful),
    '\n## Alarms on healthy programs\n',
    list(healthy.filter(fires), (one) => `\`${one.base}\` (check ${one.number}): ${one.findings.map(named).join('; ')}`),
    '\n## Errors on mutants without harm\n',
    list(harmless.filter((one) => one.isError), (one) => `${title(one)}: ${one.findings.map(named).join('; ')}; accuracy ${percent(one.accuracy)}, twin ${percent(one.twin)}`),
    '\n## Missed\n',
    list(shown.filter((one) => !one.fires), (one) => `${title(one)}: accuracy ${percent(one.accuracy)} in the check, twin ${percent(one.twin)}`),
    '\n## Found, another cause named first\n',
    list(detected.filter((one) => !one.isRight), (one) => `${title(one)}: ${one.findings.map(named).join('; ')}`),
    '\n## Found, not restored\n',
    list(tried.filter((one) => !one.restored), (one) => `${title(one)}: ${named(one.first)}; ${percent(one.accuracy)} → ${percent(one.first.after)}, twin ${percent(one.twin)}`),
  ].join('\n');
}

function judged(one, labels, healthy) {
  const twin = healthy.find(({ base }) => base === one.base);
  const { right, shows } = operators[one.operator];
  const first = one.findings.find(({ severity }) => severity !== 'note') ?? null;
  const isRight = one.refused !== null || (first !== null && (first.cause === null ? right.rules.includes(first.rule) : right.causes.includes(first.cause)));
  const restored = first?.after == null ? null : 100 * first.after >= 100 * twin.accuracy - twin.margin;
  return { ...one, worse: labels[one.key] && labels[twin.key] ? isWorse(labels[one.key].accuracies, labels[twin.key].accuracies) : null, isShown: !shows.includes('nothing'), fires: one.refused !== null || fires(one), isError: one.refused !== null || isError(one), first, isRight, restored, twin: twin.accuracy };
}

function fires({ findings }) {
  return findings.some(({ severity }) => severity !== 'note');
}

function isError({ findings }) {
  return findings.some(({ severity }) => severity === 'error');
}

function peerTable(healthy, harmless, shown, share) {
  const ours = { name: 'layer-vitals, warnings and errors', alarms: fires, refused: true };
  const errors = { name: 'layer-vitals, errors', alarms: isError, refused: true };
  const names = Object.keys(healthy[0]?.peers ?? {});
  const all = [errors, ours, ...names.map((name) => ({ name: `${name} (its published definition)`, alarms: ({ peers }) => (peers[name]?.length ?? 0) > 0, refused: false }))];
  // What is refused is never trained: a peer has nothing to see.
  const trained = shown.filter(({ refused }) => refused === null);
  const rows = all.map(({ name, alarms, refused }) => [name, share(healthy, alarms)[0], share(harmless, alarms)[0], share(refused ? shown : trained, (one) => alarms(one) || (refused && one.refused !== null))[0]]);
  return markdownTable([['', 'alarms on healthy programs', 'on mutants without harm', 'harmful faults found'], ...rows], { align: ['l', 'r', 'r', 'r'] });
}

function operatorTable(mutants) {
  const rows = Object.entries(operators).map(([name, { group, shows }]) => {
    const of = mutants.filter(({ operator }) => operator === name);
    const harmful = of.filter(({ worse }) => worse === true);
    const harmless = of.filter(({ worse }) => worse === false);
    const found = harmful.filter((one) => one.fires);
    const tried = found.filter(({ restored }) => restored !== null);
    return [name, group, shows.join(', '), harmful.length, found.length, harmful.filter((one) => one.isError).length, found.filter((one) => one.isRight).length, `${tried.filter(({ restored }) => restored).length} of ${tried.length}`, harmless.length, harmless.filter((one) => one.fires).length, harmless.filter((one) => one.isError).length];
  });
  return markdownTable([['operator', 'group', 'shown by', 'harmful', 'found', 'errors', 'right cause first', 'restored', 'harmless', 'warned', 'errors'], ...rows], { align: ['l', 'l', 'l', ...Array(8).fill('r')] });
}

function ruleTable(healthy, harmless, harmful) {
  const rules = [...new Set([...healthy, ...harmless, ...harmful].flatMap(({ findings }) => findings.flatMap(rulesIn)))].toSorted();
  const count = (cases, counts) => cases.filter(({ findings }) => findings.some(counts)).length;
  const rows = rules.map((rule) => {
    const is = (severity) => (finding) => finding.rule === rule && (severity ? finding.severity === severity : finding.severity !== 'note');
    return [rule, count(healthy, is('error')), count(healthy, is()), count(harmless, is('error')), count(harmless, is()), count(harmful, is()), harmful.filter(({ first, isRight }) => first?.rule === rule && isRight).length, harmful.filter(({ first }) => first?.rule === rule).length];
  });
  return markdownTable([['rule, as a root', 'healthy: errors', 'errors or warnings', 'harmless: errors', 'errors or warnings', 'harmful', 'right when first', 'first'], ...rows], { align: ['l', ...Array(7).fill('r')] });
}

function rulesIn({ rule, explains }) {
  return [rule, ...explains.flatMap(rulesIn)];
}

function named({ severity, rule, cause, site, explains }) {
  const under = explains.length > 0 ? ` (explains ${explains.map((one) => one.rule).join(', ')})` : '';
  return `${severity} ${rule}${cause ? `, ${cause}` : ''}${site ? ` at \`${site}\`` : ''}${under}`;
}

function title({ base, operator, strength }) {
  return operator === null ? `\`${base}\`` : `\`${base}\`, ${operator} (${strength})`;
}

function list(cases, text) {
  const because = (one) => (REASONS[title(one)] ? ` *${REASONS[title(one)]}*` : '');
  return cases.length === 0 ? 'None.' : cases.map((one) => `- ${text(one)}${because(one)}`).join('\n');
}

/** Share with its interval, and what it is of. */
function shareText({ hits, total, bases, share, low, high }) {
  if (total === 0) return ['–', '0'];
  return [`${percent(share)} [${percent(low)}, ${percent(high)}]`, `${hits} of ${total}, ${bases} programs`];
}

function percent(value) {
  return `${(100 * value).toFixed(1)} %`;
}

/** @param command that made it */
export function writePage(measured, command, seconds) {
  const commit = execFileSync('git', ['describe', '--always', '--dirty'], { cwd: root, encoding: 'utf8' }).trim();
  const { commit: frozen } = JSON.parse(readFileSync(path.join(import.meta.dirname, 'frozen.json'), 'utf8'));
  const machine = `${cpus()[0].model.trim()}, ${availableParallelism()} cores`;
  const intro = [
    '# How often the rules are right\n',
    `Made by \`${command}\` (${machine}; ${Math.ceil(seconds / 60)} min; ${commit}). Small programs, trained by the product's own code on data and with seeds that no threshold was tuned on; frozen at ${frozen.slice(0, 7)}, with what was changed since and why in [bench/faults](../../bench/faults/README.md#since-the-freeze). What counts as a fault is decided by behaviour: on examples and seeds that the check never sees, it is at least 5 points less accurate than its healthy twin, significantly so (one-sided paired t test, p < .05). How it is done: [bench/faults](../../bench/faults/README.md). Brackets: 95 % intervals, bootstrap of whole programs.\n`,
  ];
  writeFileSync(path.join(root, 'docs', 'results', 'faults.md'), `${intro.join('\n')}\n${measured}\n`);
}
