import { Presets, SingleBar } from 'cli-progress';
import type { Progress } from './experiment/progress.ts';

/** Milliseconds between lines where there is no terminal to draw in. */
const PLAIN_INTERVAL = 5000;

/** Progress on a terminal as a bar; elsewhere as a plain line now and then. */
export class ProgressLine {
  private readonly bar: SingleBar | null;
  private started = false;
  private lastPlain = 0;

  constructor(private readonly stream: NodeJS.WriteStream) {
    this.bar = stream.isTTY
      ? new SingleBar({ stream, clearOnComplete: true, hideCursor: true, format: '{bar} {phase} {value}/{total}{left}' }, Presets.shades_classic)
      : null;
  }

  show({ phase, done, total, secondsLeft }: Progress): void {
    const left = secondsLeft === null ? '' : `, about ${Math.ceil(secondsLeft)} s left`;
    if (this.bar) {
      if (this.started) this.bar.setTotal(total);
      else this.bar.start(total, 0, { phase, left });
      this.started = true;
      this.bar.update(done, { phase, left });
    } else if (performance.now() - this.lastPlain >= PLAIN_INTERVAL || this.lastPlain === 0) {
      this.lastPlain = performance.now();
      this.stream.write(`${phase}: ${done} of ${total}${left}\n`);
    }
  }

  /** Takes the bar away, so that a report can follow. */
  clear(): void {
    if (this.started) this.bar?.stop();
  }
}
