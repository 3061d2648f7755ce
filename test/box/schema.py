"""Is what the server says of the published types? Types, their bases, properties, enums; any version's will do."""
import json
import os

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
with open(os.path.join(ROOT, "tools", "graph-schema.json")) as f:
    SCHEMA = json.load(f)

# Open types carry more on the wire than the schema has (docs/api.md).
DYNAMIC = {"identity": {"tenantId": "Edm.String", "identityProvider": "Edm.String"},
           "participantInfo": {"id": "Edm.String"},
           "commsNotification": {"resource": "Edm.String", "callbackUri": "Edm.String", "resourceData": "*"}}
# Graph calls them by either name.
ALIAS = {"communicationsIdentitySet": "identitySet", "identitySet": "communicationsIdentitySet"}
PLAIN = {"Edm.String": str, "Edm.Int32": int, "Edm.Int64": int, "Edm.Boolean": bool, "Edm.DateTimeOffset": str,
         "Edm.Double": (int, float), "Edm.Guid": str, "Edm.Duration": str}


def bases(name):
    """The type and all that it may stand for."""
    out, todo = [], [name]
    while todo:
        name = todo.pop()
        if name is None or name in out:
            continue
        out.append(name)
        todo += SCHEMA["types"].get(name, {}).get("bases", [])
        todo.append(ALIAS.get(name))
    return out


def property_of(name, key):
    """The types that a property has or had; None: there is none."""
    found = []
    for base in bases(name):
        found += SCHEMA["types"].get(base, {}).get("properties", {}).get(key, {}).get("as", [])
        found += [DYNAMIC[base][key]] if key in DYNAMIC.get(base, {}) else []
    return found or None


def members(name):
    return {m.lower() for version in SCHEMA["enums"][name].values() for m in version}


def fits(value, declared, where):
    """What is wrong with a value of that declared type, as a list of sentences."""
    if value is None or declared == "*":
        return []
    if declared.startswith("["):
        if not isinstance(value, list):
            return ["%s is no list" % where]
        return [w for i, v in enumerate(value) for w in fits(v, declared[1:-1], "%s[%d]" % (where, i))]
    if declared in PLAIN:
        good = isinstance(value, PLAIN[declared]) and (declared == "Edm.Boolean" or not isinstance(value, bool))
        return [] if good else ["%s is no %s: %r" % (where, declared, value)]
    if declared in SCHEMA["enums"]:
        good = isinstance(value, str) and value.lower() in members(declared) and value[:1].islower()
        return [] if good else ["%s is no %s: %r" % (where, declared, value)]
    return wrong(value, declared, where)


def wrong(value, declared, where="it"):
    """The same for an object."""
    if not isinstance(value, dict):
        return ["%s is no %s: %r" % (where, declared, value)]
    name = value.get("@odata.type", "#microsoft.graph." + declared)
    if not name.startswith("#microsoft.graph."):
        return ["%s has the type %s" % (where, name)]
    name = name.removeprefix("#microsoft.graph.")
    if name not in SCHEMA["types"] or declared not in bases(name):
        return ["%s is a %s and no %s" % (where, name, declared)]
    out = []
    for key, v in value.items():
        if key.startswith("@"):
            continue
        kinds = property_of(name, key)
        if kinds is None:
            out.append("%s: a %s has no %s" % (where, name, key))
            continue
        said = [fits(v, k, "%s.%s" % (where, key)) for k in kinds]
        out += min(said, key=len)
    return out


def check(value, declared):
    found = wrong(value, declared)
    assert found == [], "\n".join(found) + "\n" + json.dumps(value, indent=1)


def check_notice(notice):
    """One element of `value`, with its resource."""
    check(notice, "commsNotification")
    data, path = notice["resourceData"], notice["resource"]
    if isinstance(data, list):
        for row in data:
            check(row, "participant")
    else:
        check(data, "commsOperation" if "/operations/" in path else
              data["@odata.type"].removeprefix("#microsoft.graph."))
    assert notice["resourceUrl"] == path.replace("/app/", "/communications/", 1)
