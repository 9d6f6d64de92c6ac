import type { OpenMode, Spec } from './driver.js';

/** The scheme of a URL, without the colon; `file` for a path, and for a Windows path with its drive letter. */
export function schemeOf(url: string): string {
  return /^([a-z][a-z0-9+.-]+):/i.exec(url)?.[1]?.toLowerCase() ?? 'file';
}

/**
 * Takes a URL apart the way most drivers want it: `core:a.h5?mode=a&backingStore=false` is the name `a.h5`, the mode
 * and the options. Nothing is percent-decoded, so `family:part%05d.h5?member=2GiB` means what it says. `true`,
 * `false` and decimal numbers are values, everything else is text.
 */
export function parseUrl(url: string): Pick<Spec, 'name' | 'mode' | 'options'> {
  const scheme = /^[a-z][a-z0-9+.-]+:/i.exec(url)?.[0] ?? '';
  // A path is a path, question mark included.
  if (scheme === '') return { name: url };
  const cut = url.indexOf('?');
  const name = url.slice(scheme.length, cut < 0 ? undefined : cut);
  const options: Record<string, unknown> = {};
  let mode: OpenMode | undefined;
  for (const pair of cut < 0
    ? []
    : url
        .slice(cut + 1)
        .split('&')
        .filter(Boolean)) {
    const [key = '', ...rest] = pair.split('=');
    const value = rest.join('=');
    if (key === 'mode') mode = value as OpenMode;
    else options[key] = parseValue(value);
  }
  return {
    ...(name && { name }),
    ...(mode && { mode }),
    ...(Object.keys(options).length > 0 && { options }),
  };
}

function parseValue(text: string): unknown {
  if (text === 'true' || text === 'false') return text === 'true';
  return /^\d+$/.test(text) ? Number(text) : text;
}
