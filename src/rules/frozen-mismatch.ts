import { symptomRule } from './diagnosis.ts';
import { count, names, text } from './words.ts';

/** New layers whose weights do not train keep what chance gave them. docs/rules.md#frozen-mismatch */
export const frozenMismatch = symptomRule({
  name: 'frozen-mismatch',
  limits: ({ frozenMismatch: limits }) => limits,
  fires: 'at-or-above',
  examine({ evidence }, limit) {
    const frozen = evidence.sites.filter(({ part, kind, parameters, trainable }) => part !== 'trunk' && (kind === 'weighted' || kind === 'normalization') && parameters > 0 && !trainable).map(({ id }) => id);
    if (frozen.length < limit) return [];
    return [
      {
        sites: frozen,
        cause: 'wiring',
        what: text`${count(frozen.length, 'new layer')} ${frozen.length === 1 ? 'does' : 'do'} not train: ${names(frozen)}.`,
        why: text`Wiring. ${frozen.length === 1 ? 'It is' : 'They are'} new and frozen at once: the weights stay as chance drew them.`,
        figure: frozen.length,
        isHealed: false,
        remedies: [{ change: 'trainable: true', sites: frozen, amendment: { kind: 'unfreeze' } }],
        advice: text`Freeze pretrained layers only.`,
      },
    ];
  },
});
