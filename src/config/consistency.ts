import { maskKeyOf } from './config.ts';
import { DERIVED_NAMES, PRESET_NAMES } from './presets.ts';
import { type Path, type Problem, valueAt } from './problems.ts';
import type { Settings } from './settings.ts';
import { expectationOf, thresholdProblems } from './thresholds.ts';
import { armOf, armsOf, isNormalized, nameOfArm, nameUnder, normalizationOf } from './treatments.ts';

/**
 * What is wrong between keys that are right one by one.
 *
 * @param written the same config before defaults were filled in
 */
export function inconsistencies(settings: Settings, written: unknown): readonly Problem[] {
  const network = settings.model.path === undefined ? withoutModelFile(settings) : withModelFile(settings);
  return [...network, ...headProblems(settings.model), ...armProblems(settings.input, written), ...batchNormProblems(settings.model), ...expectProblems(settings), ...maskProblems(settings), ...lookProblems(settings.experiment), ...thresholdProblems(settings.thresholds)];
}

function withoutModelFile({ model, data, input }: Settings): readonly Problem[] {
  const problems: Problem[] = [];
  if (model.head === undefined) {
    problems.push({
      path: ['model'],
      at: 'key',
      code: 'no-network',
      what: '`model` has neither `path` nor `head`.',
      fix: 'Give the path of a model.json, or the layers of a network to train from scratch.',
    });
  }
  if (model.head === 'none') {
    problems.push({
      path: ['model', 'head'],
      at: 'value',
      code: 'no-network',
      what: '`model.head` is none, and `model.path` is missing.',
      fix: 'Give the path of the model.json that holds the head.',
    });
  }
  if (model.boundary !== undefined) {
    problems.push({
      path: ['model', 'boundary'],
      at: 'key',
      code: 'boundary-without-model',
      what: '`model.boundary` names a pretrained layer, but `model.path` is missing.',
      fix: 'Add the path of the model.json, or remove `boundary`: without a file nothing is pretrained.',
    });
  }
  if (input.normalization === 'auto') {
    problems.push({
      path: ['input', 'normalization'],
      at: 'value',
      code: 'auto-without-model',
      what: '`input.normalization` is auto, which asks what a pretrained model remembers; there is no `model.path`.',
      fix: 'Declare one, or leave it out: a network trained from scratch is fed minus-one-to-one.',
    });
  }
  if (data.size === undefined) {
    problems.push({
      path: ['data'],
      at: 'key',
      code: 'size-missing',
      what: '`data.size` is missing.',
      fix: 'Without a model file the size of the images must be given, e.g. `size: 32`.',
    });
  }
  return problems;
}

function withModelFile({ model, input }: Settings): readonly Problem[] {
  const problems: Problem[] = [];
  if (model.head === 'none' && model.boundary === undefined) {
    problems.push({
      path: ['model', 'head'],
      at: 'value',
      code: 'boundary-missing',
      what: '`model.head` is none, so the model file holds the head, but `model.boundary` is missing.',
      fix: 'Name the last pretrained layer in `boundary`.',
    });
  }
  if (input.normalization === undefined) {
    problems.push({
      path: ['input'],
      at: 'key',
      code: 'normalization-missing',
      what: '`input.normalization` is missing.',
      fix: `Say how the pretrained model expects its input: ${PRESET_NAMES.join(', ')} or { mean, std }; or auto, and it is inferred from the model.`,
    });
  }
  return problems;
}

function headProblems({ head }: Settings['model']): readonly Problem[] {
  if (head === undefined || head === 'none') return [];
  return head.flatMap((layer, index) => Object.keys(layer).flatMap((key) => layerKeyProblems(['model', 'head', index], key)));
}

function layerKeyProblems(layer: Path, key: string): readonly Problem[] {
  const path = [...layer, key];
  const kebab = key.replaceAll(/([a-z\d])([A-Z])/g, '$1-$2').replaceAll('_', '-').toLowerCase();
  if (key === kebab) return [];
  return [{ path, at: 'key', code: 'unknown-key', what: `Unknown key \`${key}\` in a layer of \`model.head\`.`, fix: `Did you mean \`${kebab}\`?` }];
}

/** Keys that only mean something together with `data.masks`. */
function maskProblems({ data, training }: Settings): readonly Problem[] {
  const { masks, classes, ignore, validation } = data;
  if (masks === undefined) {
    const orphans: readonly (readonly [Path, boolean])[] = [
      [['data', 'classes'], classes !== undefined],
      [['data', 'ignore'], ignore !== undefined],
      [['data', 'validation', 'masks'], typeof validation === 'object'],
      [['training', 'loss'], training.loss !== 'cross-entropy'],
    ];
    return orphans.flatMap(([path, given]): Problem[] => {
      if (!given) return [];
      return [{ path, at: 'key', code: 'masks-missing', what: `\`${path.join('.')}\` is for masks, but \`data.masks\` is missing.`, fix: 'Give the folder of masks, or remove the key.' }];
    });
  }
  if (classes === undefined) {
    return [{ path: ['data', 'masks'], at: 'key', code: 'classes-missing', what: '`data.masks` is given, but `data.classes` is missing.', fix: 'List the names of the classes in the order of their indices, e.g. `classes: [background, cat, dog]`.' }];
  }
  if (typeof validation === 'string') {
    return [{ path: ['data', 'validation'], at: 'value', code: 'masks-missing', what: '`data.validation` names a folder of images, but not where their masks are.', fix: 'Write `validation: { path: …, masks: … }`.' }];
  }
  return classProblems(data);
}

