import { Document, isMap, isScalar } from 'yaml';

/** A value of a config with a remark behind it. */
export interface Remarked {
  readonly value: unknown;
  readonly remark: string | null;
}

/** What a new config says, section by section. */
export type ConfigDraft = Readonly<Record<string, Readonly<Record<string, Remarked>>>>;

/** The config as a file, with its remarks. */
export function configText(draft: ConfigDraft): string {
  const plain = Object.fromEntries(Object.entries(draft).map(([section, keys]) => [section, Object.fromEntries(Object.entries(keys).map(([key, { value }]) => [key, value]))]));
  const document = new Document(plain);
  document.commentBefore = ' What layer-vitals checks. All keys and their defaults: docs/configuration.md of layer-vitals.';
  for (const [section, keys] of Object.entries(draft)) {
    for (const [key, { remark }] of Object.entries(keys)) {
      const node = document.getIn([section, key], true);
      if (isMap(node)) node.flow = true;
      if (remark !== null && (isScalar(node) || isMap(node))) node.comment = ` ${remark.replaceAll(/\s+/g, ' ')}`;
    }
  }
  return document.toString({ lineWidth: 0 });
}
