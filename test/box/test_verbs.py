"""Every verb of a call in every situation in which it must be refused, and what a refusal must say. The verbs are the
routes that the program prints: one that is not in the table below fails."""
import concurrent.futures
import json

import pytest

from api import BUSY, FABRIKAM, SILENT
from media_bot import MediaBot
from meeting import (APP, MEETING_ID, PERSON, SCHEDULED, body_of, conversation, dial, error_of, host, pid_of, wait_people,
                     wait_roster, who)
from server import run
from test_api_operations import ending  # noqa: F401  (a fixture)
from test_incoming import comes, dialled
from waiting import wait_until

CALLS = "/v1.0/communications/calls"
NOBODY = "00000000-0000-8000-8000-000000000000"
PROMPT = {"@odata.type": "#microsoft.graph.mediaPrompt",
          "mediaInfo": {"@odata.type": "#microsoft.graph.mediaInfo", "uri": "https://cdn.contoso.com/beep.wav"}}
TARGET = {"identity": {"user": {"id": BUSY}}}
MEDIA = {"@odata.type": "#microsoft.graph.serviceHostedMediaConfig"}
LONG = "c" * 257


class Verb:
    """body: a good one. needs: "media" (established, hosted by us), "bot" (established, a group, hosted by the bot),
    "group", "call" (established) or "waiting" (it came and was not taken). role: asked for when it is called. bad: bodies
    that are refused, with what the refusal names. empty: no body is needed."""

    def __init__(self, needs, body=None, role=None, bad=(), empty=False):
        self.needs, self.body, self.role, self.bad, self.empty = needs, body or {}, role, bad, empty


CONTEXT = [({"clientContext": LONG}, "clientContext"), ({"clientContext": 1}, "clientContext")]
RECORD = [({"prompts": [PROMPT, PROMPT]}, "prompts"), ({"playBeep": "yes"}, "playBeep"),
          ({"stopTones": ["##"]}, "stopTones"), ({"stopTones": "#"}, "stopTones"),
          *[({name: value}, name) for name in ("initialSilenceTimeoutInSeconds", "maxSilenceTimeoutInSeconds",
                                               "maxRecordDurationInSeconds") for value in (0, -1, 301, "5", 1.5)],
          *CONTEXT]
GROUP = {"routingMode": "oneToOne", "sources": [NOBODY], "receivers": [NOBODY]}

