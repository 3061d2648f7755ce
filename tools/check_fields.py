#!/usr/bin/env python3
"""check_fields.py - compares our field tables with the published Graph schema.

    check_fields.py PROGRAM|DUMP [SCHEMA [DIFFERENCES]]

PROGRAM is run as `PROGRAM --dump-fields`; a file that is not executable is read as such a dump.
Every difference must be a row of fields-differences.txt (type.property | reason), and every row
there must still be a difference; a member of an enumeration is enum.member in lower case. It does
not look at openness and bounds: those are ours to decide.
"""
import json
import os
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
TODAY = {"v1", "beta"}
KINDS = {
    "Edm.String": "text",
    "Edm.DateTimeOffset": "text",
    "Edm.Duration": "text",
    "Edm.Guid": "text",
    "Edm.Int32": "int",
    "Edm.Int64": "int",
    "Edm.Boolean": "bool",
    "Edm.Double": "real",
}
MARKS = {"Edm.DateTimeOffset": "DATE_TIME", "Edm.Int64": "INT64", "Edm.Duration": "DURATION", "Edm.Guid": "GUID"}
SENTINEL = "unknownfuturevalue"


def read_dump(path):
    if os.access(path, os.X_OK):
        text = subprocess.run([path, "--dump-fields"], check=True, capture_output=True, text=True).stdout
    else:
        with open(path, encoding="utf-8") as f:
            text = f.read()
    return {t["name"]: t for t in map(json.loads, text.splitlines())}


def read_known(path):
    known = {}
    with open(path, encoding="utf-8") as f:
        for number, line in enumerate(f, 1):
            line = line.split("#", 1)[0].strip()
            if not line:
                continue
            key, bar, reason = (part.strip() for part in line.partition("|"))
            if not bar or not reason or key in known:
                sys.exit(f"{path}:{number}: 'type.property | reason', once, is expected")
            known[key] = reason
    return known


