"""Two tenants, five applications, three of them with a call in a meeting: another's things do not exist, whatever is
asked of them. The verbs are the routes that the program prints."""
import json
import re

import pytest

from api import BOB, FABRIKAM, TENANT
from meeting import CHANNEL, FABRIKAMS, FAY, SCHEDULED, body_of
from server import run

NOBODY = "00000000-0000-8000-8000-000000000000"
ROOTS = ("/v1.0/communications/", "/beta/app/")
OWNERS = {"calling": (SCHEDULED, "0", BOB, TENANT), "nomedia": (CHANNEL, "1533758867081", BOB, TENANT),
          "fabrikam": (FABRIKAMS, "0", FAY, FABRIKAM)}
ASKERS = [*OWNERS, "guest", "bare"]
BODIES = {"playPrompt": {"prompts": [{"@odata.type": "#microsoft.graph.mediaPrompt",
                                      "mediaInfo": {"uri": "https://cdn.contoso.com/beep.wav"}}]},
          "audioRoutingGroups": {"routingMode": "oneToOne", "sources": [NOBODY], "receivers": [NOBODY]}}


def verbs():
    """Every row that has a call in it: (method, path with * for the ids, is it built)."""
    for line in run("--dump-routes")[1].splitlines():
        route, who, built = line.split(" | ")
        method, path = route.split(" ", 1)
        if who == "token" and path.startswith("…/calls/*"):
            yield method, path.removeprefix("…/"), built == "built"


def kinds(path):
    """What each id of a path is the id of: the words before the stars."""
    return re.findall(r"(\w+)/\*", path)


def filled(path, things):
    for kind in kinds(path):
        path = path.replace(kind + "/*", "%s/%s" % (kind, things.get(kind, NOBODY)), 1)
    return path


def ask(api, method, root, path, things):
    word = path.rsplit("/", 1)[1]
    body = BODIES.get(word, {}) if method in ("POST", "PATCH") else None
    return api.request(method, root + filled(path, things), body)


def bare(answer):
    """An error without what differs from request to request."""
    error = dict(answer.json["error"])
    error.pop("innerError")
    return answer.status, json.dumps(error, sort_keys=True)


@pytest.fixture
def world(carillon):
    """{application: (its view, {"calls": its call, "operations": one of its, "participants": itself, ...})}."""
    out = {}
    for app in ASKERS:
        api, things = carillon.api(app), {}
        if app in OWNERS:
            thread, message, organizer, tenant = OWNERS[app]
            a = api.request("POST", "/beta/app/calls", body_of(api, thread, message, app, organizer, tenant))
            assert a.status == 201, a
            call, me = a.json["id"], a.json["myParticipantId"]
            api.inbox(app).wait_active(call)
            things = {"calls": call, "participants": me,
                      "operations": api.play(call, "https://cdn.contoso.com/beep.wav")["id"]}
            group = api.act(call, "audioRoutingGroups",
                            {"routingMode": "multicast", "sources": [me], "receivers": [me]})
            assert group.status == 200, group
            things["audioRoutingGroups"] = group.json["id"]
        out[app] = (api, things)
    return out


def test_every_verb_on_anothers_call_says_what_it_says_of_no_call_at_all(world):
    rows = list(verbs())
    assert len([r for r in rows if r[2]]) >= 7
    for asker, (api, _) in world.items():
        for root in ROOTS:
            for method, path, built in rows:
                none = bare(ask(api, method, root, path, {}))
                if built:
                    assert none[0] == 404 and '"8522"' in none[1], (asker, method, path, none)
                for owner in OWNERS:
                    if owner != asker:
                        theirs = ask(api, method, root, path, world[owner][1])
                        assert bare(theirs) == none, (asker, owner, method, root + path)
    for app in OWNERS:
        api, things = world[app]
        assert api.get_call(things["calls"]).json["state"] == "established"


def test_another_spelling_of_anothers_id_opens_nothing(world):
    api, call = world["fabrikam"][0], world["calling"][1]["calls"]
    for spelling in (call.upper(), call.replace("-", ""), call + "%00", call + "%2f..", "{%s}" % call):
        answer = api.request("GET", "/v1.0/communications/calls/" + spelling)
        assert answer.status in (400, 404) and call not in answer.body.decode().lower(), spelling


def test_what_is_anothers_is_not_found_inside_ones_own_call(world):
    """One's own call, and the id of another's operation, participant or group in it."""
    inner = [(m, p) for m, p, built in verbs() if built and len(kinds(p)) == 2]
    assert {kinds(p)[1] for _, p in inner} >= {"operations", "participants", "audioRoutingGroups"}
    for asker in OWNERS:
        api, mine = world[asker]
        for method, path in inner:
            none = bare(ask(api, method, ROOTS[0], path, {"calls": mine["calls"]}))
            assert none[0] == 404, (asker, method, path, none)
            for owner in OWNERS:
                if owner != asker:
                    theirs = ask(api, method, ROOTS[0], path, {**world[owner][1], "calls": mine["calls"]})
                    assert bare(theirs) == none, (asker, owner, method, path)
    for app in OWNERS:
        api, things = world[app]
        for kind in ("operations", "participants", "audioRoutingGroups"):
            a = api.request("GET", "/beta/app/calls/%s/%s/%s" % (things["calls"], kind, things[kind]))
            assert a.status == 200, (app, kind, a)


def test_a_meeting_of_another_tenant_is_not_found(world):
    meeting = {"participants": {"organizer": {"identity": {"user": {"id": BOB}}}}}
    made = world["calling"][0].request("POST", "/v1.0/communications/onlineMeetings", meeting)
    assert made.status == 201, made
    for method, body in (("GET", None), ("PATCH", {"subject": "Mine"}), ("DELETE", None)):
        for root in ROOTS:
            path = root + "onlineMeetings/"
            theirs = world["fabrikam"][0].request(method, path + made.json["id"], body)
            none = world["fabrikam"][0].request(method, path + NOBODY, body)
            assert bare(theirs) == bare(none) and theirs.status == 404, (method, path)
