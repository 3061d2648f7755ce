"""$metadata and openapi.json: what the server says of itself is what is published, and what it does."""
import functools
import json
import os
import re
import sys
import xml.etree.ElementTree as ET

import pytest

from api import JOHN
from meeting import SCHEDULED, body_of
from server import ROOT, run

sys.path.insert(0, os.path.join(ROOT, "tools"))
from check_fields import read_known  # noqa: E402

EDM = "{http://docs.oasis-open.org/odata/ns/edm}"
EDMX = "{http://docs.oasis-open.org/odata/ns/edmx}"
SPACE = "microsoft.graph."
PATHS = {"v1": "/v1.0/$metadata", "beta": "/beta/$metadata"}
# of Graph, but of no table: nothing of them is read or written
ROOTS = {"entity", "cloudCommunications", "commsApplication", "user"}
# what an action that v1.0 does not publish answers, also below /v1.0
SERVED_ALL_THE_SAME = {"muteParticipantsOperation"}
NOBODY = "00000000-0000-8000-8000-000000000000"

with open(os.path.join(ROOT, "tools", "graph-schema.json"), encoding="utf-8") as f:
    SCHEMA = json.load(f)
KNOWN = read_known(os.path.join(ROOT, "tools", "fields-differences.txt"))


def routes():
    """Each route: (method, path with stars, is it Graph's, is it built)."""
    for line in run("--dump-routes")[1].splitlines():
        route, _, built = line.split(" | ")
        method, path = route.split(" ", 1)
        yield method, path.removeprefix("…").removeprefix("/"), path.startswith("…"), built == "built"


class Metadata:
    """One document, taken apart."""

    def __init__(self, text):
        root = ET.fromstring(text)
        assert root.tag == EDMX + "Edmx" and root.get("Version") == "4.0"
        schema = root.find("%sDataServices/%sSchema" % (EDMX, EDM))
        assert schema.get("Namespace") == "microsoft.graph"
        self.types = {t.get("Name"): t for t in schema if t.tag in (EDM + "EntityType", EDM + "ComplexType")}
        self.enums = {t.get("Name"): [m.get("Name") for m in t] for t in schema.findall(EDM + "EnumType")}
        self.actions = schema.findall(EDM + "Action")
        self.container = schema.find(EDM + "EntityContainer")
        self.all = list(schema.iter())

    def base(self, name):
        base = self.types[name].get("BaseType")
        return base and base.removeprefix(SPACE)

    def line(self, name):
        """A type and its bases."""
        while name is not None and name in self.types:
            yield name
            name = self.base(name)

    def navigation(self, name):
        """What can be navigated to from a type: {name: type of its elements}."""
        return {n.get("Name"): re.fullmatch(r"Collection\(microsoft\.graph\.(\w+)\)", n.get("Type"))[1]
                for t in self.line(name) for n in self.types[t].findall(EDM + "NavigationProperty")}

    def bound(self, to):
        """The actions that are bound to a type as it stands in Type."""
        return {a.get("Name"): a for a in self.actions if a.find(EDM + "Parameter").get("Type") == to}


def fetch(api, version):
    a = api.send("GET", PATHS[version])
    assert a.status == 200 and a.headers["Content-Type"] == "application/xml", a
    assert a.headers["OData-Version"] == "4.0"
    return Metadata(a.body)


@pytest.fixture
def documents(carillon):
    return {v: fetch(carillon.api(), v) for v in PATHS}


def published(name, key):
    """A property of a type or of what that was derived from, ever; None: there was none."""
    t = SCHEMA["types"].get(name)
    if t is None:
        return None
    if key in t["properties"]:
        return t["properties"][key]
    found = [published(b, key) for b in t["bases"] if b is not None]
    return next((p for p in found if p is not None), None)


def plain(declared):
    """"Collection(microsoft.graph.call)" as the schema's file has it: "[call]"."""
    inner = re.fullmatch(r"Collection\((.*)\)", declared)
    return "[%s]" % plain(inner[1]) if inner else declared.removeprefix(SPACE)


