import { errors } from '../errors.js';

/** A class or function that a pickle names. It is a name here, and nothing else: nothing is imported or called. */
export interface PickledGlobal {
  readonly module: string;
  readonly name: string;
}

/** A call that a pickle asks for. It is not made. */
export interface PickledCall {
  readonly call: unknown;
  readonly args: unknown;
}

/** What a pickle can hold here. Tuples and lists are arrays. */
export type Pickled =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | PickledGlobal
  | PickledCall
  | Map<unknown, unknown>
  | unknown[];

interface Machine {
  readonly bytes: Uint8Array;
  at: number;
  readonly stack: unknown[];
  readonly marks: number[];
  readonly memo: Map<number, unknown>;
}

const latin1 = new TextDecoder('latin1');
const utf8 = new TextDecoder('utf-8', { fatal: true });

/**
 * Reads a Python pickle of protocols 0 to 4 as data: numbers, texts, tuples, lists and dictionaries. Whatever it asks to be
 * imported, called or built stays a description of that.
 *
 * @throws OBJ_DAMAGED when it is cut off, or uses an instruction that the schema of a ptypes file has no use for.
 */
export function readPickle(bytes: Uint8Array): Pickled {
  const machine: Machine = { bytes, at: 0, stack: [], marks: [], memo: new Map() };
  for (;;) {
    const at = machine.at;
    const opcode = take(machine, 1)[0]!;
    if (opcode === 0x2e) return pop(machine) as Pickled;
    const run = instructions[opcode];
    if (!run) throw damaged(`a pickle with the instruction 0x${opcode.toString(16)}`, at);
    run(machine);
  }
}

type Instruction = (machine: Machine) => void;

const push =
  (value: (machine: Machine) => unknown): Instruction =>
  (machine) => {
    machine.stack.push(value(machine));
  };
const fixed =
  (value: unknown): Instruction =>
  ({ stack }) => {
    stack.push(value);
  };
const tuple =
  (count: number): Instruction =>
  (machine) => {
    const items = Array.from({ length: count }, () => pop(machine));
    machine.stack.push(items.reverse());
  };
const remember =
  (key: (machine: Machine) => number): Instruction =>
  (machine) => {
    machine.memo.set(key(machine), machine.stack.at(-1));
  };
const recall = (key: (machine: Machine) => number): Instruction =>
  push((machine) => {
    const number = key(machine);
    if (machine.memo.has(number)) return machine.memo.get(number);
    throw damaged('a pickle that recalls what it did not remember', machine.at);
  });

const u8 = (machine: Machine) => take(machine, 1)[0]!;
const u16 = (machine: Machine) => view(machine, 2).getUint16(0, true);
const u32 = (machine: Machine) => view(machine, 4).getUint32(0, true);
const i32 = (machine: Machine) => view(machine, 4).getInt32(0, true);

/** By opcode. Those of protocol 0 are letters. */
const instructions: Readonly<Record<number, Instruction>> = byCode({
  '(': ({ marks, stack }) => {
    marks.push(stack.length);
  },
  '0': (machine) => {
    pop(machine);
  },
  '2': push(({ stack }) => stack.at(-1)),
  N: fixed(null),
  I: push((machine) => integerLine(machine)),
  L: push((machine) => longLine(machine)),
  F: push((machine) => Number(line(machine))),
  S: push((machine) => unquote(line(machine), machine.at)),
  V: push((machine) =>
    line(machine).replace(/\\u([0-9a-f]{4})/g, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16))),
  ),
  K: push(u8),
  M: push(u16),
  J: push(i32),
  G: push((machine) => view(machine, 8).getFloat64(0, false)),
  U: push((machine) => latin1.decode(take(machine, u8(machine)))),
  T: push((machine) => latin1.decode(take(machine, u32(machine)))),
  X: push((machine) => decode(machine, u32(machine))),
  C: push((machine) => take(machine, u8(machine)).slice()),
  B: push((machine) => take(machine, u32(machine)).slice()),
  t: push((machine) => popMark(machine)),
  l: push((machine) => popMark(machine)),
  d: push((machine) => pairs(popMark(machine), new Map())),
  ')': push(() => []),
  ']': push(() => []),
  '}': push(() => new Map()),
  a: (machine) => {
    const item = pop(machine);
    listAt(machine).push(item);
  },
  e: (machine) => {
    const items = popMark(machine);
    listAt(machine).push(...items);
  },
  s: (machine) => {
    const value = pop(machine);
    const key = pop(machine);
    pairs([key, value], machine.stack.at(-1));
  },
  u: (machine) => {
    const items = popMark(machine);
    pairs(items, machine.stack.at(-1));
  },
  p: remember((machine) => Number(line(machine))),
  q: remember(u8),
  r: remember(u32),
  g: recall((machine) => Number(line(machine))),
  h: recall(u8),
  j: recall(u32),
  c: push((machine) => ({ module: line(machine), name: line(machine) })),
  R: call,
  b: call,
  '\x80': (machine) => {
    u8(machine);
  },
  '\x81': call,
  '\x85': tuple(1),
  '\x86': tuple(2),
  '\x87': tuple(3),
  '\x88': fixed(true),
  '\x89': fixed(false),
  '\x8a': push((machine) => littleEndian(take(machine, u8(machine)))),
  '\x8c': push((machine) => decode(machine, u8(machine))),
  '\x93': (machine) => {
    const name = String(pop(machine));
    const module = String(pop(machine));
    machine.stack.push({ module, name });
  },
  '\x94': remember(({ memo }) => memo.size),
  '\x95': (machine) => {
    take(machine, 8);
  },
});

