"""Is a value of the published types? Types, their bases, properties, enums, plain values, nullability, versions.

What there is to know of Graph is in tools/graph-schema.json; where the wire differs from it on purpose is a row of
DIFFERENCES. Which answer and which notice is of which type is in seen.py.

**eras**: "v1" knows what v1.0 has; "beta" what any beta had; "seed" what those of 2019 to 2021 had; "any" all of it: a
notice says under no version what it is. Of two types that a property had, today's counts, for the seed its first one.

**what must be there**: a property that v1 never leaves null may not be null, nor absent where today's versions know it
(those of older ones may be absent). How much of the outermost object must be there is its level; all objects inside it
are whole in this sense:
  WHOLE   all that today's versions know, null or not: a call, as POST and GET show it
  NEEDED  all that is never null: every other answer, `created` notices, operations, rows of rosters
  CHANGED only the id: what has changed of a call, which is what its other notices say (the receiver merges them)
  CHOSEN  nothing: the client has said with $select what it wants
"""
import datetime
import functools
import json
import os
import re

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
with open(os.path.join(ROOT, "tools", "graph-schema.json"), encoding="utf-8") as f:
    SCHEMA = json.load(f)

WHOLE, NEEDED, CHANGED, CHOSEN = "whole", "needed", "changed", "chosen"

OLD = ("2021", "2019-10", "2019-07")
# era: the versions of which anything may be there, and those whose properties must be
ERAS = {"v1": (("v1",), ("v1",)), "beta": (("beta", *OLD), ("beta",)), "any": (("v1", "beta", *OLD), ("v1", "beta")),
        "seed": (OLD, ("2019-07",))}

# What the wire has and the schema has not: (era or "*", type, property, its type, why). No property: the type itself.
DIFFERENCES = (
    ("v1", "muteParticipantsOperation", None, None, "muteAll is of beta, and served under v1.0 too (docs/api.md)"),
    ("*", "identity", "tenantId", "Edm.String", "an open type; on the wire since 2018"),
    ("*", "identity", "identityProvider", "Edm.String", "an open type; on the wire since 2018"),
    ("*", "participantInfo", "id", "Edm.String", "what the wire called participantId before it had that"),
    ("*", "invitationParticipantInfo", "id", "Edm.String", "an open type; the wire's notices have it in targets"),
    ("v1", "invitationParticipantInfo", "region", "Edm.String", "an open type; the wire's notices have it in targets"),
    ("v1", "invitationParticipantInfo", "languageId", "Edm.String", "as region"),
    ("v1", "invitationParticipantInfo", "endpointType", "endpointType", "as region"),
    ("any", "commsNotification", "callbackUri", "Edm.String", "an open type; the seed era's notices have it"),
    ("any", "commsNotification", "resourceData", "*", "an open type; its type is that of the resource"),
    ("any", "deltaParticipants", "sequenceNumber", "Edm.Int64", "published without its type"),
    ("any", "deltaParticipants", "participants", "[participant]", "published as a navigation property"),
)

# What a type may call itself where another is expected: (expected, said, why).
STAND_INS = (
    ("invitationParticipantInfo", "participantInfo", "the seed era called a target so, and its word is kept"),
)

# (type, property) that a test's client has made up itself in an open type, and gets back: the mark `echoed`.
ECHOED = set()

# A set has the keys of the other under either name: clients mix them, and both are open.
ALIAS = {"communicationsIdentitySet": "identitySet", "identitySet": "communicationsIdentitySet"}
# These stand for nothing themselves.
ABSTRACT = {"mediaConfig", "meetingInfo", "prompt", "callOptions"}

GUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
DURATION = re.compile(r"P(?!$)(\d+D)?(T(?!$)(\d+H)?(\d+M)?(\d+(\.\d+)?S)?)?")
DATE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")  # as base/clock.c writes it
PREFIX = "#microsoft.graph."


def is_date(text, form=DATE):
    """A moment that there is, of that form."""
    try:
        return isinstance(text, str) and bool(form.fullmatch(text)) and bool(datetime.datetime.fromisoformat(text))
    except ValueError:
        return False


PLAIN = {
    "*": lambda v: True,
    "Edm.String": lambda v: type(v) is str,
    "Edm.Boolean": lambda v: type(v) is bool,
    "Edm.Int32": lambda v: type(v) is int and -2**31 <= v < 2**31,
    "Edm.Int64": lambda v: type(v) is int and -2**63 <= v < 2**63,
    "Edm.Double": lambda v: type(v) in (int, float),
    "Edm.DateTimeOffset": is_date,
    "Edm.Guid": lambda v: type(v) is str and bool(GUID.fullmatch(v)),
    "Edm.Duration": lambda v: type(v) is str and bool(DURATION.fullmatch(v)),
}