def fits(doc, declared, said):
    """Is the declared type the published one, or related to it?"""
    ours, theirs = plain(declared), said
    if ours == theirs:
        return True
    if ours.startswith("[") != theirs.startswith("["):
        return False
    a, b = ours.strip("[]"), theirs.strip("[]")
    return a in doc.line(b) or b in doc.line(a)


def check_typed(doc, version, where, declared, said):
    assert said is not None or where in KNOWN, "%s is not published" % where
    if said is None:
        return
    if version == "v1" and where not in KNOWN:
        assert "v1" in said["in"], "%s is of %s" % (where, said["in"])
    if "as" in said:
        assert any(fits(doc, declared, t) for t in said["as"]), "%s: %s, not %s" % (where, declared, said["as"])


def test_every_type_and_property_is_published_with_the_same_type(documents):
    for version, doc in documents.items():
        for name, t in doc.types.items():
            if name in ROOTS:
                continue
            assert name in SCHEMA["types"], name
            assert version == "beta" or "v1" in SCHEMA["types"][name]["in"] or name in SERVED_ALL_THE_SAME, name
            for p in t.findall(EDM + "Property"):
                check_typed(doc, version if name not in SERVED_ALL_THE_SAME else "beta",
                            "%s.%s" % (name, p.get("Name")), p.get("Type"), published(name, p.get("Name")))


def test_every_published_type_that_we_have_a_table_for_is_there(documents):
    tables = [json.loads(line) for line in run("--dump-fields")[1].splitlines()]
    names = {t["name"] for t in tables if "PLAIN" not in t["flags"]}
    assert set(documents["beta"].types) == names | ROOTS
    assert {n for n in names if "v1" in SCHEMA["types"][n]["in"]} <= set(documents["v1"].types)


def test_every_member_of_an_enumeration_is_published(documents):
    for doc in documents.values():
        for name, members in doc.enums.items():
            ever = {m.lower() for names in SCHEMA["enums"][name].values() for m in names}
            for m in members:
                assert m.lower() in ever or "%s.%s" % (name, m.lower()) in KNOWN, (name, m)
            assert len({m.lower() for m in members}) == len(members), name
    assert "ringing" in documents["beta"].enums["callState"]
    assert "routingPolicy" in documents["beta"].enums and "routingPolicy" not in documents["v1"].enums


def test_every_name_of_a_type_resolves(documents):
    for doc in documents.values():
        known = set(doc.types) | set(doc.enums)
        for e in doc.all:
            for key in ("Type", "BaseType", "EntityType"):
                for name in re.findall(r"microsoft\.graph\.(\w+)", e.get(key, "")):
                    assert name in known, (e.tag, e.attrib)


def test_an_entity_is_navigated_to_and_is_no_ones_value(documents):
    for doc in documents.values():
        entities = {n for n in doc.types if doc.types[n].tag == EDM + "EntityType"}
        assert {"call", "participant", "playPromptOperation", "onlineMeeting"} <= entities
        for name, t in doc.types.items():
            base = doc.base(name)
            assert base is None or (base in entities) == (name in entities), name
            for p in t.findall(EDM + "Property"):
                assert plain(p.get("Type")).strip("[]") not in entities, (name, p.get("Name"))


def test_every_parameter_of_an_action_is_published(documents):
    for version, doc in documents.items():
        for a in doc.actions:
            name = a.get("Name")
            for p in a.findall(EDM + "Parameter")[1:]:
                theirs = SCHEMA["actions"].get({"unmuteAll": "muteAll"}.get(name, name))
                said = theirs["parameters"].get(p.get("Name"))
                served = version if "v1" in theirs["in"] else "beta"
                check_typed(doc, served, "%s.%s" % (name, p.get("Name")), p.get("Type"), said)


def test_what_v1_does_not_publish_says_so(documents):
    said = {a.get("Name") for a in documents["v1"].actions if a.find(EDM + "Annotation") is not None}
    unpublished = {n for n, a in SCHEMA["actions"].items() if "v1" not in a["in"]}
    assert unpublished <= said
    # what no schema's copy here has: of the seed era's alone; unmute of a participant is one of two
    assert said - unpublished == {"unmuteAll", "unmute"}
    assert all(a.find(EDM + "Annotation") is None for a in documents["beta"].actions)


