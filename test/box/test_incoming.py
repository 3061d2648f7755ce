"""People call bots: the incoming notice, and what a bot can say to it."""
import pytest

import sound
from api import CALLING_BOT, JOHN, TENANT
from media_bot import MediaBot
from phone import PROGRAM

baresip = pytest.mark.skipif(PROGRAM is None, reason="baresip is not installed")
WEBHOOK = "https://bot.contoso.com/callback"  # the dev directory's, which leads to the inbox "first"


def comes(api, timeout=10):
    """The incoming call that the webhook hears of: (call id, notice, its inbox)."""
    inbox = api.inbox("first")
    n = inbox.wait_for(lambda n: n["changeType"] == "created", timeout, "incoming call")
    return n["resourceData"]["id"], n, inbox


def answer_body(api, inbox="bot", **more):
    return {"callbackUri": api.inbox_uri(inbox), "acceptedModalities": ["audio"],
            "mediaConfig": {"@odata.type": "#microsoft.graph.serviceHostedMediaConfig"}, **more}


def answer(api, call, **more):
    a = api.act(call, "answer", answer_body(api, **more))
    assert (a.status, a.body) == (202, b""), a
    return api.inbox()


@baresip
def test_a_phone_dials_the_bot_which_answers_plays_and_hears_keys(api, phone):
    john = phone("john")
    john.dial("callingbot")
    call, notice, _ = comes(api)
    john.wait_event("CALL_RINGING")
    inbox = answer(api, call)
    john.wait_event("CALL_ESTABLISHED")
    inbox.wait_active(call)
    operation = api.play(call, "https://cdn.contoso.com/beep.wav")
    john.wait_heard(lambda s, rate: sound.has_tone(s, rate, 1000, 0.2), what="beep")
    assert inbox.wait_operation(operation["id"])["status"].lower() == "completed"
    api.subscribe_to_tone(call)
    john.press("7")
    assert inbox.wait_tones(1) == [(1, "tone7")]
    john.hang_up()
    end = inbox.wait_end(call)
    assert (end["code"], end["subcode"]) == (200, 4521)
    assert inbox.states(call) == ["establishing", "established", "terminated"]


def dialled(sip, rtp, who="callingbot", user="john"):
    """A scripted phone dials; its INVITE goes on in a thread. Call .result() for (response, dialog)."""
    import concurrent.futures
    phone, ear = sip(user), rtp()
    pool = concurrent.futures.ThreadPoolExecutor(1)
    future = pool.submit(phone.invite, who, ear.sdp(), timeout=40.0)
    pool.shutdown(wait=False)
    future.phone, future.ear = phone, ear
    return future


def test_the_incoming_notice_says_who_calls_whom(api, sip, rtp):
    john = dialled(sip, rtp)
    call, n, inbox = comes(api)
    assert n["changeType"] == "created"
    assert n["resource"] == "/app/calls/" + call and n["resourceUrl"] == "/communications/calls/" + call
    assert n["callbackUri"] == WEBHOOK
    data = n["resourceData"]
    pid = data["source"]["id"]
    assert data["state"] == data["direction"] == "incoming"
    assert data["callbackUri"] == WEBHOOK and data["tenantId"] == TENANT
    user = data["source"]["identity"]["user"]
    assert (user["id"], user["displayName"], user["tenantId"], user["identityProvider"]) == (JOHN, "John", TENANT, "AAD")
    assert data["source"]["endpointType"] == "default"
    (target,) = data["targets"]
    assert target["@odata.type"] == "#microsoft.graph.invitationParticipantInfo"
    assert target["identity"]["application"]["id"] == CALLING_BOT
    assert target["id"] == data["myParticipantId"] != pid
    assert data["incomingContext"] == {"@odata.type": "#microsoft.graph.incomingContext", "sourceParticipantId": pid}
    assert data["callChainId"]
    (item,) = inbox.items
    headers = {k.lower(): v for k, v in item["headers"].items()}
    assert headers["x-microsoft-skype-chain-id"] == headers["scenario-id"] == data["callChainId"]
    got = api.get_call(call).json
    assert (got["state"], got["direction"], got["mediaConfig"], got["callRoutes"]) == ("incoming", "incoming", None, [])
    assert api.act(call, "reject", {"reason": "busy"}).status == 202
    assert john.result()[0].status == 486
    assert 180 in [r.status for r in john.result()[0].provisional]


