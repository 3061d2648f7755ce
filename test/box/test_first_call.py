"""The first request of the documentation, as printed, brings a call to life."""
import os
import re

from api import BUSY, CALLING_BOT, DECLINER, HANGER, JOHN, OFFLINE, PICKER, SILENT, TENANT

SEED = os.path.join(os.path.dirname(os.path.abspath(__file__)), "seed", "first-call.json")


def first_call(api):
    with open(SEED, "rb") as f:
        return api.request("POST", "/beta/app/calls", f.read())


def test_the_printed_request_is_answered_with_the_whole_call(api):
    a = first_call(api)
    assert a.status == 201, a
    call = a.json
    assert re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", call["id"])
    assert a.headers["Location"].endswith("/beta/app/calls/" + call["id"])
    assert a.headers["Content-Type"].startswith("application/json")
    assert call["@odata.type"] == "#microsoft.graph.call"
    assert call["@odata.context"].endswith("/beta/$metadata#app/calls/$entity")
    assert call["state"] == "establishing"
    assert call["direction"] == "outgoing"
    assert call["callbackUri"] == "https://bot.contoso.com/callback"
    assert call["tenantId"] == TENANT
    assert call["requestedModalities"] == ["audio"]
    source = call["source"]["identity"]["application"]
    assert (source["id"], source["displayName"]) == (CALLING_BOT, "Calling Bot")
    target = call["targets"][0]["identity"]["user"]
    assert (target["id"], target["displayName"]) == (JOHN, "John")
    assert call["targets"][0]["region"] is None and call["targets"][0]["languageId"] is None
    assert call["myParticipantId"]
    for name in ("callRoutes", "activeModalities", "routingPolicies"):
        assert call[name] == [], name
    for name in ("subject", "terminationReason", "ringingTimeoutInSeconds", "mediaState", "resultInfo",
                 "answeredBy", "chatInfo", "meetingInfo", "meetingCapability", "toneInfo"):
        assert name in call and call[name] is None, name


def test_john_answers_and_the_bot_hears_of_it(api):
    call = first_call(api).json["id"]
    inbox = api.inbox("first")
    inbox.wait_active(call)
    assert inbox.states(call) == ["establishing", "established"]
    for notice in inbox.notices():
        assert notice["@odata.type"] == "#microsoft.graph.commsNotification"
        assert notice["changeType"] == "updated"
        assert notice["resource"] == "/app/calls/" + call
        assert notice["callbackUri"] == "https://bot.contoso.com/callback"
        assert notice["resourceData"]["id"] == call
        assert notice["resourceData"]["@odata.type"] == "#microsoft.graph.call"
    established = inbox.wait_state("established")["resourceData"]
    assert established["direction"] == "outgoing"
    assert established["tenantId"] == TENANT
    assert established["mediaState"]["audio"] == "active"
    assert inbox.items[0]["body"]["@odata.type"] == "#microsoft.graph.commsNotifications"
    assert api.get_call(call).json["state"] == "established"


def test_hanging_up_ends_the_call_and_it_is_gone(api):
    call = first_call(api).json["id"]
    inbox = api.inbox("first")
    inbox.wait_active(call)
    assert api.delete_call(call).status == 204
    end = inbox.wait_end(call)
    assert (end["code"], end["subcode"]) == (200, 7000)
    assert inbox.states(call) == ["establishing", "established", "terminating", "terminated"]
    last = inbox.notices()[-1]
    assert last["changeType"] == "deleted"
    assert last["resourceData"]["terminationReason"] == "AppInitiated"
    assert api.get_call(call).status == 404
    assert api.delete_call(call).status == 404
    shown = api.shown(call)
    assert shown["state"] == "terminated"


def test_a_call_can_be_ended_before_anybody_answers(api):
    call = api.create_call([SILENT])
    inbox = api.inbox()
    inbox.wait_state("establishing", call)
    assert api.delete_call(call).status == 204
    end = inbox.wait_end(call)
    assert (end["code"], end["subcode"]) == (487, 8542)


def test_without_a_token_there_is_no_call(api):
    with open(SEED, "rb") as f:
        a = api.send("POST", "/beta/app/calls", f.read())
    assert a.status == 401
    assert "Bearer" in a.headers["WWW-Authenticate"]
    assert a.json["error"]["code"] == "InvalidAuthenticationToken"


def test_another_application_does_not_see_the_call(carillon, api):
    call = first_call(api).json["id"]
    for app in ("guest", "nomedia", "fabrikam"):
        other = carillon.api(app)
        assert other.get_call(call).status == 404
        assert other.delete_call(call).status == 404
    assert api.get_call(call).status == 200


def test_the_call_is_the_same_under_every_root(api):
    call = first_call(api).json["id"]
    for root in ("/beta/app", "/v1.0/app", "/app", "/v1.0/communications", "/beta/communications",
                 "/communications", "/beta/applications/" + CALLING_BOT):
        a = api.request("GET", "%s/calls/%s" % (root, call))
        assert a.status == 200, (root, a)
        assert a.json["id"] == call
    wide = call.replace("-", "").upper()
    assert api.request("GET", "/beta/app/calls/" + wide).json["id"] == call


def test_the_virtual_phones_do_as_they_are_told(api):
    for user, want in ((BUSY, (486, 8539)), (DECLINER, (603, 8538)), (OFFLINE, (480, 10037)),
                       (HANGER, (200, 4521))):
        inbox = api.inbox("bot-" + user[-1])
        call = api.create_call([user], api.inbox_uri(inbox.name))
        end = inbox.wait_end(call)
        assert (end["code"], end["subcode"]) == want, user
        assert re.search(r"DiagCode: %d#%d\.@$" % want, end["message"])
    picked = api.create_call([PICKER], api.inbox_uri("picked"))
    api.inbox("picked").wait_active(picked)
