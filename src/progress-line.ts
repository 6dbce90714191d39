import { Presets, SingleBar } from 'cli-progress';
import type { Progress } from './experiment/progress.ts';

/** Milliseconds between lines where there is no terminal to draw in. */
const PLAIN_INTERVAL = 10_000;
/** Columns: the longest phase with its figures, beside which the bar has to find room. */
const TEXT_WIDTH = 56;
const BAR_WIDTHS = { least: 4, most: 40 };

/** Progress on a terminal as a bar; elsewhere as a plain line for each phase, and now and then within it. */
export class ProgressLine {
  private readonly bar: SingleBar | null;
  private started = false;
  private shownPhase = '';
  private shownAt = 0;

  /** @param draws whether the stream is a terminal that somebody looks at */
  constructor(
    private readonly stream: NodeJS.WriteStream,
    draws = stream.isTTY,
  ) {
    this.bar = draws ? barFor(stream) : null;
  }

  show({ phase, done, total, secondsLeft }: Progress): void {
    const left = secondsLeft === null ? '' : `, about ${timeLeft(secondsLeft)} left`;
    if (this.bar) this.draw(this.bar, done, total, { phase, left });
    else if (phase !== this.shownPhase || performance.now() - this.shownAt >= PLAIN_INTERVAL) {
      this.shownPhase = phase;
      this.shownAt = performance.now();
      this.stream.write(`${phase}: ${done} of ${total}${left}\n`);
    }
  }

  /** Takes the bar away, so that a report can follow. */
  clear(): void {
    if (this.started) this.bar?.stop();
    this.started = false;
  }

  private draw(bar: SingleBar, done: number, total: number, text: { phase: string; left: string }): void {
    if (this.started) bar.setTotal(total);
    else bar.start(total, done, text);
    this.started = true;
    bar.update(done, text);
  }
}

function barFor(stream: NodeJS.WriteStream): SingleBar {
  const room = (stream.columns || 80) - TEXT_WIDTH;
  const barsize = Math.max(BAR_WIDTHS.least, Math.min(BAR_WIDTHS.most, room));
  const format = '{bar} {phase}: {value} of {total}{left}';
  return new SingleBar({ stream, format, barsize, clearOnComplete: true, hideCursor: true }, Presets.shades_classic);
}

/** In steps that an estimate deserves: `8 s`, `50 s`, `3 min`. */
function timeLeft(seconds: number): string {
  if (seconds < 10) return `${Math.ceil(seconds)} s`;
  return seconds < 100 ? `${Math.round(seconds / 5) * 5} s` : `${Math.round(seconds / 60)} min`;
}
