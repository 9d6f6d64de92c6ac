/** Whether it is a whole number that can be a size, an id or an offset. */
export function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}

/** @throws RangeError */
export function checkCount(value: number, what: string): void {
  if (!isCount(value)) throw new RangeError(`${what} must be a whole number from 0 up`);
}
