"""Writes numpy.fixture.json: one record of every type NumPy and Terrane share, as NumPy stores it.

Run in this folder: python3 numpy.fixture.py
"""

import json

import numpy

dtype = numpy.lib.format.descr_to_dtype([
    ("i1", "|i1"), ("u2", ">u2"), ("", "|V3"), ("i8", "<i8"), ("f2", "<f2"), ("f8", ">f8"), ("c8", "<c8"),
    ("yes", "|b1"), ("name", "|S5"), ("grid", "<i2", (3, 2)), ("raw", "|V2"),
    ("inner", [("a", "<u4"), ("b", "<f4"), ("", "|V4")]), ("", "|V9"),
])
record = numpy.zeros((), dtype)
for name, value in {
    "i1": -5, "u2": 65534, "i8": -2**63, "f2": 65504, "f8": -0.1, "c8": 1.5 - 2j, "yes": True,
    "name": "h\xe9llo".encode("latin1"), "grid": [[1, 2], [3, 4], [5, -6]], "raw": b"\xde\xad",
}.items():
    record[name] = value
record["inner"]["a"] = 2**32 - 1
record["inner"]["b"] = 0.5
with open("numpy.fixture.json", "w", encoding="utf8") as out:
    descr = numpy.lib.format.dtype_to_descr(dtype)
    json.dump({"numpy": numpy.__version__, "descr": descr, "hex": record.tobytes().hex()}, out, indent=2)
    out.write("\n")