def test_the_table_of_coverage_says_of_actions_what_the_schema_says():
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in run("--dump-coverage")[1].splitlines()]
    seen = set()
    for path, _, v1, beta, seed, _ in rows:
        words = path.strip("`").split(" ")[-1].split("/")
        said = SCHEMA["actions"].get(words[-1], {}).get("in")
        if said is None or words[-3:] == ["participants", "*", "unmute"]:  # which the seed era alone had
            continue
        seen.add(words[-1])
        assert (v1 == "yes") == ("v1" in said), path
        assert (seed == "yes") == bool({"2019-07", "2019-10"} & set(said)), path
        assert beta == "yes" or not {"2021", "beta"} & set(said), path
    assert seen == set(SCHEMA["actions"])


def leads_to(doc, start, method, path):
    """Walks a route through the document: the type it ends at, in the form of Type; None: it is not there."""
    at, is_all = start, False
    words = path.split("/")
    for i, word in enumerate(words):
        if word == "*":
            if not is_all:
                return None
            is_all = False
        elif not is_all and word in doc.navigation(at):
            at, is_all = doc.navigation(at)[word], True
        else:
            to = "Collection(%s%s)" % (SPACE, at) if is_all else SPACE + at
            is_last = i == len(words) - 1
            return doc.bound(to).get(word) if is_last and method == "POST" else None
    return at


def test_every_built_route_of_graph_is_found_and_no_other(documents):
    singles = {s.get("Name"): s.get("Type").removeprefix(SPACE)
               for s in documents["beta"].container if s.tag == EDM + "Singleton"}
    assert singles == {"communications": "cloudCommunications", "app": "commsApplication"}
    for version, doc in documents.items():
        starts = ["cloudCommunications"] + (["commsApplication"] if version == "beta" else [])
        seen = 0
        for method, path, is_graph, is_built in routes():
            if not is_graph:
                continue
            for start in starts:
                assert (leads_to(doc, start, method, path) is not None) == is_built, (version, method, path)
            if path.startswith("onlineMeetings"):
                assert leads_to(doc, "user", method, path) is not None, path
            seen += 1
        assert seen > 40
        assert set(doc.navigation("user")) == {"onlineMeetings"}


def test_every_action_and_navigation_is_a_route(documents):
    built = {(m, p) for m, p, is_graph, is_built in routes() if is_graph and is_built}
    posts = [p.rsplit("/", 1)[1] for m, p in built if m == "POST" and "/" in p]
    for doc in documents.values():
        for a in doc.actions:
            assert a.get("Name") in posts
        for name in doc.navigation("call"):
            assert ("GET", "calls/*/%s/*" % name) in built
        assert set(doc.navigation("cloudCommunications")) == {"calls", "onlineMeetings"}


def test_the_document_of_no_version_is_betas(api):
    assert api.send("GET", "/$metadata").body == api.send("GET", PATHS["beta"]).body
    assert api.send("GET", PATHS["v1"]).body != api.send("GET", PATHS["beta"]).body
    assert api.send("GET", "/v2.0/$metadata").status == 404


@pytest.mark.parametrize("path", [*PATHS.values(), "/$metadata", "/openapi.json"])
def test_they_are_open_and_the_same_each_time(api, path):
    first, again, head = (api.send(m, path) for m in ("GET", "GET", "HEAD"))
    assert first.status == again.status == head.status == 200
    assert first.body == again.body and head.body == b""
    assert int(head.headers["Content-Length"]) == len(first.body)
    assert api.send("POST", path, {}).status == 405


def test_every_context_that_answers_carry_is_of_a_document_that_exists(api, sip):
    sip("john")
    call = api.create_call(path="/v1.0/communications/calls")
    answers = [api.request("GET", "/v1.0/communications/calls/" + call),
               api.request("GET", "/beta/app/calls/" + call),
               api.request("GET", "/v1.0/communications/calls/%s/participants" % call),
               api.request("GET", "/v1.0/users/%s/onlineMeetings?$filter=JoinWebUrl%%20eq%%20'x'" % JOHN)]
    for a in answers:
        assert a.status == 200, a
        context = a.json["@odata.context"].split("#")[0]
        assert context.endswith("/$metadata"), context
        path = re.sub(r"^https?://[^/]+", "", context)
        document = Metadata(api.send("GET", path).body)
        assert "call" in document.types


