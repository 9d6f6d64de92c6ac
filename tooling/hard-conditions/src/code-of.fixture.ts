/** The code of the error that a call ends with, or its message; nothing when it goes well. */
export function codeOf(work: () => unknown): unknown {
  try {
    work();
  } catch (error) {
    const { code, message } = error as { code?: string; message: string };
    return code ?? message;
  }
  return undefined;
}