VERBS = {
    "answer": Verb("waiting", {"callbackUri": "https://bot.contoso.com/callback", "acceptedModalities": ["audio"],
                               "mediaConfig": MEDIA},
                   bad=[({"callbackUri": None}, "callbackUri"), ({"callbackUri": "ftp://x"}, "callbackUri"),
                        ({"mediaConfig": None}, "mediaConfig"), ({"mediaConfig": {}}, "mediaConfig"),
                        ({"acceptedModalities": ["smell"]}, "acceptedModalities"),
                        ({"acceptedModalities": []}, "acceptedModalities"),
                        ({"participantCapacity": -1}, "participantCapacity"), ({"callOptions": 7}, "callOptions")]),
    "reject": Verb("waiting", {"reason": "busy"}, bad=[({"reason": "tired"}, "reason"), ({"reason": 7}, "reason")],
                   empty=True),
    "redirect": Verb("waiting", {"targets": [TARGET]}, role="Calls.Initiate.All",
                     bad=[({"targets": []}, "targets"), ({"targets": [TARGET] * 26}, "targets"),
                          ({"timeout": 14}, "timeout"), ({"timeout": 91}, "timeout"),
                          ({"targetDisposition": "never"}, "targetDisposition")]),
    "transfer": Verb("call", {"transferTarget": TARGET}, role="Calls.Initiate.All",
                     bad=[({"transferTarget": None}, "transferTarget"), ({"transferTarget": {}}, "transferTarget"),
                          *CONTEXT]),
    "playPrompt": Verb("media", {"prompts": [PROMPT]},
                       bad=[({"prompts": []}, "prompts"), ({"prompts": [PROMPT] * 21}, "prompts"),
                            ({"prompts": [{"mediaInfo": {"uri": "x"}}]}, "@odata.type"), ({"loop": 3}, "loop"), *CONTEXT]),
    "cancelMediaProcessing": Verb("media", bad=[({"all": 1}, "all"), *CONTEXT], empty=True),
    "subscribeToTone": Verb("media", role="Calls.AccessMedia.All", bad=CONTEXT, empty=True),
    "keepAlive": Verb("any", empty=True),
    "sendDtmfTones": Verb("media", {"tones": ["tone1"]},
                          bad=[({"tones": []}, "tones"), ({"tones": ["tone99"]}, "tones"),
                               ({"tones": ["tone1"] * 101}, "tones"),
                               ({"delayBetweenTonesMs": -1}, "delayBetweenTonesMs"), *CONTEXT]),
    "record": Verb("media", {"maxRecordDurationInSeconds": 1}, role="Calls.AccessMedia.All", bad=RECORD, empty=True),
    "recordResponse": Verb("media", {"maxRecordDurationInSeconds": 1}, role="Calls.AccessMedia.All",
                           bad=[*RECORD, ({"maxRecordDurationInSeconds": 121}, "maxRecordDurationInSeconds")], empty=True),
    "mute": Verb("group", bad=CONTEXT, empty=True),
    "unmute": Verb("group", bad=CONTEXT, empty=True),
    "updateMetadata": Verb("group", {"metadata": "m"}, bad=[({"metadata": 1}, "metadata"), *CONTEXT]),
    "updateRecordingStatus": Verb("group", {"status": "recording"}, role="Calls.AccessMedia.All",
                                  bad=[({"status": None}, "status"), ({"status": "loud"}, "status"), *CONTEXT]),
    "changeScreenSharingRole": Verb("bot", {"role": "sharer"}, role="Calls.AccessMedia.All",
                                    bad=[({"role": None}, "role"), ({"role": "owner"}, "role"), ({"role": 1}, "role")]),
    "addLargeGalleryView": Verb("group", bad=CONTEXT, empty=True),
    "participants/invite": Verb("call", {"participants": [TARGET]}, role="Calls.InitiateGroupCall.All",
                                bad=[({"participants": []}, "participants"), ({"participants": [TARGET] * 6}, "participants"),
                                     ({"participants": [{}]}, "identity"), *CONTEXT]),
    "participants/muteAll": Verb("group", bad=[({"participants": "all"}, "participants"), *CONTEXT], empty=True),
    "participants/unmuteAll": Verb("group", bad=[({"participants": "all"}, "participants"), *CONTEXT], empty=True),
    "participants/*/mute": Verb("group", bad=CONTEXT, empty=True),
    "participants/*/unmute": Verb("group", bad=CONTEXT, empty=True),
    "participants/*/startHoldMusic": Verb("group", bad=[({"customPrompt": 7}, "customPrompt"), *CONTEXT], empty=True),
    "participants/*/stopHoldMusic": Verb("group", bad=CONTEXT, empty=True),
    "audioRoutingGroups": Verb("group", GROUP, bad=[({"routingMode": "loud"}, "routingMode"), ({"sources": 7}, "sources")]),
}


def url(name, call, pid=NOBODY):
    return "%s/%s/%s" % (CALLS, call, name.replace("*", pid))


def refused_everywhere(api, call, expect, pid=NOBODY):
    """Every verb is refused so: expect(name, verb) is (status, code), or None where it need not be."""
    for name, verb in VERBS.items():
        want = expect(name, verb)
        if want is not None:
            a = api.request("POST", url(name, call, pid), verb.body)
            assert error_of(a) == want, (name, a)


def test_the_table_has_every_verb():
    rows = [r.split(" | ") for r in run("--dump-routes")[1].splitlines()]
    verbs = {r[0].removeprefix("POST …/calls/*/") for r in rows if r[0].startswith("POST …/calls/*/")}
    assert verbs == set(VERBS)
    assert all(r[2] == "built" for r in rows if r[0].startswith("POST …/calls"))


def test_before_it_is_established(api):
    call = api.create_call([SILENT])
    api.inbox().wait_state("establishing", call)
    refused_everywhere(api, call, lambda name, v: {"any": None, "waiting": (400, "8548")}.get(v.needs, (400, "8501")))
    assert api.get_call(call).json["state"] == "establishing"


def test_between_two_people(api, sip, rtp):
    sip("john").pick_up(rtp())
    call = api.create_call()
    api.inbox().wait_active(call)
    pid = api.get_call(call).json["myParticipantId"]
    refused_everywhere(api, call, lambda name, v: {"waiting": (400, "8548"), "group": (400, "8548"),
                                                   "bot": (400, "8548")}.get(v.needs), pid)
    assert api.get_call(call).json["state"] == "established"