# --- openapi.json ---

@pytest.fixture
def openapi(api):
    a = api.send("GET", "/openapi.json")
    assert a.status == 200 and a.headers["Content-Type"] == "application/json", a
    return a.json


METHODS = ("get", "post", "patch", "delete", "put")


def operations(openapi):
    """Each operation: (method, path of the document, its item, itself)."""
    for path, item in openapi["paths"].items():
        for method in METHODS:
            if method in item:
                yield method.upper(), path, item, item[method]


def resolved(openapi, response):
    """The response itself: errors are components that operations share."""
    if "$ref" not in response:
        return response
    assert response["$ref"].startswith("#/components/responses/")
    return openapi["components"]["responses"][response["$ref"].rsplit("/", 1)[1]]


def as_route(path, item):
    """As --dump-routes has it."""
    path = re.sub(r"\{[^}]+\}", "*", path)
    return "…" + path.removeprefix("/communications") if "servers" in item else path


def test_openapi_has_exactly_the_routes(openapi):
    assert openapi["openapi"] == "3.0.3" and openapi["info"]["title"] == "Carillon" and openapi["info"]["version"]
    ours = {"%s %s" % (m, as_route(p, item)) for m, p, item, _ in operations(openapi)}
    theirs = {"%s %s%s" % (m, "…/" if is_graph else "/", p) for m, p, is_graph, _ in routes()}
    assert ours == theirs
    for path, item in openapi["paths"].items():
        assert set(item) <= {*METHODS, "servers", "parameters"}
        if "servers" in item:  # beside the document, by whatever name and way it was had
            assert [s["url"] for s in item["servers"]] == ["./v1.0", "./beta"]
    assert [s["url"] for s in openapi["servers"]] == ["./"]


def test_every_operation_is_described(openapi):
    built = {"%s %s%s" % (m, "…/" if g else "/", p): b for m, p, g, b in routes()}
    ids = [o["operationId"] for _, _, _, o in operations(openapi)]
    assert len(set(ids)) == len(ids)
    for method, path, item, o in operations(openapi):
        where = "%s %s" % (method, as_route(path, item))
        assert len(o["summary"]) > 8 and o["tags"], where
        named = [p["name"] for p in item.get("parameters", []) if p["in"] == "path" and p["required"]]
        assert named == re.findall(r"\{([^}]+)\}", path), where
        assert len(set(named)) == len(named), where
        successes = [s for s in o["responses"] if s.startswith("2")]
        assert bool(successes) == built[where], where
        assert "501" in o["responses"] or built[where], where
        assert all(resolved(openapi, r)["description"] for r in o["responses"].values()), where
        if where.split(" ")[1].startswith("…"):
            assert o["security"] == [{"application": []}], where
            assert {"401", "429", "default"} <= set(o["responses"]), where


def every(thing, key):
    """All values of a key, however deep."""
    if isinstance(thing, dict):
        for k, v in thing.items():
            if k == key:
                yield v
            yield from every(v, key)
    elif isinstance(thing, list):
        for v in thing:
            yield from every(v, key)


def resolve(openapi, ref):
    return functools.reduce(lambda at, part: at[part], ref.removeprefix("#/").split("/"), openapi)


def test_every_reference_resolves_and_schemas_are_sound(openapi):
    refs = list(every(openapi, "$ref"))
    assert len(refs) > 300
    for ref in set(refs):
        assert isinstance(resolve(openapi, ref), dict), ref
    for mapping in every(openapi["components"], "mapping"):
        for word, ref in mapping.items():
            assert ref.endswith("/" + word.removeprefix("#")) and resolve(openapi, ref), word
    for required in every(openapi["components"], "required"):
        assert required is True or required, "an empty list of required members is not allowed"


