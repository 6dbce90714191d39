/** How far a check is. */
export interface Progress {
  /** What is being done, in the user's words. */
  readonly phase: string;
  readonly done: number;
  readonly total: number;
  /** Of the whole check; null while nothing was measured yet. */
  readonly secondsLeft: number | null;
}

export type OnProgress = (progress: Progress) => void;

/** Turns finished pieces of work into progress; their weight is their expected share of the time. */
export class ProgressMeter {
  private done = 0;
  private workDone = 0;
  private work = 0;
  private total = 0;
  private readonly start = performance.now();
  private phase = '';

  constructor(private readonly report: OnProgress) {}

  /** Announces `pieces` of work that weigh `work` together. */
  begin(phase: string, pieces: number, work: number): void {
    this.phase = phase;
    this.total += pieces;
    this.work += work;
    this.tell();
  }

  finish(work: number): void {
    this.done++;
    this.workDone += work;
    this.tell();
  }

  private tell(): void {
    const seconds = (performance.now() - this.start) / 1000;
    const secondsLeft = this.workDone > 0 ? (seconds / this.workDone) * Math.max(0, this.work - this.workDone) : null;
    this.report({ phase: this.phase, done: this.done, total: this.total, secondsLeft });
  }
}
