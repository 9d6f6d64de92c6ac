import { PersistentList } from '../collections/list.js';
import type { LiveObject } from './live-object.js';
import { fieldNames, PersistentObject } from './record.js';

interface Place {
  get(): unknown;
  set(value: unknown): void;
}

/** What holds values by a key, such as a map. */
interface Keyed {
  get(key: unknown): unknown;
  set(key: unknown, value: unknown): unknown;
}

/** A place in the store that holds a value: a field, an element of a list, the value of a key. */
export class Slot<Value = unknown> {
  readonly #place: Place;

  /** @internal */
  constructor(place: Place) {
    this.#place = place;
  }

  /** The value that the place holds. */
  get contents(): Value {
    return this.#place.get() as Value;
  }

  set contents(value: Value) {
    this.#place.set(value);
  }

  /** Adds one to a whole number. @throws TypeError unless it is one; RangeError when the sum has no room. */
  inc(): void {
    this.add(1);
  }

  /** Adds to a number. @throws TypeError unless it is one; RangeError when the sum has no room. */
  add(count: number | bigint): void {
    const now = this.#number();
    this.#place.set(typeof now === 'bigint' ? now + BigInt(count) : now + Number(count));
  }

  /** Sets a bit of a whole number, 0 to 63. @throws TypeError, RangeError when the result has no room. */
  setBit(index: number): void {
    this.#setBits((bits) => bits | bit(index));
  }

  /** Clears a bit of a whole number, 0 to 63. @throws TypeError, RangeError */
  clearBit(index: number): void {
    this.#setBits((bits) => bits & ~bit(index));
  }

  /** Whether a bit of a whole number, 0 to 63, is set. @throws TypeError, RangeError */
  testBit(index: number): boolean {
    return (BigInt.asUintN(64, BigInt(this.#number())) & bit(index)) !== 0n;
  }

  #number(): number | bigint {
    const { contents } = this;
    if (typeof contents === 'number' || typeof contents === 'bigint') return contents;
    throw new TypeError('the place holds no number');
  }

  #setBits(change: (bits: bigint) => bigint): void {
    const now = this.#number();
    const bits = BigInt.asUintN(64, change(BigInt.asUintN(64, BigInt(now))));
    // The highest bit is the sign of a signed number, which an unsigned one does not have.
    const isSigned = now < 0 || bits >= 2n ** 63n;
    const write = (value: bigint) => this.#place.set(typeof now === 'bigint' ? value : Number(value));
    try {
      write(isSigned ? BigInt.asIntN(64, bits) : bits);
    } catch (error) {
      if (!isSigned || !(error instanceof RangeError)) throw error;
      write(bits);
    }
  }
}

function bit(index: number): bigint {
  if (Number.isInteger(index) && index >= 0 && index < 64) return 1n << BigInt(index);
  throw new RangeError(`there is no bit ${index} in 64`);
}

/** The place of a field of an object, of an element of a list, or of the value of a key. @throws TypeError when there is no such field. */
export function slot(owner: LiveObject, key: unknown): Slot {
  if (owner instanceof PersistentObject) {
    if (!fieldNames(owner).includes(key as string))
      throw new TypeError(`${String(owner)} has no field "${String(key)}"`);
    const fields = owner as unknown as Record<string, unknown>;
    return new Slot({
      get: () => fields[key as string],
      set: (value) => {
        fields[key as string] = value;
      },
    });
  }
  if (owner instanceof PersistentList)
    return new Slot({ get: () => owner.at(key as number), set: (value) => owner.set(key as number, value) });
  const keyed = owner as unknown as Partial<Keyed>;
  if (typeof keyed.get !== 'function' || typeof keyed.set !== 'function')
    throw new TypeError(`${String(owner)} has no places`);
  return new Slot({ get: () => keyed.get!(key), set: (value) => void keyed.set!(key, value) });
}