def test_while_it_is_ending_and_after_its_end(api, ending):
    call, inbox = ending
    refused_everywhere(api, call, lambda name, v: (400, "8548") if v.needs == "waiting" else (400, "8528"))
    inbox.wait_end(call, 5)
    wait_until(lambda: api.get_call(call).status == 404, what="the end of the call")
    refused_everywhere(api, call, lambda name, v: (404, "8522"))
    refused_everywhere(api, NOBODY, lambda name, v: (404, "8522"))


def test_when_the_bot_hosts_the_media(api, bin, sip, rtp):
    bot = MediaBot()
    bin.append(bot)
    sip("john").pick_up(rtp())
    call = api.create_call(mediaConfig=bot.config())
    api.inbox().wait_active(call)
    refused_everywhere(api, call, lambda name, v: (400, "8500") if v.needs == "media" else None)
    assert api.get_call(call).json["state"] == "established"


def test_while_it_waits_to_be_answered(api, sip, rtp):
    john = dialled(sip, rtp)
    call, _, _ = comes(api)
    refused_everywhere(api, call, lambda name, v: {"any": None, "waiting": None}.get(v.needs, (400, "8501")))
    for name, verb in VERBS.items():
        for change, word in verb.bad if verb.needs == "waiting" else ():
            a = api.request("POST", url(name, call), {**verb.body, **change})
            assert error_of(a) == (400, "8523") and word in a.json["error"]["message"], (name, change, a)
    assert api.get_call(call).json["state"] == "incoming"
    assert api.act(call, "reject", {"reason": "busy"}).status == 202
    assert john.result()[0].status == 486


def at_once(api, call, name, body, n=8):
    """The answers to the same request, n times at once."""
    with concurrent.futures.ThreadPoolExecutor(n) as pool:
        return list(pool.map(lambda _: api.request("POST", url(name, call), body), range(n)))


def test_of_many_transfers_at_once_one_wins(api, sip, rtp):
    sip("john").pick_up(rtp())
    call = api.create_call()
    inbox = api.inbox()
    inbox.wait_active(call)
    api.token()
    answers = at_once(api, call, "transfer", {"transferTarget": {"identity": {"user": {"id": SILENT}}}})
    assert sorted(a.status for a in answers) == [202] + [409] * 7, answers
    assert {error_of(a) for a in answers if a.status != 202} == {(409, "8519")}
    assert api.delete_call(call).status == 204
    inbox.wait_end(call)
    assert inbox.states(call).count("transferring") == 1


def test_of_many_refusals_at_once_one_wins(api, sip, rtp):
    john = dialled(sip, rtp)
    call, _, inbox = comes(api)
    api.token()
    answers = at_once(api, call, "reject", {"reason": "busy"})
    assert sum(a.status == 202 for a in answers) == 1, answers
    assert {error_of(a) for a in answers if a.status != 202} <= {(409, "8519"), (400, "8528"), (404, "8522")}, answers
    assert john.result()[0].status == 486
    inbox.wait_for(lambda n: n["changeType"] == "deleted", what="the end")


def test_sharing_is_for_a_bot_that_hosts_its_media(api):
    call, _ = host(api)
    assert error_of(api.act(call, "changeScreenSharingRole", {"role": "sharer"})) == (400, "8500")


@pytest.fixture
def group(api, sip, rtp):
    """The bot in a meeting with John: (call, John's participant id, inbox)."""
    call, inbox = host(api)
    dial(sip("john"), rtp(), MEETING_ID)
    roster = wait_people(inbox, [APP, PERSON])
    return call, pid_of(roster, PERSON), inbox


def test_what_is_wrong_is_named_and_changes_nothing(api, group):
    call, pid, _ = group
    before = api.get_call(call).json, api.request("GET", url("participants", call)).json
    for name, verb in VERBS.items():
        if verb.needs not in ("media", "group", "call") or name == "transfer":
            continue
        for change, word in verb.bad:
            a = api.request("POST", url(name, call, pid), {**verb.body, **change})
            assert error_of(a) == (400, "8523") and word in a.json["error"]["message"], (name, change, a)
        for body in ("", "{", "[]", "7", json.dumps({"clientContext": "x"})[:-1]):
            a = api.request("POST", url(name, call, pid), body, {"Content-Type": "application/json"})
            if body == "" and verb.empty:
                continue
            assert error_of(a) in ((400, "8523"), (400, "BadRequest")), (name, body, a)
    after = api.get_call(call).json, api.request("GET", url("participants", call)).json
    muted = [r for r in after[1]["value"] if r["isMuted"]]
    assert before[0] == after[0] and not muted, muted