@pytest.mark.parametrize("name", [CALLING_BOT, CALLING_BOT.upper(), "CallingBot"])
def test_a_bot_is_dialled_by_its_id_and_by_its_name(api, sip, rtp, name):
    john = dialled(sip, rtp, name)
    call, _, _ = comes(api)
    inbox = answer(api, call)
    assert john.result()[0].status == 200
    inbox.wait_active(call)
    got = api.get_call(call).json
    assert (got["state"], got["callbackUri"]) == ("established", api.inbox_uri("bot"))
    assert got["mediaConfig"]["@odata.type"] == "#microsoft.graph.serviceHostedMediaConfig"
    assert api.delete_call(call).status == 204
    assert john.result()[1].ended.wait(5)
    end = inbox.wait_end(call)
    assert (end["code"], end["subcode"]) == (200, 7000)


@pytest.mark.parametrize("body, status", [({}, 603), ({"reason": "none"}, 603), ({"reason": "busy"}, 486),
                                          ({"reason": "Forbidden"}, 403)])
def test_a_bot_rejects_and_the_phone_hears_why(api, sip, rtp, body, status):
    john = dialled(sip, rtp)
    call, _, inbox = comes(api)
    assert api.act(call, "reject", body).status == 202
    assert john.result()[0].status == status
    n = inbox.wait_for(lambda n: n["changeType"] == "deleted" and call in n["resource"], what="end")
    assert "state" not in n["resourceData"]
    assert (n["resourceData"]["resultInfo"]["code"], n["resourceData"]["resultInfo"]["subcode"]) == (200, 7000)
    assert api.get_call(call).status == 404


def test_a_rejection_can_name_where_its_end_is_told(api, sip, rtp):
    john = dialled(sip, rtp)
    call, _, _ = comes(api)
    assert api.act(call, "reject", {"reason": "busy", "callbackUri": api.inbox_uri("elsewhere")}).status == 202
    api.inbox("elsewhere").wait_for(lambda n: n["changeType"] == "deleted", what="end")
    assert john.result()[0].status == 486


def test_nobody_answers_in_15_seconds(api, sip, rtp):
    john = dialled(sip, rtp)
    call, _, inbox = comes(api)
    api.advance(14)
    assert api.get_call(call).json["state"] == "incoming"
    api.advance(2)
    assert john.result()[0].status == 480
    end = inbox.wait_end(call)
    assert (end["code"], end["subcode"]) == (408, 8587)


def test_a_caller_gives_up_before_the_bot_answers(api, phone):
    john = phone("john")
    john.dial("callingbot")
    call, _, inbox = comes(api)
    john.wait_event("CALL_RINGING")
    john.hang_up()
    end = inbox.wait_end(call)
    assert (end["code"], end["subcode"]) == (487, 8542)
    a = api.act(call, "answer", answer_body(api))
    assert (a.status, a.json["error"]["code"]) == (404, "8522")


def test_a_bot_can_be_deleted_from_the_call_before_it_answers(api, sip, rtp):
    john = dialled(sip, rtp)
    call, _, inbox = comes(api)
    assert api.delete_call(call).status == 204
    assert john.result()[0].status == 480
    end = inbox.wait_end(call)
    assert (end["code"], end["subcode"]) == (487, 8542)


