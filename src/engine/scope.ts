import * as tf from './tf.ts';

/** Runs `run` and frees every tensor that it made; what it returns must hold none. */
export function inScope<T>(run: () => T): T {
  tf.engine().startScope();
  try {
    return run();
  } finally {
    tf.engine().endScope();
  }
}
