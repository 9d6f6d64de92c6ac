import { isTerraneError } from '@terrane/errors';
import type { File, Group } from '@terrane/hdf5';

/** All of a file: what every path leads to, its attributes and its values, or the code by which they are refused. */
export async function contentOf(file: File): Promise<Map<string, unknown>> {
  const found = new Map<string, unknown>();
  const look = async (what: string, read: () => unknown) => {
    try {
      found.set(what, await read());
    } catch (error) {
      if (!isTerraneError(error)) throw error;
      found.set(what, error.code);
    }
  };
  const seen = new Set<string>();
  const walk = async (group: Group) => {
    let links: Awaited<ReturnType<typeof group.links>> = [];
    await look(`${group.path} links`, async () => {
      links = await group.links();
      return links;
    });
    for (const link of links) {
      // A hard link may lead back up.
      if (link.kind !== 'hard' || seen.has(String(link.address))) continue;
      seen.add(String(link.address));
      await look(`${group.path} ${link.name}`, async () => {
        const object = (await group.get(link.name))!;
        await look(`${object.path} attributes`, () => object.attributes.values());
        if (object.kind === 'dataset') return object.read();
        if (object.kind === 'group') await walk(object);
        return object.kind;
      });
    }
  };
  await walk(file.root as Group);
  return found;
}
