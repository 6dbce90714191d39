import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { findConfig } from './config/config-file.ts';
import { NORMALIZATIONS } from './config/settings.ts';
import { isUserError, UserError } from './errors.ts';
import type { Fingerprint } from './evidence/fingerprint.ts';
import { repositoryAround } from './git/worktree.ts';
import type { Rehearsal } from './report/rehearsal.ts';
import type { Ask } from './setup/ask.ts';
import { boundaryIn } from './setup/boundary.ts';
import { type ConfigDraft, configText, type Remarked } from './setup/config-text.ts';
import { type FoundData, findData } from './setup/find-data.ts';
import { type FoundModel, findModels, modelAt } from './setup/find-models.ts';
import { hostOf } from './setup/host.ts';
import { filesIn, keepsInLfs } from './setup/repository-files.ts';
import { UNKNOWN_OWNER, workflowText } from './setup/workflow-text.ts';
import { usesIn } from './setup/workflows.ts';

export interface InitRequest {
  readonly cwd: string;
  /** Answers that are given in advance; null: what is found, or asked. */
  readonly model: string | null;
  readonly data: string | null;
  readonly normalization: string | null;
  /** `owner/repository@version` of the action. */
  readonly action: string | null;
  /** Null: nobody is there to be asked. */
  readonly ask: Ask | null;
  /** Tells in one line what is found, or done. */
  readonly tell: (line: string) => void;
}

export interface InitResult {
  /** Paths of what was written, from the working directory. */
  readonly written: readonly string[];
  /** What a check would do; null where the config was there before. */
  readonly rehearsal: Rehearsal | null;
}

const CONFIG = 'layer-vitals.yml';
const WORKFLOW = '.github/workflows/layer-vitals.yml';
/** Side of images for a model that takes any: what most are trained with. */
const USUAL_SIZE = 224;
/** Folds where the schema's default would be more than the smallest class has images. */
const MOST_FOLDS = 6;

/**
 * Writes a config and a workflow for the repository at hand. What is there already is never touched.
 *
 * @throws UserError where there is no model or no data set, something is not known and nobody can be asked, or a check
 *   with this config could not begin; then no config is left
 */
export async function init(request: InitRequest): Promise<InitResult> {
  const { cwd, tell } = request;
  const root = (await repositoryAround(cwd)) ?? cwd;
  const present = configIn(cwd);
  if (present !== null) tell(`${present} is there already: it is left as it is.`);
  const rehearsal = present === null ? await writeConfig(request) : null;
  const workflow = await writeWorkflow(request, root);
  return { written: [...(present === null ? [CONFIG] : []), ...workflow], rehearsal };
}

/** Name of the config of a folder; null where there is none. */
function configIn(cwd: string): string | null {
  try {
    return path.relative(cwd, findConfig(cwd, null));
  } catch (error) {
    if (isUserError(error) && error.code === 'config-missing') return null;
    throw error;
  }
}

async function writeConfig(request: InitRequest): Promise<Rehearsal> {
  const { cwd } = request;
  const files = await filesIn(cwd);
  const model = await chosenModel(request, files);
  const data = await chosenData(request, files);
  const draft = await draftOf(request, model, data);
  const file = path.join(cwd, CONFIG);
  await writeNew(file, configText(draft));
  try {
    const { rehearse } = await import('./check.ts');
    return await rehearse({ cwd, configPath: null, profile: null, overrides: {}, threads: null, onProgress: () => undefined, onNotice: () => undefined });
  } catch (error) {
    await rm(file);
    throw error;
  }
}

async function chosenModel({ cwd, model, ask, tell }: InitRequest, files: readonly string[]): Promise<FoundModel> {
  if (model !== null) return modelAt(cwd, posix(model.endsWith('.json') ? model : path.join(model, 'model.json')));
  const found = await findModels(cwd, files);
  const [first] = found;
  if (found.length > 1 && ask === null) throw new UserError('several-models', `There are ${found.length} models here: ${found.map(({ file }) => file).join(', ')}.`, 'Name one with --model.');
  const chosen = found.length > 1 ? await ask!.choose('Which model?', found.map(({ file }) => ({ value: file, label: file }))) : first!.file;
  tell(`Model: ${chosen}`);
  return found.find(({ file }) => file === chosen)!;
}

async function chosenData({ cwd, data, ask, tell }: InitRequest, files: readonly string[]): Promise<FoundData> {
  const found = findData(data === null ? files : (await filesIn(path.resolve(cwd, data))).map((file) => path.posix.join(posix(data), file)));
  const [first] = data === null ? found : found.filter(({ folder }) => folder === path.posix.normalize(posix(data)).replace(/\/$/, ''));
  if (first === undefined) throw new UserError('no-data-here', `There is no folder with a folder of PNG or JPEG images for each class ${data === null ? 'here' : `in ${data}`}.`, 'Put the images of each class into a folder of their own, or name the folder around them with --data.');
  const isClear = data !== null || found.length === 1 || ask === null;
  const chosen = isClear ? first.folder : await ask.choose('Which images?', found.map(({ folder, classes, images }) => ({ value: folder, label: `${folder}: ${images} images in ${classes} classes` })));
  const { folder, images, classes } = found.find((candidate) => candidate.folder === chosen)!;
  tell(`Images: ${folder}, ${images} in ${classes} classes`);
  return found.find((candidate) => candidate.folder === chosen)!;
}