def test_of_many_answers_at_once_one_wins(api, sip, rtp):
    from concurrent.futures import ThreadPoolExecutor
    john = dialled(sip, rtp)
    call, _, _ = comes(api)
    api.token()

    def one(i):
        return api.act(call, "reject" if i % 3 == 0 else "answer", answer_body(api) if i % 3 else {"reason": "busy"})
    with ThreadPoolExecutor(8) as pool:
        got = list(pool.map(one, range(8)))
    assert sorted(a.status for a in got)[0] == 202
    assert [a.status for a in got].count(202) == 1, got
    for a in got:
        assert a.status == 202 or (a.status, a.json["error"]["code"]) in ((409, "8519"), (404, "8522")), a
    assert john.result()[0].status in (200, 486)


@pytest.mark.parametrize("change, code", [
    ({"callbackUri": None}, "8523"), ({"callbackUri": "ftp://x/"}, "8523"), ({"mediaConfig": None}, "8523"),
    ({"acceptedModalities": []}, "8523"), ({"acceptedModalities": ["video"]}, "8523"),
    ({"participantCapacity": -1}, "8523"),
])
def test_a_wrong_answer_is_refused_and_a_right_one_still_good(api, sip, rtp, change, code):
    john = dialled(sip, rtp)
    call, _, _ = comes(api)
    a = api.act(call, "answer", {**answer_body(api), **change})
    assert (a.status, a.json["error"]["code"]) == (400, code), a
    assert "'%s'" % list(change)[0] in a.json["error"]["message"]
    answer(api, call, participantCapacity=1,
           callOptions={"@odata.type": "#microsoft.graph.incomingCallOptions", "isDeltaRosterEnabled": True})
    assert john.result()[0].status == 200


def test_only_who_was_called_can_answer(api, sip, rtp):
    john = dialled(sip, rtp)
    call, _, _ = comes(api)
    for app in ("bare", "nomedia", "fabrikam"):
        for verb in ("answer", "reject"):
            a = api.as_app(app).act(call, verb, answer_body(api))
            assert (a.status, a.json["error"]["code"]) == (404, "8522"), a
    a = api.act("0c0ffee0-0000-4000-8000-00000000beef", "answer", answer_body(api))
    assert (a.status, a.json["error"]["code"]) == (404, "8522"), a
    for verb in ("playPrompt", "subscribeToTone", "participants/invite"):
        a = api.act(call, verb)
        assert (a.status, a.json["error"]["code"]) == (400, "8501"), (verb, a)
    answer(api, call)
    assert john.result()[0].status == 200


def test_a_call_of_its_own_cannot_be_answered(api):
    call = api.create_call()
    api.inbox().wait_active(call)
    for verb, body in (("answer", answer_body(api)), ("reject", {})):
        a = api.act(call, verb, body)
        assert (a.status, a.json["error"]["code"]) == (400, "8548"), a


@pytest.mark.carillon(webhook=True)
def test_a_webhook_may_say_302_and_is_followed_for_the_rest_too(carillon, api, sip, rtp, receiver):
    carillon.webhook.script((302, 0, {"Location": receiver.uri + "/west"}))
    john = dialled(sip, rtp)
    n = receiver.wait_for(lambda r: next(iter(r.notices()), None), what="incoming call")
    assert [p.path for p in receiver.posts] == ["/callback/west"]
    assert receiver.claims(receiver.posts[0])[1]["aud"] == CALLING_BOT
    assert api.act(n["resourceData"]["id"], "reject", {"reason": "busy"}).status == 202
    assert john.result()[0].status == 486


@pytest.mark.carillon(webhook=True)
def test_a_webhook_may_say_204(carillon, api, sip, rtp):
    carillon.webhook.script(204)
    john = dialled(sip, rtp)
    n = carillon.webhook.wait_for(lambda r: next(iter(r.notices()), None), what="incoming call")
    answer(api, n["resourceData"]["id"])
    assert john.result()[0].status == 200
    assert len(carillon.webhook.posts) == 1


@pytest.mark.carillon(webhook=True)
def test_a_webhook_that_refuses_the_call_ends_it(carillon, api, sip, rtp):
    carillon.webhook.script(500, 500, 500, 500, 500, 500, 500, 500)
    john = dialled(sip, rtp)
    carillon.webhook.wait_for(lambda r: r.posts, what="incoming call")
    api.advance(16)
    assert john.result()[0].status == 480
    call = carillon.webhook.posts[0].json["value"][0]["resourceData"]["id"]
    end = api.shown(call)["ending"]
    assert (end["code"], end["subcode"]) == (408, 8586)


