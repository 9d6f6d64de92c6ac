import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openWith } from '@terrane/driver';
import { sec2 } from '@terrane/drivers';
import {
  type LiveObject,
  memoryView,
  ObjectStore,
  type PersistentBuffer,
  type PersistentMap,
  plain,
} from '../index.js';
import { Storage } from '../storage.js';

/** A node of a graph whose schema is only known at run time. */
interface Node {
  readonly name: string;
  out(kind: string): Iterable<{ readonly to: Node; readonly weight: number }> & {
    oldestFirst(): Iterable<{ readonly to: Node; readonly weight: number }>;
  };
}

const open = (path: string) => openWith(sec2, { name: path, mode: 'a' });

/** What a process of its own finds in a file, with the bare class, no schema and no sizes. */
function withStorage<Root extends object>(read: (p: Storage<Root>) => unknown): (path: string) => unknown {
  return (path) => {
    const p = new Storage<Root>(open(path));
    const found = read(p);
    p.close();
    return found;
  };
}

const content = (p: Storage) => [Object.keys(p.schema), plain(p.root)];

/** By the name of a file: what is read of it. */
const readers: Readonly<Record<string, (path: string) => unknown>> = {
  item1: withStorage(content),
  item2: withStorage(content),
  item3: withStorage(content),
  item4: withStorage(content),
  item5: withStorage<{ agentsByName: PersistentMap<string, { age: number }> }>((p) => [
    p.root.agentsByName.get('Felix Leiter')!.age,
    p.root.agentsByName.get('nobody') ?? null,
    plain(p.root),
  ]),
  item6: withStorage(content),
  item7: withStorage(content),
  item8: (path) => {
    const methods = { Agent: { introduce: introduce as never } };
    const p = new Storage<{ boss: { introduce(): string }; bond: { introduce(): string } }>(open(path), {
      methods,
    });
    const found = [p.root.boss.introduce(), p.root.bond.introduce(), plain(p.root as never as LiveObject)];
    p.close();
    return found;
  },
  item9: withStorage(content),
  item10: (path) => {
    using store = ObjectStore.openStored(open(path), { readOnly: true });
    const marko = (store.root as unknown as { vertices: PersistentMap<string, Node> }).vertices.get('marko')!;
    return [...marko.out('Knows').oldestFirst()].flatMap(({ to }) =>
      [...to.out('Created').oldestFirst()].map((created) => [to.name, created.to.name, created.weight]),
    );
  },
  item11: withStorage<{ text: PersistentBuffer; cube: PersistentBuffer }>((p) => {
    using text = memoryView(p.root.text);
    using cube = memoryView(p.root.cube);
    const shown = [
      text.toText(),
      text.format,
      text.itemSize,
      text.dimensions,
      text.readOnly,
      text.shape,
      text.strides,
    ];
    return [shown, [...(cube.data as Float64Array)], cube.shape];
  }),
  defect1: withStorage<{ byName: PersistentMap<string, number> }>((p) => {
    const names = Array.from({ length: 50 }, (_, index) => `key ${index}`);
    return [p.root.byName.size, names.filter((name) => p.root.byName.has(name)).length];
  }),
  defect2: withStorage(content),
  defect3: withStorage(content),
  defect4: withStorage(content),
  defect5: withStorage(content),
  defect6: withStorage(content),
  defect7: withStorage<{ number: number; wide: bigint }>((p) => [p.root.number, `${p.root.wide}`]),
  defect8: withStorage(content),
  defect9: withStorage(content),
  defect10: withStorage(content),
};

/** A method that takes its object for what it is. */
export function introduce(this: { readonly name: string }): string {
  return `My name is ${this.name}`;
}

/** Where this file lies, to be run by a process of its own with the folder of the files. */
export const program = fileURLToPath(import.meta.url);

const folder = process.argv[2];
if (process.argv[1] === program && folder !== undefined) {
  const found = Object.entries(readers)
    .filter(([name]) => existsSync(join(folder, name)))
    .map(([name, read]) => [name, read(join(folder, name))]);
  console.log(JSON.stringify(Object.fromEntries(found)));
}
