import { availableParallelism } from 'node:os';

/**
 * What TensorFlow reads from the process's environment, once, when it is loaded. To be called in the main thread: a
 * worker has a copy of the environment that C code does not see. What the user has set stays.
 *
 * An operation is computed on one thread, since there are several laboratories: two runs side by side are done before two
 * after each other whose operations have two threads, and no bit depends on how many there are.
 */
export function setNativeEnvironment(): void {
  const settings = { TF_CPP_MIN_LOG_LEVEL: '3', TF_NUM_INTRAOP_THREADS: '1', TF_NUM_INTEROP_THREADS: '1' };
  for (const [name, value] of Object.entries(settings)) process.env[name] ??= value;
}

/** Threads that an operation is computed on; as many as there are cores where the user says 0. */
export function nativeThreads(): number {
  return Number(process.env.TF_NUM_INTRAOP_THREADS) || availableParallelism();
}
