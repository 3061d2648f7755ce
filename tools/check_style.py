#!/usr/bin/env python3
"""Checks what clang-tidy does not: file length, forbidden words, header guards, contracts. Run by `make lint`."""
import pathlib
import re
import sys

LINES = 600
# word, the rooms that may use it (a path's beginning), why not
FORBIDDEN = [
    (r"\b(strcpy|strcat|sprintf|vsprintf|gets)\s*\(", (), "has no bound"),
    (r"\b(atoi|atol|atof)\s*\(", (), "cannot say that it failed; str_number() can"),
    (r"\b(rand|srand|random)\s*\(", (), "can be guessed"),
    (r"\balloca\s*\(", (), "has no bound"),
    (r"\bpthread_mutex_\w+\s*\(", ("src/loop/mailbox.c",), "locks live in loop/mailbox.c alone"),
    (r"\b(malloc|calloc|realloc)\s*\(", ("src/base/",), "memory comes from base/mem.h"),
    (r"\b(TODO|FIXME|XXX)\b", (), "needs an issue, not a note"),
    (r"//", (), "block comments, please"),
]
STRINGS = re.compile(r'"(?:\\.|[^"\\\n])*"' + r"|'(?:\\.|[^'\\\n])+'")
COMMENTS = re.compile(r"/\*.*?\*/", re.S)
PUBLIC = re.compile(r"^(?!typedef|static|extern|struct \w+ \{|enum|#|/| |\}|\*)[\w].*\w\(", re.M)


def blank(match):
    return re.sub(r"[^\n]", " ", match[0])


def check_file(root, f):
    name, raw = str(f.relative_to(root)), f.read_text()
    code = STRINGS.sub(blank, raw)
    notes = COMMENTS.sub(blank, code)
    if raw.count("\n") > LINES:
        yield f"{name}: {raw.count(chr(10))} lines; {LINES} is the limit"
    for pattern, may, why in FORBIDDEN:
        where = code if "TODO" in pattern else notes
        for m in re.finditer(pattern, where):
            if not name.startswith(tuple(may) or ("?",)):
                yield f"{name}:{where.count(chr(10), 0, m.start()) + 1}: {m[0].strip()}: {why}"
    if f.suffix == ".h":
        guard = "_".join(f.relative_to(root / "src").with_suffix("").parts).upper() + "_H"
        if f"#ifndef {guard}" not in raw:
            yield f"{name}: the guard must be {guard}"
        if not raw.startswith("/*"):
            yield f"{name}: the first lines say what it is"


def main():
    root = pathlib.Path(__file__).resolve().parent.parent
    bad = [b for f in sorted((root / "src").rglob("*.[ch]")) for b in check_file(root, f)]
    print("\n".join(bad) or "style: ok")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
