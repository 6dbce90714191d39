/** How far a check is. */
export interface Progress {
  /** What is being done, in the user's words. */
  readonly phase: string;
  readonly done: number;
  readonly total: number;
  /** Of the planned work; null while its pace is not known. */
  readonly secondsLeft: number | null;
}

export type OnProgress = (progress: Progress) => void;

/** Turns finished pieces of work into progress. Work is expected seconds; the pace of the phase corrects it. */
export class ProgressMeter {
  private phase = '';
  private total = 0;
  private done = 0;
  private work = 0;
  private workDone = 0;
  private started = 0;
  private later = 0;

  constructor(private readonly report: OnProgress) {}

  /** Announces a phase of `pieces` that take `work` seconds together, and how long what follows will take. */
  begin(phase: string, pieces: number, work: number, later: number): void {
    Object.assign(this, { phase, total: pieces, done: 0, work, workDone: 0, later, started: performance.now() });
    this.tell();
  }

  /** One piece, expected to take `work` seconds, is done. */
  finish(work: number): void {
    this.done++;
    this.workDone += work;
    this.tell();
  }

  private tell(): void {
    const seconds = (performance.now() - this.started) / 1000;
    const pace = this.workDone > 0 ? seconds / this.workDone : 1;
    const secondsLeft = Math.max(0, this.work - this.workDone) * pace + this.later;
    this.report({ phase: this.phase, done: this.done, total: this.total, secondsLeft });
  }
}
