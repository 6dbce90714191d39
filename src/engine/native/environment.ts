/**
 * What TensorFlow reads from the process's environment, once, when it is loaded. To be called in the main thread: a
 * worker has a copy of the environment that C code does not see. What the user has set stays.
 *
 * @param threads on which one operation is computed
 */
export function setNativeEnvironment(threads: number): void {
  const settings = { TF_CPP_MIN_LOG_LEVEL: '3', TF_NUM_INTRAOP_THREADS: String(threads), TF_NUM_INTEROP_THREADS: '1' };
  for (const [name, value] of Object.entries(settings)) process.env[name] ??= value;
}

/** Threads that an operation is computed on; as many as there are cores where nobody says. */
export function nativeThreads(cores: number): number {
  return Number(process.env.TF_NUM_INTRAOP_THREADS) || cores;
}
