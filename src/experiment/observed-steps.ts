/** Updates after which a run is looked at: 0, 1, 2, 4, 8, ... and the last of each epoch. */
export function stepsToObserve(stepsPerEpoch: number, epochs: number): number[] {
  const last = stepsPerEpoch * epochs;
  const steps = new Set([0]);
  for (let step = 1; step < last; step *= 2) steps.add(step);
  for (let epoch = 1; epoch <= epochs; epoch++) steps.add(epoch * stepsPerEpoch);
  return [...steps].sort((a, b) => a - b);
}
