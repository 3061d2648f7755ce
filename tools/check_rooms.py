#!/usr/bin/env python3
"""Checks that src/ is layered as tools/rooms.txt says. Run by `make lint`."""
import pathlib
import re
import sys

INCLUDE = re.compile(r'^\s*#\s*include\s+([<"])([^>"]+)[>"]', re.M)


def load(path):
    """Rooms with what they may include, and who owns which library header (a star ends a prefix)."""
    rooms, owners = {}, {}
    for number, line in enumerate(path.read_text().splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        name, rest = line.split(":", 1)
        may, libraries = rest.split("|", 1)
        unknown = set(may.split()) - set(rooms)
        if unknown:  # only rooms above: the order is the layering, so no cycle can be written
            sys.exit(f"{path}:{number}: {name} names {', '.join(sorted(unknown))} before it exists")
        rooms[name] = set(may.split()) | {name}
        owners.update({header: name for header in libraries.split()})
    return rooms, owners


def owner_of(header, owners):
    for pattern, room in owners.items():
        if header == pattern or (pattern.endswith("*") and header.startswith(pattern[:-1])):
            return room
    return None


def check(src, rooms, owners):
    seen = {}
    for f in sorted(src.rglob("*.[ch]")):
        room, text = f.relative_to(src).parts[0], f.read_text()
        if seen.setdefault(f.name, f) != f:  # the file's name is the prefix of its functions
            yield f"{f}: the name is taken by {seen[f.name]}"
        if room not in rooms:
            yield f"{f}: room '{room}' is not in rooms.txt"
            continue
        for m in INCLUDE.finditer(text):
            kind, header, line = m[1], m[2], text.count("\n", 0, m.start(2)) + 1
            if kind == '"' and header.split("/")[0] not in rooms[room]:
                yield f'{f}:{line}: {room} may not include "{header}"'
            owner = owner_of(header, owners)
            if kind == "<" and owner not in (None, room):
                yield f"{f}:{line}: only {owner} may include <{header}>"


def main():
    root = pathlib.Path(__file__).resolve().parent.parent
    bad = list(check(root / "src", *load(root / "tools/rooms.txt")))
    print("\n".join(bad) or "rooms: ok")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