def test_the_types_of_both_documents_are_the_same(openapi, documents):
    schemas = {n.removeprefix(SPACE) for n in openapi["components"]["schemas"]} - {"error"}
    assert schemas == (set(documents["beta"].types) | set(documents["beta"].enums)) - ROOTS | (
        schemas & {"screenSharingRole"})  # of an action that may not be built


class Judge:
    """As much of a validator as these schemas need."""

    def __init__(self, openapi):
        self.openapi = openapi
        self.schemas = openapi["components"]["schemas"]

    def shape(self, schema):
        """Properties and required ones, those of the bases too."""
        if "$ref" in schema:
            return self.shape(resolve(self.openapi, schema["$ref"]))
        properties, required = dict(schema.get("properties", {})), set(schema.get("required", ()))
        for part in schema.get("allOf", ()):
            p, r = self.shape(part)
            properties.update(p)
            required |= r
        return properties, required

    def real(self, schema, value):
        """The schema of what the value says it is."""
        name = value.get("@odata.type", "").removeprefix("#")
        return self.schemas.get(name, schema) if name.startswith(SPACE) else schema

    def wrong(self, value, schema, where="it"):
        if "anyOf" in schema:
            found = [self.wrong(value, s, where) for s in schema["anyOf"]]
            return min(found, key=len)
        if "$ref" in schema and "enum" not in resolve(self.openapi, schema["$ref"]):
            return self.wrong_object(value, schema, where)
        if "$ref" in schema:
            schema = resolve(self.openapi, schema["$ref"])
        if value is None:
            return [] if schema.get("nullable") else ["%s is null" % where]
        if "enum" in schema:
            return [] if value in schema["enum"] else ["%s is %r" % (where, value)]
        if schema.get("type") == "array":
            if not isinstance(value, list):
                return ["%s is no list" % where]
            return [w for i, v in enumerate(value) for w in self.wrong(v, schema["items"], "%s[%d]" % (where, i))]
        kinds = {"string": str, "integer": int, "boolean": bool}
        if schema.get("type") in kinds:
            return [] if type(value) is kinds[schema["type"]] else ["%s is %r" % (where, value)]
        return self.wrong_object(value, schema, where)

    def wrong_object(self, value, schema, where):
        if not isinstance(value, dict):
            return ["%s is no object: %r" % (where, value)]
        properties, required = self.shape(self.real(schema, value))
        out = ["%s lacks %s" % (where, r) for r in required - set(value)]
        for k, v in value.items():
            if k not in properties:
                out.append("%s.%s is not described" % (where, k))
            else:
                out += self.wrong(v, properties[k], "%s.%s" % (where, k))
        return out


def described(openapi, method, path):
    """The operation for a real path below a version or at the top."""
    path = re.sub(r"^/(v1\.0|beta)(?=/communications)", "", path.split("?")[0])
    found = [(p.count("{"), item[method.lower()]) for p, item in openapi["paths"].items()
             if method.lower() in item and re.fullmatch(re.sub(r"\{[^}]+\}", "[^/]+", p.replace("$", r"\$")), path)]
    assert found, (method, path)
    return min(found, key=lambda f: f[0])[1]


def check_answer(openapi, method, path, a):
    """A real answer is one of those that are described."""
    o = described(openapi, method, path)
    assert str(a.status) in o["responses"], (method, path, a)
    response = resolved(openapi, o["responses"][str(a.status)])
    if a.status >= 400 and a.headers["Content-Type"].startswith("application/json"):
        assert a.json["error"]["code"] in response["x-codes"], (method, path, a)
    if "content" not in response:
        assert a.body == b"", (method, path, a)
        return
    said = a.headers["Content-Type"].split(";")[0]
    assert said in response["content"], (method, path, said)
    schema = response["content"][said]["schema"]
    if said == "application/json":
        assert Judge(openapi).wrong(a.json, schema) == [] or schema == {"type": "object"}, (
            method, path, Judge(openapi).wrong(a.json, schema))