def test_a_missing_role_is_named(carillon, api):
    """Those that are looked at when a verb is called."""
    nomedia = carillon.api("nomedia")
    call = nomedia.request("POST", "/beta/app/calls", body_of(nomedia, SCHEDULED, "0", "nomedia")).json["id"]
    nomedia.inbox("nomedia").wait_active(call)
    seen = 0
    for name, verb in VERBS.items():
        if verb.role == "Calls.AccessMedia.All" and verb.needs in ("media", "group"):
            a = nomedia.request("POST", url(name, call), verb.body)
            assert error_of(a) == (403, "7504") and verb.role in a.json["error"]["message"], (name, a)
            seen += 1
    assert seen >= 4


# what has no other file


def test_who_shares_a_screen_is_in_the_roster(api, bin):
    bots = [MediaBot(), MediaBot()]
    bin.extend(bots)
    calls, ids = [], []
    for i, bot in enumerate(bots):
        a = api.request("POST", "/beta/app/calls", body_of(api, inbox="bot%d" % i, mediaConfig=bot.config()))
        assert a.status == 201, a
        api.inbox("bot%d" % i).wait_active(a.json["id"])
        calls.append(a.json["id"])
        ids.append(a.json["myParticipantId"])

    def directions(roster):
        rows = {r["id"]: {s["mediaType"]: s for s in r["mediaStreams"]} for r in roster}
        sources = [s["sourceId"] for streams in rows.values() for s in streams.values()]
        assert len(set(sources)) == len(sources)
        return [(rows.get(i) or {}).get("videoBasedScreenSharing", {}).get("direction") for i in ids]

    def share(i, role, expect):
        a = api.act(calls[i], "changeScreenSharingRole", {"role": role})
        assert (a.status, a.body) == (202, b""), a
        for k in range(2):
            wait_roster(api.inbox("bot%d" % k), lambda r: directions(r) == expect, "a roster with %r" % expect)
    wait_roster(api.inbox("bot0"), lambda r: directions(r) == [None, None] and len(r) == 2)
    share(0, "Sharer", ["sendOnly", None])
    share(1, "sharer", ["receiveOnly", "sendOnly"])
    share(1, "viewer", ["receiveOnly", "receiveOnly"])


def test_a_large_gallery_is_an_operation_and_is_kept(api):
    call, inbox = host(api)
    assert conversation(api)["largeGalleryView"] is False
    a = api.request("POST", url("addLargeGalleryView", call), {"clientContext": "wide"})
    assert a.status == 202 and a.json["status"].lower() == "running", a
    assert a.json["@odata.type"] == "#microsoft.graph.addLargeGalleryViewOperation"
    assert a.headers["Location"].endswith("/operations/" + a.json["id"])
    end = inbox.wait_operation(a.json["id"])
    assert (end["status"], end["clientContext"], end["resultInfo"]["code"]) == ("completed", "wide", 200)
    assert conversation(api)["largeGalleryView"] is True


def report(chain, **more):
    return {"quality": {
        "@odata.type": "#microsoft.graph.teleconferenceDeviceQuality", "callChainId": chain, "participantId": NOBODY,
        "mediaLegId": NOBODY, "deviceName": "Room 3", "deviceDescription": "a big screen",
        "mediaQualityList": [{"@odata.type": "#microsoft.graph.teleconferenceDeviceAudioQuality", "channelIndex": 1,
                              "averageInboundJitter": "PT0.012S", "inboundPackets": 1200,
                              "averageInboundPacketLossRateInPercentage": 0.25}], **more}}


QUALITY = CALLS + "/logTeleconferenceDeviceQuality"


