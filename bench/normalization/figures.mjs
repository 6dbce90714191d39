// What the pages say of many cells at once.

/** Points that an input costs against the right one, in each cell that has it. */
export function costs(rows, arm) {
  return benefits(rows, [arm]).map(({ estimate }) => estimate);
}

/** In how many cells the interval leaves no doubt. */
export function clear(rows, arms) {
  const found = benefits(rows, arms);
  const worse = found.filter(({ low }) => low > 0).length;
  const better = found.filter(({ high }) => high < 0).length;
  return { cells: found.length, worse, better };
}

export function clearInWords(rows, arms) {
  const { cells, worse, better } = clear(rows, arms);
  return `worse beyond chance in ${worse} of ${cells}${better > 0 ? `, better beyond chance in ${better}` : ''}`;
}

export function benefits(rows, arms) {
  return arms.flatMap((arm) => armsNamed(rows, arm)).flatMap(({ benefit }) => benefit ?? []);
}

/** Least and greatest of a figure of what the first layers show. */
export function looks(rows, name, figure, digits) {
  const values = rows.flatMap(({ arms }) => {
    const right = arms[0].look;
    const look = arms.find(({ arm }) => arm === name)?.look;
    return look && right ? [figure(look, right)] : [];
  });
  return between(values, digits);
}

export function between(values, digits) {
  return `${Math.min(...values).toFixed(digits)} to ${Math.max(...values).toFixed(digits)}`;
}

export function range(values) {
  return values.length === 1 ? signed(values[0]) : `${signed(Math.min(...values))} to ${signed(Math.max(...values))}`;
}

export function signed(value) {
  return value.toFixed(1).replace('-', '−');
}

export function mean(values) {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** What a cell trains, in words. */
export function nameOf({ network, data, ...way }) {
  return `${network}, ${data}: ${wayOf({ network, ...way })}`;
}

export function wayOf({ network, train, batchNorm }) {
  const how = train === 'head' ? 'new layers' : network === 'small CNN' ? 'from scratch' : 'all layers';
  const norm = batchNorm === 'none' ? 'no BatchNorm' : `BatchNorm ${batchNorm === 'training' ? 'by the batch' : 'frozen'}`;
  return `${how}, ${norm}`;
}

function armsNamed(rows, name) {
  return rows.flatMap(({ arms }) => arms.filter(({ arm }) => arm === name));
}