PROMPT = {"prompts": [{"@odata.type": "#microsoft.graph.mediaPrompt",
                       "mediaInfo": {"@odata.type": "#microsoft.graph.mediaInfo",
                                     "uri": "https://cdn.contoso.com/beep.wav"}}]}


def test_real_answers_are_as_described(carillon, api, openapi):
    root = "/v1.0/communications"

    def ask(method, path, body=None, app="calling", status=None):
        a = (api if app == "calling" else carillon.api(app)).request(method, path, body)
        check_answer(openapi, method, path, a)
        assert status is None or a.status == status, (method, path, a)
        return a

    made = ask("POST", root + "/calls", body_of(api, SCHEDULED), status=201)
    call = root + "/calls/" + made.json["id"]
    api.inbox("bot").wait_state("established")
    ask("GET", call, status=200)
    own = ask("GET", call + "/participants", status=200).json["value"][0]["id"]
    ask("GET", "%s/participants/%s" % (call, own), status=200)
    operation = ask("POST", call + "/playPrompt", PROMPT, status=200).json["id"]
    ask("GET", "%s/operations/%s" % (call, operation), status=200)
    ask("POST", call + "/cancelMediaProcessing", {"clientContext": "x"}, status=200)
    ask("POST", call + "/mute", {}, status=200)
    ask("POST", call + "/participants/muteAll", {}, status=200)
    ask("POST", call + "/updateMetadata", {"metadata": "m"}, status=202)
    ask("POST", call + "/keepAlive", status=200)
    ask("POST", call + "/subscribeToTone", {}, status=200)
    ask("GET", call + "/audioRoutingGroups", status=200)
    ask("GET", call + "/contentSharingSessions", status=501)
    ask("DELETE", call, status=204)


def test_real_refusals_are_as_described(carillon, api, openapi):
    root = "/beta/communications"

    def ask(method, path, status, body=None, app="calling", token=True):
        view = carillon.api(app)
        a = (view.request if token else view.send)(method, path, body)
        assert a.status == status, (method, path, a)
        check_answer(openapi, method, path, a)

    ask("POST", root + "/calls", 401, {}, token=False)
    ask("POST", root + "/calls", 403, api.call_body(), app="bare")
    ask("POST", root + "/calls", 400, b"{")
    ask("POST", root + "/calls", 400, {})
    ask("GET", "%s/calls/%s" % (root, NOBODY), 404)
    ask("POST", "%s/calls/%s/answer" % (root, NOBODY), 404, {})
    call = api.create_call()
    api.inbox("bot").wait_state("established")
    ask("POST", "%s/calls/%s/mute" % (root, call), 400, {})  # two have no roster
    ask("POST", "%s/calls/%s/answer" % (root, call), 400, {})
    ask("POST", "%s/calls/%s/playPrompt" % (root, call), 400, {})
    ask("POST", "%s/calls/%s/transfer" % (root, call), 400, {})
    ask("GET", "%s/calls/%s/participants?$expand=x" % (root, call), 400)
    ask("GET", root + "/onlineMeetings", 400)
    ask("GET", root + "/onlineMeetings/" + NOBODY, 404)
    ask("DELETE", "/_/inbox/bot", 204)
    ask("POST", "/_/inbox/bot", 202, {"value": []})
    ask("GET", "/_/calls/" + NOBODY, 404)
    ask("POST", "/_/reset", 415)
    ask("GET", "/livez", 200, token=False)
    ask("GET", "/beta/$metadata", 200, token=False)
    ask("GET", "/nobody/v2.0/.well-known/openid-configuration", 404, token=False)


def test_a_meeting_is_as_described(api, openapi):
    root = "/v1.0/communications/onlineMeetings"
    body = {"subject": "Standup", "participants": {"organizer": {"identity": {"user": {"id": JOHN}}}}}
    made = api.request("POST", root, body)
    check_answer(openapi, "POST", root, made)
    assert made.status == 201
    one = "%s/%s" % (root, made.json["id"])
    for method, path, more in (("GET", one, None), ("PATCH", one, {"subject": "Later"}), ("DELETE", one, None),
                               ("GET", one, None)):
        check_answer(openapi, method, path, api.request(method, path, more))