function classProblems(data: Settings['data']): readonly Problem[] {
  const { classes, values, ignored } = maskKeyOf(data);
  const place = { path: ['data', 'classes'], at: 'value', code: 'class-values' } as const;
  const twice = classes.find((_, index) => values.indexOf(values[index]!) < index) ?? classes.find((name, index) => classes.indexOf(name) < index);
  const both = classes.find((_, index) => ignored.includes(values[index]!));
  if (classes.length < 2 || classes.length > 255) return [{ ...place, what: `\`data.classes\` has ${classes.length === 1 ? '1 class' : `${classes.length} classes`}.`, fix: 'Give 2 to 255 of them.' }];
  if (twice !== undefined) return [{ ...place, what: `Class '${twice}' has the name or the value of another.`, fix: 'Give each class a name and a value of its own.' }];
  if (both !== undefined) return [{ ...place, what: `The value of class '${both}' is in \`data.ignore\`, too.`, fix: 'Remove it from one of them.' }];
  return [];
}

function lookProblems({ seeds, 'more-seeds': more }: Settings['experiment']): readonly Problem[] {
  return more.flatMap((look, index): Problem[] => {
    const before = more[index - 1] ?? seeds;
    if (look > before) return [];
    return [
      {
        path: ['experiment', 'more-seeds', index],
        at: 'value',
        code: 'seeds-descend',
        what: `\`experiment.more-seeds\` goes on to ${look} seeds, but there are ${before} already.`,
        fix: 'List numbers that grow, each above `experiment.seeds`.',
      },
    ];
  });
}

/** Names of arms that mean something of their own. */
const RESERVED: ReadonlySet<string> = new Set(['normalized', ...PRESET_NAMES, ...DERIVED_NAMES]);

/** An arm that equals `normalized` is left out of the default list, but must not vanish from a list that the user wrote. */
function armProblems(input: Settings['input'], written: unknown): readonly Problem[] {
  if (valueAt(written, ['input', 'arms']) === undefined) return [];
  const normalization = normalizationOf(input);
  const arms = input.arms.map(armOf);
  const names = arms.map(nameOfArm);
  return arms.flatMap((arm, index): Problem[] => {
    const place = { path: ['input', 'arms', index], at: 'value' } as const;
    const name = names[index]!;
    if (names.indexOf(name) < index) {
      return [{ ...place, code: 'arm-twice', what: `Arm ${name} is there twice.`, fix: typeof arm === 'string' ? 'Keep one of them.' : 'Give one of them another `name`.' }];
    }
    if (typeof arm !== 'string' && RESERVED.has(name)) {
      return [{ ...place, code: 'arm-name', what: `Arm ${name} has the name of a treatment that is not its own.`, fix: 'Give it another `name`.' }];
    }
    if (arm === 'normalized' || normalization === 'auto' || !isNormalized(arm, normalization)) return [];
    const fix = arm === 'shuffled' ? 'Remove it: it moves constants between channels, and here they are the same for all.' : 'Remove it, or correct `input.normalization`.';
    return [{ ...place, code: 'arm-is-normalized', what: `Arm ${name} feeds the model the same as normalized does.`, fix }];
  });
}

function batchNormProblems({ batchnorm }: Settings['model']): readonly Problem[] {
  const modes = [batchnorm ?? []].flat();
  if (new Set(modes).size === modes.length) return [];
  return [{ path: ['model', 'batchnorm'], at: 'value', code: 'batchnorm-twice', what: `\`model.batchnorm\` names ${modes[0]!} twice.`, fix: `Write \`batchnorm: ${modes[0]!}\`, or \`[inference, training]\` to compare both.` }];
}

/** What is not compared can be expected in vain. */
function expectProblems({ input, model }: Settings): readonly Problem[] {
  const { expect } = input;
  if (expect === undefined) return [];
  const arms = armsOf(input).map(nameOfArm).filter((name) => name !== 'normalized');
  // Under the first mode of BatchNorm arms keep their names.
  const [, ...furtherModes] = [model.batchnorm ?? []].flat();
  const compared = [...arms, ...furtherModes.flatMap((mode) => arms.map((arm) => nameUnder(mode, arm)))];
  return Object.keys(expectationOf(expect))
    .filter((arm) => !compared.includes(arm))
    .map((arm) => ({
      path: typeof expect === 'string' ? ['input', 'expect'] : ['input', 'expect', arm],
      at: typeof expect === 'string' ? 'value' : 'key',
      code: 'expect-arm',
      what: `\`input.expect\` is about arm ${arm}, which is not compared with \`normalized\`.`,
      fix: `Name one of the compared arms (${compared.join(', ')}), such as \`expect: { ${compared[0] ?? 'raw'}: needed }\`, or ${arm.includes('/') ? 'give `model.batchnorm` both modes' : `add ${arm} to \`input.arms\``}.`,
    }));
}
