import { type DriverFile, deriveFile, driverErrors, isPromise, type Mode, type Trace } from '@terrane/driver';

const operations = [
  'size',
  'read',
  'write',
  'truncate',
  'flush',
  'view',
  'readMany',
  'lock',
  'close',
] as const;

/**
 * Tells a hook about every call that reaches this place between the layers. What the checks offer as `trace` sees the
 * calls of the user; this sees what is left of them below a cache.
 */
export function trace<M extends Mode>(file: DriverFile<M>, hook: Trace): DriverFile<M> {
  const { driver, target } = file.manifest;
  const changes: Record<string, unknown> = {};
  for (const op of operations) {
    if (!file[op]) continue;
    const method = file[op] as unknown as (...args: unknown[]) => unknown;
    changes[op] = (...args: unknown[]) => {
      const started = performance.now();
      const report = (result: object) => {
        try {
          hook({
            op,
            driver,
            target,
            ...about(op, args),
            ...result,
            milliseconds: performance.now() - started,
          });
        } catch {
          // A hook that fails must not change what the file does.
        }
      };
      const succeed = (value: unknown) => {
        report(op === 'read' && typeof value === 'number' ? { count: value } : {});
        return value;
      };
      const fail = (error: unknown) => {
        report({ error });
        throw error;
      };
      try {
        const value = method.apply(file, args);
        return isPromise(value) ? value.then(succeed, fail) : succeed(value);
      } catch (error) {
        return fail(error);
      }
    };
  }
  return deriveFile(file, changes);
}

function about(op: string, args: readonly unknown[]): object {
  const [position, bytes, options] = args as [number, Uint8Array | number, { kind?: string } | undefined];
  if (op === 'truncate') return { position };
  if (op === 'view') return { position, length: bytes };
  if (op !== 'read' && op !== 'write') return {};
  const kind = options?.kind;
  return { position, length: (bytes as Uint8Array).length, ...(kind && { kind }) };
}

/**
 * A hook that publishes to a channel of Node's `diagnostics_channel`, and costs next to nothing while nobody listens.
 *
 * @param name - Of the channel; `terrane:driver` unless given.
 * @throws DRV_DEPENDENCY_MISSING outside of Node.
 */
export function toDiagnosticsChannel(name = 'terrane:driver'): Trace {
  const module = globalThis.process?.getBuiltinModule?.('node:diagnostics_channel');
  if (!module) {
    throw driverErrors.DRV_DEPENDENCY_MISSING({
      message: 'this runtime has no diagnostics_channel',
      feature: name,
    });
  }
  const channel = module.channel(name);
  return (event) => {
    if (channel.hasSubscribers) channel.publish(event);
  };
}