def test_what_a_device_reports_is_kept_with_its_call_and_logged(carillon, api):
    call, _ = host(api)
    chain = api.get_call(call).json["callChainId"]
    agent = {"User-Agent": "Room/1"}
    a = api.request("POST", QUALITY, report(chain), agent)
    assert (a.status, a.body) == (200, b""), a
    kept = api.shown(call)["deviceQuality"]
    assert kept["deviceName"] == "Room 3" and kept["mediaQualityList"][0]["inboundPackets"] == 1200
    log = carillon.log()
    assert "Room 3" in log and "1200 packets, 0.25% lost" in log and call in log
    assert api.request("POST", QUALITY, report(NOBODY), agent).status == 200  # a call that is over: the log alone
    there = run("token", "--app", "Calling Bot", "--tenant", FABRIKAM, "--data", str(carillon.data))[1].strip()
    for other in (api.as_app("fabrikam").token(), there):  # and the same application in another tenant
        a = api.send("POST", QUALITY, report(chain, deviceName="Elsewhere"), {**agent, "Authorization": "Bearer " + other})
        assert a.status == 200, a
    assert api.shown(call)["deviceQuality"]["deviceName"] == "Room 3", "another's report is not kept with it"
    assert api.request("POST", QUALITY, report(chain.upper().replace("-", ""), deviceName="A\u009b31m\nB"), agent).status == 200
    assert api.shown(call)["deviceQuality"]["callChainId"] == chain
    assert "A\\u009b31m\\u000aB" in carillon.log()


@pytest.mark.parametrize("change, word", [
    ({"callChainId": "x"}, "callChainId"), ({"participantId": None}, "participantId"), ({"deviceName": 7}, "deviceName"),
    ({"mediaQualityList": None}, "mediaQualityList"), ({"mediaQualityList": [{}]}, "@odata.type"),
    ({"mediaQualityList": [{"@odata.type": "#microsoft.graph.teleconferenceDeviceAudioQuality", "channelIndex": 1,
                            "mediaDuration": "12 s"}]}, "mediaDuration"),
    ({"mediaQualityList": [{"@odata.type": "#microsoft.graph.teleconferenceDeviceAudioQuality",
                            "channelIndex": 1}] * 17}, "mediaQualityList")])
def test_a_wrong_report_is_refused_by_name(api, change, word):
    a = api.request("POST", QUALITY, report(NOBODY, **change), {"User-Agent": "Room/1"})
    assert error_of(a) == (400, "8523") and word in a.json["error"]["message"], a


def test_a_report_needs_a_role_and_says_who_sends_it(carillon, api):
    a = carillon.api("nomedia").request("POST", QUALITY, report(NOBODY), {"User-Agent": "Room/1"})
    assert error_of(a) == (403, "7504") and "Calls.AccessMedia.All" in a.json["error"]["message"]
    a = api.request("POST", QUALITY, report(NOBODY))
    assert error_of(a) == (400, "8523") and "User-Agent" in a.json["error"]["message"]


# what may be read


def test_of_one_thing_only_what_is_selected_is_told(api):
    call, _ = host(api)
    me = api.get_call(call).json["myParticipantId"]
    operation = api.play(call, "https://cdn.contoso.com/beep.wav", loop=True)["id"]
    group = api.act(call, "audioRoutingGroups", {"routingMode": "multicast", "sources": [me], "receivers": [me]})
    for path, names in (("", ["state", "resultInfo", "callChainId"]), ("/participants/" + me, ["info", "isMuted"]),
                        ("/audioRoutingGroups/" + group.json["id"], ["sources"]),
                        ("/operations/" + operation, ["status", "clientContext"])):
        a = api.request("GET", "%s/%s%s?$select=%s" % (CALLS, call, path, ",".join(names)))
        assert a.status == 200, a
        assert {k for k in a.json if not k.startswith("@")} == set(names), a
        whole = api.request("GET", "%s/%s%s" % (CALLS, call, path)).json
        assert {k: whole[k] for k in names} == {k: a.json[k] for k in names}
        for query in ("$select=smell", "$select=", "$select=id,id&$select=id", "$expand=participants", "$filter=id eq 'x'",
                      "$top=1", "$count=true", "$search=x"):
            a = api.request("GET", "%s/%s%s?%s" % (CALLS, call, path, query.replace(" ", "%20")))
            assert error_of(a) == (400, "8523"), (path, query, a)
    a = api.request("GET", "%s/%s/audioRoutingGroups?$top=1" % (CALLS, call))
    assert error_of(a) == (400, "8523"), a


def test_v1_selects_nothing_that_beta_alone_has(api):
    call, _ = host(api)
    rest = "/calls/%s?$select=terminationReason" % call
    assert api.request("GET", "/beta/communications" + rest).status == 200
    assert error_of(api.request("GET", "/v1.0/communications" + rest)) == (400, "8523")