class Comparison:
    def __init__(self, ours, schema):
        self.ours = ours
        self.schema = schema
        self.found = {}  # "type.property": [what differs]
        self.agreed = 0

    def differs(self, type_name, property_name, what):
        said = self.found.setdefault(f"{type_name}.{property_name}", [])
        if what not in said:
            said.append(what)

    def our_rows(self, type_name):
        """The rows of a type and of its bases; the nearest wins."""
        rows = {}
        while type_name is not None:
            t = self.ours[type_name]
            for f in t["fields"]:
                rows.setdefault(f["name"], f)
            type_name = t["base"]
        return rows

    def published(self, type_name, seen=()):
        """The properties of a type and of all bases that it ever had."""
        t = self.schema["types"].get(type_name)
        if t is None or type_name in seen:
            return {}
        found = {}
        for base in t["bases"]:
            if base is not None:
                found.update(self.published(base, (*seen, type_name)))
        found.update(t["properties"])
        return found

    def is_related(self, a, b):
        """Is one of two of our types the base of the other?"""
        for x, y in ((a, b), (b, a)):
            while x is not None and x in self.ours:
                if x == y:
                    return True
                x = self.ours[x]["base"]
        return a == b

    def kind_fits(self, row, published):
        """Does a row's kind fit one of the published types, such as Edm.String or [modality]?"""
        is_list = published.startswith("[")
        name = published.strip("[]")
        if name in KINDS:
            marks = set(row["flags"]) & set(MARKS.values())
            right = {MARKS[name]} if name in MARKS else set()
            return row["kind"] == KINDS[name] + ("s" if is_list else "") and marks == right
        if name in self.schema["enums"]:
            return row["kind"] == ("enums" if is_list else "enum")
        return row["kind"] == ("objects" if is_list else "object") and self.is_related(row["type"], name)

    def compare_enum(self, row, enum):
        versions = self.schema["enums"][enum]
        ours = {n.lower() for n in row["names"]}
        ever = {n.lower() for names in versions.values() for n in names}
        today = {n.lower() for v in TODAY & set(versions) for n in versions[v]} - {SENTINEL}
        for name in sorted(today - ours):
            self.differs(enum, name, "is a published member that we lack")
        for name in sorted(ours - ever):
            self.differs(enum, name, "was never a published member")

    def compare_flags(self, type_name, row, versions):
        flags = set(row["flags"]) & {"BETA_ONLY", "SEED_ONLY"}
        if "OURS" in row["flags"]:
            return
        if "v1" in versions:
            expected = set()
        elif "beta" in versions:
            expected = {"BETA_ONLY"}
        else:
            expected = {"SEED_ONLY"}
        if flags != expected:
            self.differs(type_name, row["name"], f"has {sorted(flags)}, should have {sorted(expected)}")

    def compare_kind(self, type_name, row, published):
        if "as" not in published:  # only the name is known
            return
        if not any(self.kind_fits(row, p) for p in published["as"]):
            self.differs(type_name, row["name"], f"is {row['kind']}, should be {published['as']}")
            return
        for p in published["as"]:
            if p.strip("[]") in self.schema["enums"]:
                self.compare_enum(row, p.strip("[]"))

    def compare_null(self, type_name, row, published):
        """What v1 never leaves null must be marked so, and nothing else."""
        never = not published.get("nullable", True)
        if "v1" in published["in"] and never != bool(set(row["flags"]) & {"REQUIRED", "ALWAYS"}):
            self.differs(type_name, row["name"], "may not be null: ALWAYS is missing" if never else "may be null")

    def compare_row(self, type_name, row, published):
        before = len(self.found)
        self.compare_kind(type_name, row, published)
        self.compare_null(type_name, row, published)
        self.compare_flags(type_name, row, published["in"])
        self.agreed += len(self.found) == before

    def compare_type(self, t):
        name = t["name"]
        theirs = self.schema["types"].get(name)
        if theirs is None:
            self.differs(name, "@type", "is not a published type")
            return
        if t["base"] not in theirs["bases"]:
            self.differs(name, "@base", f"is {t['base']}, should be {theirs['bases']}")
        rows = self.our_rows(name)
        for p, published in theirs["properties"].items():
            if p in rows:
                self.compare_row(name, rows[p], published)
            elif TODAY & set(published["in"]):
                self.differs(name, p, f"is missing, {published['in']} have it")
        ever = self.published(name)
        for row in t["fields"]:
            p = row["name"]
            if p not in ever and "OURS" not in row["flags"]:
                self.differs(name, p, "is not published and not marked OURS")
            elif p in theirs["properties"] and "OURS" in row["flags"]:
                self.differs(name, p, "is marked OURS but published")

    def compare_action(self, t):
        name = t["name"]
        theirs = self.schema["actions"].get(name)
        if theirs is None:
            self.differs(name, "@action", "is not a published action")
            return
        rows = self.our_rows(name)
        for p, published in theirs["parameters"].items():
            if p not in rows:
                if {"v1", "2021"} & set(published["in"]):
                    self.differs(name, p, f"is missing, {published['in']} have it")
                continue
            self.compare_kind(name, rows[p], published)
            marked = bool({"BETA_ONLY", "SEED_ONLY"} & set(rows[p]["flags"]))
            if "v1" in theirs["in"] and marked == ("v1" in published["in"]):
                self.differs(name, p, f"is {'' if marked else 'not '}marked BETA_ONLY, {published['in']} have it")
            self.agreed += 1
        for p in rows:
            if p not in theirs["parameters"] and "OURS" not in rows[p]["flags"]:
                self.differs(name, p, "is not published and not marked OURS")

    def run(self):
        for t in self.ours.values():
            if "PLAIN" in t["flags"]:
                self.compare_action(t)
            else:
                self.compare_type(t)
        for name in self.schema["types"].keys() | self.schema["actions"].keys():
            if name not in self.ours:
                self.differs(name, "@type", "has no table")


def main(args):
    if not 1 <= len(args) <= 3:
        sys.exit(__doc__)
    with open(args[1] if len(args) > 1 else os.path.join(HERE, "graph-schema.json"), encoding="utf-8") as f:
        schema = json.load(f)
    known = read_known(args[2] if len(args) > 2 else os.path.join(HERE, "fields-differences.txt"))
    c = Comparison(read_dump(args[0]), schema)
    c.run()
    new = {key: what for key, what in c.found.items() if key not in known}
    for key in sorted(new):
        print(f"{key}: {'; '.join(new[key])}")
    for key in sorted(known.keys() - c.found.keys()):
        print(f"{key}: is in the list of differences, but there is none")
    if new or known.keys() - c.found.keys():
        return 1
    print(f"{len(c.ours)} tables, {c.agreed} properties agree, {len(known)} known differences")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
