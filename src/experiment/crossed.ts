import type { Run, Timing } from '../evidence/types.ts';
import { Experiment, type ExperimentDesign, type ExperimentOptions, type Measured } from './experiment.ts';

/**
 * The experiment under each mode of the pretrained BatchNorm, one after the other: what is frozen under one of them depends
 * on the batch under the other. Fixes are tried under the first one.
 */
export class CrossedExperiment extends Experiment {
  private readonly others: Experiment[] = [];

  constructor(
    [first, ...further]: readonly [ExperimentDesign, ...ExperimentDesign[]],
    private readonly given: ExperimentOptions,
  ) {
    super(first, { ...given, shareOfMemory: 1 / (1 + further.length) });
    this.further = further;
  }

  private readonly further: readonly ExperimentDesign[];

  override async conduct(): Promise<Measured> {
    const measured = [await super.conduct()];
    for (const design of this.further) measured.push(await (await this.begin(design)).conduct());
    return { ...measured[0]!, runs: measured.flatMap(({ runs }) => runs), trunk: Object.assign({}, ...measured.map(({ trunk }) => trunk)) as Measured['trunk'] };
  }

  override async resume(seeds: number): Promise<void> {
    await super.resume(seeds);
    for (const design of this.further) await (await this.begin(design)).resume(seeds);
  }

  override async goOn(seeds: number): Promise<readonly Run[]> {
    return this.overAll(super.goOn(seeds), (experiment) => experiment.goOn(seeds));
  }

  override async confirm(arms: readonly string[], seeds: readonly number[]): Promise<readonly Run[]> {
    return this.overAll(super.confirm(arms, seeds), (experiment) => experiment.confirm(arms, seeds));
  }

  override timing(): Timing {
    const parts = [super.timing(), ...this.others.map((experiment) => experiment.timing())];
    return { total: parts[0]!.total, trunk: parts.reduce((sum, { trunk }) => sum + trunk, 0), runs: parts.flatMap(({ runs }) => runs) };
  }

  override async close(): Promise<void> {
    await Promise.all([super.close(), ...this.others.map((experiment) => experiment.close())]);
  }

  private async begin(design: ExperimentDesign): Promise<Experiment> {
    const experiment = new Experiment(design, { ...this.given, shareOfMemory: 1 / (1 + this.further.length) });
    this.others.push(experiment);
    await experiment.prepare();
    return experiment;
  }

  private async overAll(first: Promise<readonly Run[]>, of: (experiment: Experiment) => Promise<readonly Run[]>): Promise<readonly Run[]> {
    const runs = [...(await first)];
    for (const experiment of this.others) runs.push(...(await of(experiment)));
    return runs;
  }
}
