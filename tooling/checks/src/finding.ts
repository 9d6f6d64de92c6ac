/** One thing a check has to say. Errors fail the run; warnings ask somebody to look. */
export interface Finding {
  readonly level: 'error' | 'warning';
  /** The file it is about, relative to the project, with `:line` where there is one. */
  readonly where: string;
  readonly message: string;
}

/** An error about `where`. */
export function error(where: string, message: string): Finding {
  return { level: 'error', where, message };
}

/** A warning about `where`. */
export function warning(where: string, message: string): Finding {
  return { level: 'warning', where, message };
}