function byCode(table: Readonly<Record<string, Instruction>>): Readonly<Record<number, Instruction>> {
  return Object.fromEntries(Object.entries(table).map(([letter, run]) => [letter.charCodeAt(0), run]));
}

function call(machine: Machine): void {
  const args = pop(machine);
  const callee = pop(machine);
  machine.stack.push({ call: callee, args });
}

function take(machine: Machine, count: number): Uint8Array {
  const { at, bytes } = machine;
  if (at + count > bytes.length) throw damaged('a pickle that is cut off', at);
  machine.at = at + count;
  return bytes.subarray(at, at + count);
}

function view(machine: Machine, count: number): DataView {
  const bytes = take(machine, count);
  return new DataView(bytes.buffer, bytes.byteOffset, count);
}

function line(machine: Machine): string {
  const end = machine.bytes.indexOf(0x0a, machine.at);
  if (end < 0) throw damaged('a pickle that is cut off', machine.at);
  const text = latin1.decode(machine.bytes.subarray(machine.at, end));
  machine.at = end + 1;
  return text;
}

function integerLine(machine: Machine): unknown {
  const text = line(machine);
  return text === '00' || text === '01' ? text === '01' : Number(text);
}

function longLine(machine: Machine): bigint {
  const text = line(machine).replace(/L$/, '');
  if (/^-?\d{1,1000}$/.test(text)) return BigInt(text);
  throw damaged('a pickled integer that is none', machine.at);
}

function decode(machine: Machine, length: number): string {
  const bytes = take(machine, length);
  try {
    return utf8.decode(bytes);
  } catch {
    throw damaged('a pickled text that is no UTF-8', machine.at);
  }
}

/** A text as Python's `repr` shows it. */
function unquote(text: string, at: number): string {
  const quote = text[0];
  if ((quote !== "'" && quote !== '"') || text.length < 2 || text.at(-1) !== quote) {
    throw damaged('a pickled text without quotes', at);
  }
  const named: Readonly<Record<string, string>> = {
    n: '\n',
    t: '\t',
    r: '\r',
    '\\': '\\',
    "'": "'",
    '"': '"',
  };
  return text.slice(1, -1).replace(/\\(x[0-9a-f]{2}|.)/g, (_, sequence: string) => {
    if (sequence[0] === 'x') return String.fromCharCode(Number.parseInt(sequence.slice(1), 16));
    return named[sequence] ?? `\\${sequence}`;
  });
}

function littleEndian(bytes: Uint8Array): number | bigint {
  let value = 0n;
  for (let index = bytes.length - 1; index >= 0; index--) value = value * 256n + BigInt(bytes[index]!);
  const signed = BigInt.asIntN(Math.max(8, bytes.length * 8), value);
  return Number.isSafeInteger(Number(signed)) ? Number(signed) : signed;
}

function pop(machine: Machine): unknown {
  if (machine.stack.length > 0) return machine.stack.pop();
  throw damaged('a pickle that takes more than it gave', machine.at);
}

function popMark(machine: Machine): unknown[] {
  const mark = machine.marks.pop();
  if (mark === undefined || mark > machine.stack.length) throw damaged('a pickle without a mark', machine.at);
  return machine.stack.splice(mark);
}

function listAt(machine: Machine): unknown[] {
  const list = machine.stack.at(-1);
  if (Array.isArray(list)) return list;
  throw damaged('a pickle that appends to what is no list', machine.at);
}

function pairs(items: unknown[], into: unknown): Map<unknown, unknown> {
  if (!(into instanceof Map)) throw damaged('a pickle that puts items into what is no dictionary', 0);
  for (let index = 0; index + 1 < items.length; index += 2) into.set(items[index], items[index + 1]);
  return into;
}

function damaged(message: string, offset: number): Error {
  return errors.OBJ_DAMAGED({ message, structure: 'pickle', offset });
}
