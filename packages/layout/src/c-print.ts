import type { LayoutDescription } from './description.js';
import { errors } from './errors.js';
import { layoutFromDescription } from './from-description.js';
import type { Layout } from './layout.js';

const typeNames: Readonly<Partial<Record<LayoutDescription['type'], string>>> = {
  int8: 'int8_t',
  uint8: 'uint8_t',
  int16: 'int16_t',
  uint16: 'uint16_t',
  int32: 'int32_t',
  uint32: 'uint32_t',
  int64: 'int64_t',
  uint64: 'uint64_t',
  float32: 'float',
  float64: 'double',
  complex64: 'float _Complex',
  complex128: 'double _Complex',
  bool8: 'bool',
};

/**
 * A struct layout as C text: a `typedef struct` with the same offsets and size on every compiler, for it is packed
 * and its gaps are members. Include `<stdint.h>` and `<stdbool.h>` before it.
 *
 * @throws LAY_DTYPE for what C cannot declare: big-endian or 24-bit numbers, bits, optional values, fields that
 *   overlap, column-major arrays, names that are no C identifiers.
 */
export function printCStruct(layout: Layout, name: string): string {
  if (layout.description.type !== 'struct') throw refused('only a struct has a declaration');
  return `#pragma pack(push, 1)\ntypedef struct ${identifier(name)} {\n${members(layout.description, '  ')}} ${name};\n#pragma pack(pop)\n`;
}

function members(description: LayoutDescription & { type: 'struct' }, indent: string): string {
  let end = 0;
  let gaps = 0;
  let lines = '';
  const gap = (upTo: number) => {
    if (upTo > end) lines += `${indent}uint8_t _gap${gaps++}[${upTo - end}];\n`;
  };
  const fields = [...description.fields].sort((a, b) => a.offset - b.offset);
  for (const { name, offset, layout } of fields) {
    if (layout.type === 'pad') continue;
    if (offset < end) throw refused(`${name} shares bytes with another field`);
    gap(offset);
    lines += `${indent}${member(identifier(name), layout, indent)};\n`;
    end = offset + layoutFromDescription(layout).size;
  }
  gap(description.size);
  return lines;
}

/** A member's declaration: what comes before its name, the name, and the extents after it. */
function member(name: string, layout: LayoutDescription, indent: string): string {
  if ('byteOrder' in layout) throw refused(`${name} is big-endian`);
  const type = typeNames[layout.type];
  if (type !== undefined) return `${type} ${name}`;
  switch (layout.type) {
    case 'bytes':
      return `uint8_t ${name}[${layout.size}]`;
    case 'text':
      if (layout.encoding === 'utf16') break;
      return `char ${name}[${layout.size}]`;
    case 'array':
      if (layout.order === 'column' && layout.shape.length > 1) break;
      return member(`${name}${layout.shape.map((extent) => `[${extent}]`).join('')}`, layout.element, indent);
    case 'struct':
      return `struct {\n${members(layout, `${indent}  `)}${indent}} ${name}`;
    case 'enumeration':
      if (layout.base.type !== 'int32' || 'byteOrder' in layout.base) break;
      return `enum { ${Object.entries(layout.members)
        .map(([key, number]) => `${identifier(key)} = ${number}`)
        .join(', ')} } ${name}`;
  }
  throw refused(`${name} is ${layout.type}`);
}

function identifier(name: string): string {
  if (/^[A-Za-z_]\w*$/.test(name)) return name;
  throw refused(`${JSON.stringify(name)} is no C identifier`);
}

function refused(what: string) {
  return errors.LAY_DTYPE({ message: `C cannot declare it: ${what}` });
}
