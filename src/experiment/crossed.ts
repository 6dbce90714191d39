import type { Run, Timing } from '../evidence/types.ts';
import { Experiment, type ExperimentDesign, type ExperimentOptions, type Measured, plannedCells } from './experiment.ts';
import type { Cell } from './grid.ts';
import { requireTime } from './plan.ts';

/**
 * The experiment under each mode of the pretrained BatchNorm, one after the other: what is frozen under one of them depends
 * on the batch under the other. Fixes are tried under the first one.
 */
export class CrossedExperiment extends Experiment {
  private readonly others = new Map<ExperimentDesign, Experiment>();

  constructor(
    [first, ...further]: readonly [ExperimentDesign, ...ExperimentDesign[]],
    private readonly given: ExperimentOptions,
  ) {
    super(first, { ...given, shareOfMemory: 1 / (1 + further.length) });
    this.further = further;
  }

  private readonly further: readonly ExperimentDesign[];

  /** Each begins before one of them goes on, so that a plan which takes too long is refused at once. */
  override async conduct(cells: readonly Cell[] = [this.design, ...this.further].flatMap(plannedCells), onAccepted = (): void => undefined): Promise<Measured> {
    const mine = cellsIn(this.design, cells);
    const parts: { experiment: Experiment; cells: readonly Cell[] }[] = [];
    let seconds = mine.length > 0 ? await super.begin(mine) : 0;
    for (const design of this.further) {
      const part = { cells: cellsIn(design, cells) };
      if (part.cells.length === 0) continue;
      const experiment = await this.other(design);
      seconds += await experiment.begin(part.cells);
      parts.push({ ...part, experiment });
    }
    requireTime(seconds, this.design.timeLimitSeconds);
    onAccepted();
    const first = await super.complete(mine);
    const measured = [first];
    for (const part of parts) measured.push(await part.experiment.complete(part.cells));
    return { ...first, runs: measured.flatMap(({ runs }) => runs), trunk: Object.assign({}, ...measured.map(({ trunk }) => trunk)) as Measured['trunk'] };
  }

  override async goOn(seeds: number): Promise<readonly Run[]> {
    const others = await this.all(this.further);
    const runs = [...(await super.goOn(seeds))];
    for (const experiment of others) runs.push(...(await experiment.goOn(seeds)));
    return runs;
  }

  override async confirm(arms: readonly string[], seeds: readonly number[]): Promise<readonly Run[]> {
    const runs = [...(await super.confirm(arms, seeds))];
    const named = this.further.filter(({ treatments }) => treatments.some(({ name }) => arms.includes(name)));
    for (const experiment of await this.all(named)) runs.push(...(await experiment.confirm(arms, seeds)));
    return runs;
  }

  override timing(): Timing {
    const parts = [super.timing(), ...[...this.others.values()].map((experiment) => experiment.timing())];
    return { total: parts[0]!.total, trunk: parts.reduce((sum, { trunk }) => sum + trunk, 0), runs: parts.flatMap(({ runs }) => runs) };
  }

  override async close(): Promise<void> {
    await Promise.all([super.close(), ...[...this.others.values()].map((experiment) => experiment.close())]);
  }

  private async all(designs: readonly ExperimentDesign[]): Promise<readonly Experiment[]> {
    const experiments: Experiment[] = [];
    for (const design of designs) experiments.push(await this.other(design));
    return experiments;
  }

  /** The experiment of another mode, which has done what this one has; opened where that has not been done. */
  private async other(design: ExperimentDesign): Promise<Experiment> {
    const known = this.others.get(design);
    if (known) return known;
    const experiment = new Experiment(design, { ...this.given, shareOfMemory: 1 / (1 + this.further.length) }, this.started);
    this.others.set(design, experiment);
    await experiment.prepare();
    experiment.resume(this.seeds);
    return experiment;
  }
}

function cellsIn({ treatments }: ExperimentDesign, cells: readonly Cell[]): readonly Cell[] {
  return cells.filter(({ arm }) => treatments.some(({ name }) => name === arm));
}
