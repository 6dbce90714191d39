/**
 * Something the user can mend: bad configuration, a missing file, a plan that does not fit.
 * Ends as exit code 2, "could-not-run"; every other error is a bug (exit code 3).
 */
export class UserError extends Error {
  override readonly name = 'UserError';

  /**
   * @param code stable, kebab-case, e.g. `unknown-key`
   * @param what one line: what is wrong, and where
   * @param fix one line: how to mend it
   */
  constructor(
    readonly code: string,
    readonly what: string,
    readonly fix: string,
    options?: ErrorOptions,
  ) {
    super(`${what} ${fix}`, options);
  }
}

/** True also for an error of another bundle's copy of the class. */
export function isUserError(error: unknown): error is UserError {
  return error instanceof Error && error.name === 'UserError' && 'code' in error && 'what' in error && 'fix' in error;
}
