/**
 * What plain data gives for a field. What every object inherits, `valueOf` and its like, is not given, and a field can have
 * such a name.
 */
export function givenField(
  value: object,
  name: string,
  isInherited: boolean = name in Object.prototype,
): unknown {
  if (isInherited && !Object.hasOwn(value, name)) return undefined;
  return (value as Readonly<Record<string, unknown>>)[name];
}
