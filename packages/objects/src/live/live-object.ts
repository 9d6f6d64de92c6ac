import { nearest } from '@terrane/errors';
import { errors } from '../errors.js';
import { chunkHeader } from '../heap/chunks.js';
import type { Segment } from '../heap/segment.js';

/** Where a live object lies: its segment, its position there, and the serial its chunk must have. */
const segmentOf: unique symbol = Symbol('segment');
const positionOf: unique symbol = Symbol('position');
const serialOf: unique symbol = Symbol('serial');
const generationOf: unique symbol = Symbol('generation');
export const segmentKey: typeof segmentOf = segmentOf;
export const positionKey: typeof positionOf = positionOf;
export const serialKey: typeof serialOf = serialOf;
/** The segment's generation in which the object was last known to be there. */
export const generationKey: typeof generationOf = generationOf;
/** The names of an object's fields. */
export const namesKey = Symbol('names');
/** What Node.js asks for when it prints an object. */
const inspectKey: unique symbol = Symbol.for('nodejs.util.inspect.custom');
/** What makes plain data of a live object. */
export const plainKey = Symbol('plain');

/*
 * What an object that is being made begins with. To set its properties would take three times as long as to define them, with the
 * values that they have: one that is defined as undefined first is looked at on each read whether it is.
 */
let newSegment: Segment;
let newPosition = 0;
let newSerial = 0;

/** Gives the class below a `super` to call, after which its properties are defined. */
class Beginning {}

/** What all live objects have in common: they are a window on the store, and hold nothing themselves. */
export class LiveObject extends Beginning {
  readonly [segmentOf]: Segment = newSegment;
  readonly [positionOf]: number = newPosition;
  readonly [serialOf]: number = newSerial;
  [generationOf]: number = newSegment.generation;

  /** @internal */
  constructor(segment: Segment, position: number, serial: number) {
    newSegment = segment;
    // What comes out of an address may be kept as a float, and then each read would add floats.
    newPosition = position | 0;
    newSerial = serial;
    super();
  }

  /** @internal */
  get [namesKey](): readonly string[] {
    return [];
  }

  /** Its content as plain data; `next` does the same for what is in it. @internal */
  [plainKey](_next: (inner: unknown) => unknown): unknown {
    return String(this);
  }

  /** Its printed form; all of the store would be shown otherwise. @internal */
  [inspectKey](): string {
    try {
      return String(this);
    } catch (error) {
      return `<persistent object: ${(error as Error).message}>`;
    }
  }

  /** Its content as plain data, as {@link plain} gives it. */
  toJSON(): unknown {
    return plain(this);
  }

  /** Whether the other is the same object of the same store. `===` does not tell: each read makes a window of its own. */
  isSameAs(other: unknown): boolean {
    return (
      other instanceof LiveObject &&
      other[segmentOf] === this[segmentOf] &&
      other[positionOf] === this[positionOf] &&
      other[serialOf] === this[serialOf]
    );
  }
}

/*
 * What a live object does not have cannot be set: the window would keep it, and lose it. A setter at the end of the chain of
 * prototypes is asked only about names that nothing before it has, so all others pay nothing for it.
 */
Object.setPrototypeOf(
  LiveObject.prototype,
  new Proxy(Object.prototype, {
    set(_target, name, _value, receiver: LiveObject) {
      const near = nearest(String(name), receiver[namesKey]);
      const hint = near ? `; did you mean "${near}"?` : '';
      throw new TypeError(`${String(receiver)} has no field "${String(name)}"${hint}`);
    },
  }),
);

/**
 * Makes the methods of a class of live objects stay as they are: one that is assigned would be kept by the window alone, in
 * silence.
 */
export function keepMethods(prototype: object): void {
  for (const [name, { value }] of Object.entries(Object.getOwnPropertyDescriptors(prototype)))
    if (typeof value === 'function') Object.defineProperty(prototype, name, { writable: false });
}

keepMethods(LiveObject.prototype);

/** The byte address of an object in its heap. */
export function addressOf(object: LiveObject): number {
  return object[segmentOf].start + object[positionOf];
}

/** The position of an object's content in its segment, once it is certain that the object is still there. @throws OBJ_FREED, OBJ_CLOSED */
export function contentOf(object: LiveObject): number {
  if (object[segmentOf].generation !== object[generationOf]) revalidate(object);
  return object[positionOf] + chunkHeader;
}

/**
 * Looks whether the object is still there, after objects of its segment have gone: comparing generations alone is what
 * makes reading a field cheap. @throws OBJ_FREED, OBJ_CLOSED
 */
export function revalidate(object: LiveObject): void {
  const segment = object[segmentOf];
  if (segment.view.getInt32(object[positionOf] + 4, true) !== object[serialOf]) throw stale(object);
  object[generationOf] = segment.generation;
}

/** The error for an object that is gone. */
function stale(object: LiveObject): Error {
  return errors.OBJ_FREED({
    message: 'the object is gone: it was freed, or what made it was rolled back',
    offset: addressOf(object),
  });
}

/**
 * A live object as plain data, with all it refers to: structs as objects, lists and sets as arrays, maps as arrays of
 * pairs, buffers as typed arrays of their own; 64-bit integers stay `bigint`, dates `Date`.
 *
 * @throws TypeError when it refers to itself in a circle; `dump` of the store writes those, too.
 */
export function plain(value: unknown): unknown {
  return convert(value, new Set());
}

function convert(value: unknown, above: Set<string>): unknown {
  if (!(value instanceof LiveObject)) return value;
  const id = `${addressOf(value)}:${value[serialOf]}`;
  if (above.has(id)) throw new TypeError(`${String(value)} refers to itself in a circle`);
  above.add(id);
  const made = value[plainKey]((inner) => convert(inner, above));
  above.delete(id);
  return made;
}
