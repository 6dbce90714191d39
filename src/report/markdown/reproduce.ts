import type { Evidence } from '../../evidence/types.ts';
import { fold } from './fold.ts';

/** One command that repeats the check on the reader's machine. */
export function reproduceSection(evidence: Evidence): string {
  return fold('Run it here', `\`\`\`sh\n${command(evidence)}\n\`\`\``);
}

/** A path that a shell could take for anything but a path is left for the reader to fill in. */
function command({ check: { config, profile }, environment: { version } }: Evidence): string {
  const release = /^\d[\w.+-]{0,40}$/.test(version) ? `@${version}` : '';
  return `npx layer-vitals${release} check --config ${argument(config)}${profile === undefined ? '' : ` --profile ${argument(profile)}`}`;
}

function argument(path: string): string {
  if (/^[\w./][\w./-]{0,200}$/.test(path)) return path;
  if (/^[\p{L}\p{N}_./][\p{L}\p{N}_./ ()&+,=-]{0,200}$/u.test(path)) return `"${path}"`;
  return '<path of the config>';
}
