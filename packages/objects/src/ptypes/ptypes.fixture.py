"""Writes files as ptypes 0.6 does, from the documented layout, and what a reader should find in them.

    python3 ptypes.fixture.py > ptypes.fixture.json

The schema is pickled by Python's own pickle module, in each protocol that ptypes could have used.
"""
import base64
import json
import pickle
import struct
import sys
import types
import zlib


def fake(module, name):
    """A class that pickles as `module.name`."""
    made = sys.modules.setdefault(module, types.ModuleType(module))
    if hasattr(made, name):
        return getattr(made, name)
    kind = type(name, (), {"__module__": module})
    setattr(made, name, kind)
    return kind


for package in ("ptypes",):
    sys.modules.setdefault(package, types.ModuleType(package))


class File:
    def __init__(self):
        self.data = bytearray(2 * 4096)

    def put(self, content):
        at = len(self.data)
        self.data += content
        return at

    def u64(self, *values):
        return self.put(struct.pack("<%dQ" % len(values), *values))

    def string(self, content):
        return self.put(struct.pack("<i", len(content)) + content)

    def set64(self, at, value):
        struct.pack_into("<Q", self.data, at, value)

    def list(self, values):
        head = self.u64(0, 0)
        before = None
        for value in values:
            entry = self.put(struct.pack("<Q", 0) + value)
            self.set64(before if before is not None else head, entry)
            before = entry
        self.set64(head + 8, before or 0)
        return head

    def table(self, entries, slots, place):
        size = 4 + len(entries[0])
        content = bytearray(slots * size)
        for index, entry in enumerate(entries):
            at = place(index) * size
            struct.pack_into("<i", content, at, 1)
            content[at + 4 : at + size] = entry
        at = self.put(bytes(content))
        return self.u64(slots * 9 // 10, len(entries), slots - 1, at)

    def finish(self, registry, type_list, root, clean=True):
        for index in (0, 1):
            status = b"C" if clean or index == 0 else b"D"
            revision = 6 + index
            struct.pack_into(
                "<15scQQQQQQQ", self.data, 72 * index, b"ptypes-0.6.0", status, revision, 0, 0, len(self.data),
                registry, type_list, root)
        return bytes(self.data)


def ref(at):
    return struct.pack("<Q", at)


def build(protocol, clean=True):
    f = File()
    storage, graph, skip, buf = "ptypes.storage", "ptypes.graph", "ptypes.pcollections", "ptypes.buffer"
    p = lambda name: ("PersistentMeta", name)
    descriptions = [
        ("StructureMeta", "Structure", [("volatileBase", fake(storage, "PStructure"))], {}, []),
        ("_typedef", "ListOfInts", fake(storage, "ListMeta"), fake(storage, "PList"), p("Int")),
        ("_typedef", "Names", fake(storage, "HashTableMeta"), fake(storage, "PHashTable"), p("ByteString"), None),
        ("StructureMeta", "Person", [("persistentBase", "Structure")], {"__doc__": "A person's \u00e4 'name'."},
         [("age", "Int"), ("name", "ByteString")]),
        ("StructureMeta", "Employee", [("persistentBase", "Person")], {}, [("boss", "Person"), ("salary", "Float")]),
        ("_typedef", "ByName", fake(storage, "HashTableMeta"), fake(storage, "PHashTable"), p("ByteString"), p("Person")),
        ("_typedef", "Sorted", fake(skip, "SkipListMeta"), fake(skip, "PSkipList"), p("Float"),
         "raise SystemExit('this must never run')"),
        ("_typedef", "Place", fake(graph, "NodeMeta"), fake(graph, "PNode"), p("ByteString")),
        ("_typedef", "Road", fake(graph, "EdgeMeta"), fake(graph, "PEdge"), p("Place"), p("Place"), p("Int")),
        ("_typedef", "Buffer", fake(buf, "BufferMeta"), fake(buf, "PBuffer")),
        ("StructureMeta", "Root", [("persistentBase", "Structure")], {},
         [("buffer", "Buffer"), ("byName", "ByName"), ("count", "Int"), ("empty", "ListOfInts"), ("ints", "ListOfInts"),
          ("names", "Names"), ("nobody", "Person"), ("place", "Place"), ("sorted", "Sorted"), ("staff", "Employee")]),
    ]
    type_list = f.list([ref(f.string(pickle.dumps(d, protocol))) for d in descriptions])

    ann = f.put(struct.pack("<qQ", 41, f.string(b"Ann")))
    # Fields by name, those of the base among them: age, boss, name, salary.
    bob = f.put(struct.pack("<qQQd", -7, ann, f.string(b"Bob\x00\xff"), 2.5))
    ints = f.list([struct.pack("<q", v) for v in (1, -2, 2**62)])
    empty = f.list([])
    by_name = f.table([ref(f.string(b"ann")) + ref(ann)], 8, lambda index: 5)
    names = f.table([ref(f.string(b"x")), ref(f.string(b"y"))], 4, lambda index: 3 - index)

    head = f.put(struct.pack("<QI4x", f.u64(0, 0), 2))
    before = head
    for value in (0.5, 1.5, 1.5):
        node = f.put(struct.pack("<QI4xd", f.u64(0), 1, value))
        f.set64(struct.unpack_from("<Q", f.data, before)[0], node)
        before = node
    sorted_list = f.u64(head, 3)

    home = f.u64(0, 0, f.string(b"home"))
    town = f.u64(0, 0, f.string(b"town"))
    road = f.put(struct.pack("<QQQQq", home, town, 0, 0, 12))
    back = f.put(struct.pack("<QQQQq", town, home, 0, 0, 13))
    kind = f.string(b"Road")
    f.set64(home + 8, f.u64(kind, road, 0))
    f.set64(home, f.u64(kind, back, 0))
    f.set64(town, f.u64(kind, road, 0))
    f.set64(town + 8, f.u64(kind, back, 0))

    data = f.put(struct.pack("<6d", *range(6)))
    fmt = f.put(b"d\x00")
    buffer = f.put(struct.pack("<QqqiiQQQ", data, 48, 8, 2, 0, fmt, f.u64(2, 3), f.u64(24, 8)))

    root = f.put(struct.pack("<QQqQQQQQQQ", buffer, by_name, 3, empty, ints, names, 0, home, sorted_list, bob))
    registry = f.u64(0, 0, 0, 0)
    return f.finish(registry, type_list, root, clean)


files = {"protocol %d" % n: build(n) for n in (0, 2, 3, 4)}
files["not closed"] = build(2, clean=False)
print(json.dumps({name: base64.b64encode(zlib.compress(content, 9)).decode() for name, content in files.items()}, indent=1))
