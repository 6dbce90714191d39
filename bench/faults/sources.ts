/** All data sets by name, as a program is fed them. */
import type { DataSet, Source } from './data-set.ts';
import { generated } from './generated.ts';
import { digits, type Folders, pictures } from './pictures.ts';
import type { Program } from './program.ts';

const SIDES: Readonly<Record<'emoji' | 'fashion-mnist', number>> = { emoji: 16, 'fashion-mnist': 14 };
/** What the trunk is fed. */
const TRUNK_SIDE = 64;

export type DataOf = (program: Pick<Program, 'data' | 'pretrained'>) => Promise<DataSet>;

/** @param folders where the sources that are not generated lie; null where only those that are will be asked for */
export function sources(folders: Folders | null): DataOf {
  const known = new Map<string, Promise<DataSet>>();
  return ({ data, pretrained }) => {
    const name = pretrained ? `${data}-${TRUNK_SIDE}` : data;
    const found = known.get(name) ?? load(data as Source, name, pretrained, folders);
    known.set(name, found);
    return found;
  };
}

async function load(source: Source, name: string, pretrained: boolean, folders: Folders | null): Promise<DataSet> {
  const drawn = generated(source);
  if (drawn) return drawn;
  if (!folders) throw new Error(`${source} is not generated.`);
  if (source === 'digits') return digits(folders.digits);
  const which = source as 'emoji' | 'fashion-mnist';
  return pictures(name, folders[which], pretrained ? TRUNK_SIDE : SIDES[which]);
}