def differences(era, name):
    """The rows of a type."""
    return [(key, kind) for e, n, key, kind, _ in DIFFERENCES if n == name and e in ("*", era)]


@functools.lru_cache(None)
def is_known(name, era):
    published = SCHEMA["types"].get(name, {"in": ()})["in"]
    return bool(set(published) & set(ERAS[era][0])) or (None, None) in differences(era, name)


@functools.lru_cache(None)
def bases(name, era):
    """The type and all that it may stand for; what it derived from once counts in the era that had it so."""
    out, todo = [], [name]
    while todo:
        name = todo.pop(0)
        if name is None or name in out:
            continue
        out.append(name)
        published = SCHEMA["types"].get(name, {}).get("bases", [])
        todo += published[:1] if era == "v1" else published
        todo.append(ALIAS.get(name))
    return out


@functools.lru_cache(None)
def members(enum, era):
    """As they are on the wire: the first letter small, whatever the file has."""
    versions = SCHEMA["enums"][enum]
    names = {m[0].lower() + m[1:] for v in ERAS[era][0] for m in versions.get(v, ())}
    return frozenset(names - {"unknownFutureValue"})


def said(value, what):
    return [("", "is no %s: %.200r" % (what, value))]


@functools.lru_cache(None)
def checker(kind, era):
    """A function: what is wrong with a value that is not null, as (path, words); nothing: []."""
    if kind.startswith("["):
        return functools.partial(of_list, checker(kind[1:-1], era))
    if kind in PLAIN:
        fits = PLAIN[kind]
        return lambda v: [] if fits(v) else said(v, kind)
    if kind in SCHEMA["enums"]:
        names = members(kind, era)
        return lambda v: [] if type(v) is str and v in names else said(v, kind)
    return lambda v: of_object(v, kind, era, NEEDED)


def of_list(check, value):
    if not isinstance(value, list):
        return said(value, "list")
    return [("[%d]%s" % (i, path), words) for i, v in enumerate(value)
            for path, words in (check(v) if v is not None else said(v, "value"))]


class Shape:
    """What an object of a type may have in an era: properties (a checker, and may it be null), needs by level."""

    def __init__(self, name, era):
        self.name = name
        self.properties = {}
        today, needed = [], []
        for base in bases(name, era):
            self._take(base, era, today, needed)
        self.needs = {WHOLE: today, NEEDED: needed, CHANGED: ["id"], CHOSEN: []}

    def _take(self, base, era, today, needed):
        versions, now = ERAS[era]
        for key, p in SCHEMA["types"].get(base, {"properties": {}})["properties"].items():
            if key in self.properties or not set(versions) & set(p["in"]):
                continue
            nullable = p.get("nullable", True)
            kind = p.get("as", ["*"])[-1 if era == "seed" else 0]
            self.properties[key] = (checker(kind, era), nullable)
            if set(now) & set(p["in"]):
                today.append(key)
                needed += [] if nullable else [key]
        for key, kind in differences(era, base):
            if key is not None:
                self.properties[key] = (checker(kind, era), self.properties.get(key, (None, True))[1])


@functools.lru_cache(None)
def shape(name, declared, era):
    """The shape of what calls itself `name` where `declared` is expected; a text: why it cannot."""
    if name is None:
        return "says not what it is; a %s is expected" % declared
    if not isinstance(name, str) or not name.startswith(PREFIX):
        return "has the type %s" % name
    name = name.removeprefix(PREFIX)
    stands_in = any((declared, name) == row[:2] for row in STAND_INS)
    if not is_known(name, era) or name in ABSTRACT or (declared not in bases(name, era) and not stands_in):
        return "is a %s and no %s of %s" % (name, declared, era)
    return Shape(name, era)


def of_object(value, declared, era, level):
    if not isinstance(value, dict):
        return said(value, declared)
    s = shape(value.get("@odata.type"), declared, era)
    if isinstance(s, str):
        return [("", s)]
    out = []
    for key, v in value.items():
        if key == "@odata.type":
            continue
        check, nullable = s.properties.get(key, (None, True))
        if check is None and (s.name, key) not in ECHOED:
            out.append(("", "a %s of %s has no %s" % (s.name, era, key)))
        elif v is not None and check is not None:
            out += [("." + key + path, words) for path, words in check(v)]
        elif v is None and not nullable:
            out.append(("." + key, "is null"))
    return out + [("", "lacks %s" % key) for key in s.needs[level] if key not in value]


def wrong(value, declared, era="any", level=NEEDED):
    """What is wrong with an object of that declared type ("[x]": a list of them), as a list of sentences."""
    found = checker(declared, era)(value) if declared.startswith("[") else of_object(value, declared, era, level)
    return ["it%s: %s" % pair for pair in found]
