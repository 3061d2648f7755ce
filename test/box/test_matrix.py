"""Two tenants, four applications: another's call does not exist, whatever is asked of it."""
import json

from server import run

NOBODY = "00000000-0000-8000-8000-000000000000"
BODIES = {"playPrompt": {"prompts": [{"@odata.type": "#microsoft.graph.mediaPrompt",
                                      "mediaInfo": {"uri": "https://cdn.contoso.com/beep.wav"}}]}}


def verbs():
    """Every built row of the routes that has a call in it: (method, path with {})."""
    for line in run("--dump-routes")[1].splitlines():
        route, who, built = line.split(" | ")
        method, path = route.split(" ", 1)
        if who == "token" and built == "built" and path.startswith("…/calls/*"):
            yield method, path.replace("…/calls/*", "calls/{}", 1).replace("*", NOBODY)


def bare(answer):
    """An error body without what differs from request to request."""
    error = dict(answer.json["error"])
    error.pop("innerError")
    return answer.status, json.dumps(error, sort_keys=True)


def test_every_verb_on_anothers_call_says_what_it_says_of_no_call_at_all(carillon):
    owner = carillon.api()
    call = owner.create_call(callback=owner.inbox_uri("own"))
    owner.inbox("own").wait_active(call)
    rows = list(verbs())
    assert len(rows) >= 7
    for other in (carillon.api("guest"), carillon.api("bare"), carillon.api("nomedia"), carillon.api("fabrikam")):
        for root in ("/v1.0/communications/", "/beta/app/"):
            for method, path in rows:
                body = BODIES.get(path.rsplit("/", 1)[1], {}) if method == "POST" else None
                theirs = other.request(method, root + path.format(call), body)
                none = other.request(method, root + path.format(NOBODY), body)
                assert bare(theirs) == bare(none), (method, path)
                assert theirs.status == 404 and theirs.json["error"]["code"] == "8522", (method, path)
    assert owner.get_call(call).json["state"] == "established"
