/**
 * Refuses options that nobody declared, and names the nearest one that exists. A misspelt option that is
 * quietly ignored has saved files their users meant to throw away.
 *
 * @throws TypeError naming the unknown option, the nearest known one and all that are known.
 */
export function checkOptions(options: object | undefined, known: readonly string[], what: string): void {
  for (const name of Object.keys(options ?? {})) {
    if (known.includes(name)) continue;
    const near = nearest(name, known);
    const hint = near ? `; did you mean ${JSON.stringify(near)}?` : '';
    const list = known.length > 0 ? `known: ${known.join(', ')}` : 'it takes none';
    throw new TypeError(`${what}: unknown option ${JSON.stringify(name)}${hint} (${list})`);
  }
}

/** The candidate that differs from `name` in the fewest letters, if it is near enough to have been meant. */
export function nearest(name: string, candidates: readonly string[]): string | undefined {
  const bound = Math.max(2, Math.floor(name.length / 3));
  let best: string | undefined;
  let bestDistance = bound + 1;
  for (const candidate of candidates) {
    const distance = editDistance(name.toLowerCase(), candidate.toLowerCase());
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

/** Levenshtein distance, one row at a time. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replace = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(replace, row[j]! + 1, next[j - 1]! + 1));
    }
    row = next;
  }
  return row[b.length]!;
}
