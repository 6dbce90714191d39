import { UserError } from '../errors.ts';

/**
 * The section of docs/rules.md about one rule, as Markdown.
 *
 * @param documentation docs/rules.md, with a heading of the second level for each rule
 * @throws UserError for a rule that it does not tell of
 */
export function explanation(documentation: string, rule: string): string {
  const sections = documentation.split(/^(?=## )/m).slice(1);
  const nameOf = (section: string) => section.slice('## '.length).split('\n', 1)[0]!.trim();
  const found = sections.find((section) => nameOf(section) === rule);
  if (found === undefined) throw new UserError('usage', `There is no rule '${rule}'.`, `The rules are ${sections.map(nameOf).join(', ')}.`);
  return `${found.trim()}\n`;
}