def test_a_bot_without_a_webhook_cannot_be_called(api, sip, rtp):
    john, ear = sip("john"), rtp()
    assert john.invite("6f1d0a52-3c44-4b55-9c0e-7a1f5f0c1e01", ear.sdp())[0].status == 480


def test_another_tenants_bot_does_not_exist(api, sip, rtp):
    fay, ear = sip("fay"), rtp()
    assert fay.invite("callingbot", ear.sdp())[0].status == 404


def test_a_phone_with_no_common_codec_is_refused_at_once(api, sip, rtp):
    john, ear = sip("john"), rtp()
    sdp = ear.sdp().replace("RTP/AVP", "RTP/SAVP")
    assert john.invite("callingbot", sdp)[0].status == 488


@pytest.mark.carillon(config={
    "directory": {
        "tenants": [{"id": TENANT, "name": "Contoso"}],
        "applications": [{"id": CALLING_BOT, "tenant": TENANT, "name": "Bare", "secret": "carillon-dev-secret",
                          "sip": "callingbot", "callingWebhook": WEBHOOK}],
        "users": [{"id": JOHN, "tenant": TENANT, "name": "John", "sip": "john", "password": "john-dev-secret"}]}})
def test_a_bot_without_roles_does_not_hear_who_calls_and_may_answer(api, sip, rtp):
    john = dialled(sip, rtp)
    call, n, _ = comes(api)
    source = n["resourceData"]["source"]["identity"]
    assert set(source) == {"@odata.type", "encrypted"}
    assert source["encrypted"]["id"].startswith("29:")
    inbox = answer(api, call)
    inbox.wait_active(call)
    for path in ("", "/participants"):
        assert JOHN not in api.request("GET", "/beta/app/calls/" + call + path).body.decode()
    assert john.result()[0].status == 200


def test_a_crash_ends_a_call_that_waits(carillon, api, sip, rtp):
    john = dialled(sip, rtp)
    call, _, _ = comes(api)
    carillon.kill()
    carillon.restart()
    end = api.inbox("first").wait_end(call)
    assert (end["code"], end["subcode"]) == (500, 9001)
    n = api.inbox("first")
    n.more(1)
    data = next(x for x in n.notices() if x["changeType"] == "deleted")["resourceData"]
    assert data["direction"] == "incoming" and data["source"]["identity"]["user"]["id"] == JOHN
    john.phone.close = lambda: None
    john.phone._stop = True


def test_a_stop_ends_a_call_that_waits(carillon, api, sip, rtp):
    john = dialled(sip, rtp)
    comes(api)
    assert carillon.stop() == 0
    assert john.result()[0].status in (480, 503)
    carillon.restart()


def test_a_bot_that_hosts_its_own_media_answers_and_is_heard(api, sip, rtp, bin):
    b = MediaBot(echo=True)
    bin.append(b)
    john = dialled(sip, rtp)
    john.ear.say_tone(600)
    call, _, _ = comes(api)
    inbox = answer(api, call, mediaConfig=b.config())
    b.wait_stream(0)
    inbox.wait_active(call)
    response, _ = john.result()
    assert response.status == 200
    john.ear.connect(response.body)
    john.ear.wait_tone(600)
    a = api.act(call, "playPrompt", {"prompts": []})
    assert (a.status, a.json["error"]["code"]) == (400, "8500"), a


def test_a_bot_whose_own_media_cannot_be_had_has_not_answered(api, sip, rtp, bin):
    b = MediaBot()
    config = b.config()
    b.close()
    john = dialled(sip, rtp)
    call, _, _ = comes(api)
    inbox = answer(api, call, mediaConfig=config)
    end = inbox.wait_end(call, 30)
    assert (end["code"], end["subcode"]) == (500, 1005)
    assert john.result()[0].status == 480