async function draftOf(request: InitRequest, model: FoundModel, data: FoundData): Promise<ConfigDraft> {
  const boundary = boundaryIn(model.topology);
  const size = model.size === null ? { size: { value: await sizeFor(request), remark: 'the model takes images of any size' } } : {};
  const normalization = await normalizationFor(request, model, data, size.size?.value ?? null);
  const validation = validationFor(data);
  return {
    model: {
      path: { value: model.file, remark: null },
      ...(boundary && { boundary: { value: boundary.layer, remark: `the last layer that is kept; the ${boundary.after} after it are the old classifier` } }),
    },
    data: { path: { value: data.folder, remark: `${data.images} images in ${data.classes} classes` }, ...size, ...(validation && { validation }) },
    input: { normalization },
  };
}

async function sizeFor({ ask }: InitRequest): Promise<number> {
  if (ask === null) return USUAL_SIZE;
  return Number(await ask.text('How large are the images that the model was trained with, in pixels?', String(USUAL_SIZE), (answer) => /^[1-9]\d{0,3}$/.test(answer)));
}

function validationFor({ fewest, validation }: FoundData): Remarked | null {
  if (validation !== null) return { value: validation, remark: 'the same classes, held out' };
  return fewest < MOST_FOLDS ? { value: Math.max(2, fewest), remark: `folds: the smallest class has ${fewest} images` } : null;
}

/** What the model was trained with: as given, as the model itself tells, or as somebody knows. */
async function normalizationFor({ cwd, normalization, ask, tell }: InitRequest, model: FoundModel, data: FoundData, size: number | null): Promise<Remarked> {
  if (normalization !== null) return { value: requireKnown(normalization), remark: null };
  const { fingerprintFile } = await import('./laboratory.ts');
  const found = await fingerprintFile({ cwd, model: model.file, images: data.folder, size });
  const told = found.told ? asSetting(found) : null;
  if (told !== null) {
    tell(`Normalization: ${found.best!.name}, as the model itself tells`);
    return { value: told, remark: 'what the model was trained with, as it tells itself' };
  }
  const why = found.because ?? 'The model was fed each image brought to the same contrast.';
  if (ask === null) throw new UserError('normalization-unknown', `${model.file}: it cannot be told what the model was trained with. ${why}`, `Look into its documentation, and say it with --normalization: ${NORMALIZATIONS.join(', ')}.`);
  tell(why);
  const nearest = NORMALIZATIONS.filter((name) => name === found.best?.preset);
  const order = [...nearest, ...NORMALIZATIONS.filter((name) => !nearest.includes(name))];
  return { value: await ask.choose('What was the model trained with?', order.map((name) => ({ value: name, label: name }))), remark: null };
}

/** How a config says it; null where it cannot. */
function asSetting({ best }: Fingerprint): unknown {
  if (best === null) return null;
  if (best.perImage) return 'per-image';
  return best.preset ?? { mean: [...best.mean], std: [...best.std], order: best.order };
}

function requireKnown(name: string): string {
  const known = NORMALIZATIONS.find((candidate) => candidate === name);
  if (known === undefined) throw new UserError('unknown-normalization', `There is no normalization '${name}'.`, `It is one of ${NORMALIZATIONS.join(', ')}; numbers of your own go into the config.`);
  return known;
}

async function writeWorkflow({ cwd, action, ask, tell }: InitRequest, root: string): Promise<readonly string[]> {
  const { uses } = await usesIn(root);
  const file = path.join(root, WORKFLOW);
  const shown = posix(path.relative(cwd, file));
  const [there] = uses;
  if (there || (await readFile(file).then(() => true, () => false))) {
    tell(`${there?.file ?? shown} is there already: it is left as it is.`);
    return [];
  }
  const named = action ?? (await hostOf(import.meta.url)) ?? (await ask?.text('Which account or organization hosts layer-vitals?', UNKNOWN_OWNER, (answer) => /^[\w.-]+$/.test(answer))) ?? UNKNOWN_OWNER;
  const full = named.includes('/') ? named : `${named}/layer-vitals@v1`;
  await mkdir(path.dirname(file), { recursive: true });
  await writeNew(file, workflowText({ action: full, folder: posix(path.relative(root, cwd)), lfs: await keepsInLfs(root) }));
  if (full.startsWith(`${UNKNOWN_OWNER}/`)) tell(`Replace ${UNKNOWN_OWNER} in ${shown} by the account that hosts layer-vitals.`);
  return [shown];
}

/** @throws UserError where there is a file already, or none can be written */
async function writeNew(file: string, text: string): Promise<void> {
  await writeFile(file, text, { flag: 'wx' }).catch((error: unknown) => {
    const { code } = error as NodeJS.ErrnoException;
    throw new UserError('not-writable', `${file}: cannot be written (${code === 'EEXIST' ? 'it is there already' : (code ?? String(error))}).`, 'Check the folder and its permissions.', { cause: error });
  });
}

function posix(file: string): string {
  return file.split(path.sep).join('/');
}
