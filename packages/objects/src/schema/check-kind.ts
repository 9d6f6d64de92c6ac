import { errors } from '../errors.js';
import { show } from '../values/codec.js';
import { canBegin } from './beginning.js';
import { type PropertyRole, propertiesOf, ruleOf } from './kind-rules.js';
import type { Kind, SortedListKind, Structs } from './kinds.js';
import { isOrdered, stepsOf } from './order-rules.js';

const mostNesting = 16;
const mostNames = 65_536;
const mostMembers = 255;

type Check = (structs: Structs, value: unknown, path: string, depth: number, kind: Kind) => void;

/** By what a property is: throws unless the schema can have it. */
const checks: Readonly<Record<PropertyRole, Check>> = {
  kind: (structs, value, path, depth) => checkKind(structs, value as Kind, path, depth + 1),
  value: (structs, value, path, depth) => {
    checkKind(structs, value as Kind, path, depth + 1);
    if (ruleOf(value as Kind)!.nullable) throw bad(`${(value as Kind).kind} is empty or not by itself`, path);
  },
  key: (structs, value, path, depth) => {
    checkKind(structs, value as Kind, path, depth + 1);
    if (!ruleOf(value as Kind)!.key) throw bad(`${(value as Kind).kind} cannot be a key`, path);
  },
  beginning: (structs, value, path, depth) => {
    checkKind(structs, value as Kind, path, depth + 1);
    if (!canBegin(structs, value as Kind))
      throw bad(`${(value as Kind).kind} has nothing to begin with`, path);
  },
  order: (structs, value, path, depth) => {
    checkKind(structs, value as Kind, path, depth + 1);
    if (!isOrdered(value as Kind)) throw bad(`${(value as Kind).kind} has no order`, path);
  },
  struct: (structs, value, path) => {
    if (typeof value !== 'string' || !Object.hasOwn(structs, value))
      throw bad(`there is no struct "${String(value)}"`, path);
  },
  names: (_structs, value, path) => {
    const count = Array.isArray(value) ? new Set(value).size : 0;
    const each = count > 0 && count === (value as unknown[]).length && count <= mostNames;
    if (each && (value as unknown[]).every((name) => typeof name === 'string')) return;
    throw bad('an enumeration has 1 to 65,536 names, each once', path);
  },
  path: (structs, value, path, _depth, kind) => {
    const { of, unique } = kind as SortedListKind<Kind>;
    if (value === undefined) {
      if (!isOrdered(of)) throw bad(`${of.kind} has no order: say what to order by`, path);
      return;
    }
    const steps = of.kind === 'ref' && typeof value === 'string' ? stepsOf(structs, of.to, value) : undefined;
    if (!steps) throw bad(`"${String(value)}" leads to nothing that has an order`, path);
    if (unique && steps.length > 1) throw bad('what is unique is a field of the element itself', path);
  },
  flag: (_structs, value, path) => {
    if (value !== undefined && value !== true)
      throw bad(`${String(value)} where there is true or nothing`, path);
  },
  name: (_structs, value, path) => {
    if (value === undefined || (typeof value === 'string' && value !== '' && value.length <= 255)) return;
    throw bad(`${JSON.stringify(value)} cannot be used as a name`, path);
  },
  members: (structs, value, path, depth) => {
    if (!Array.isArray(value) || value.length < 2 || value.length > mostMembers)
      throw bad(`a union has 2 to ${mostMembers} kinds`, path);
    const seen = new Set<unknown>();
    for (const member of value as Kind[]) {
      checkKind(structs, member, path, depth + 1);
      const { stands } = ruleOf(member)!;
      if (!stands) throw bad(`${member.kind} cannot be in a union`, path);
      const told = member.kind === 'ref' ? `ref<${member.to}>` : stands;
      if (seen.has(told)) throw bad(`a union cannot tell ${showMember(value, stands)} apart`, path);
      seen.add(told);
    }
  },
};

/** @throws OBJ_SCHEMA unless there is such a kind, and all that it names. */
export function checkKind(structs: Structs, kind: Kind, path: string, depth = 0): void {
  if (depth > mostNesting) throw bad(`kinds are nested more than ${mostNesting} deep`, path);
  if (!ruleOf(kind)) {
    const found =
      JSON.stringify(kind?.kind) ?? (typeof kind === 'function' ? 'of a function: call it' : show(kind));
    throw bad(`${path}: there is no kind ${found}`, path);
  }
  for (const [, role, value] of propertiesOf(kind)) checks[role](structs, value, path, depth, kind);
}

function showMember(members: readonly Kind[], stands: string): string {
  return members
    .filter((member) => ruleOf(member)?.stands === stands)
    .map(({ kind }) => kind)
    .join(' and ');
}

/** The error for a schema that does not hold together. */
export function bad(message: string, path: string): Error {
  return errors.OBJ_SCHEMA({ message, path });
}
