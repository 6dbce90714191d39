/** The id of the k-th call (from 0) of the layer at a path. */
export function siteId(path: string, index: number): string {
  return index === 0 ? path : `${path}#${index + 1}`;
}

/** The path of the layer that a site is a call of. */
export function pathOf(siteId: string): string {
  return siteId.replace(/#\d+$/, '');
}
