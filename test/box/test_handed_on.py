"""People who call people, and calls that a bot hands on: redirected before its answer, transferred after it."""
import pytest

import sound
from api import BOB, BUSY, CALLING_BOT, DECLINER, JOHN, OFFLINE, PICKER, SILENT, TENANT, audio_of, state_of
from meeting import error_of, hears, host, wait_empty, wait_hears, wait_people
from test_incoming import WEBHOOK, answer, answer_body, comes, dialled
from waiting import wait_until


def target(user, **more):
    return {"@odata.type": "#microsoft.graph.invitationParticipantInfo", "identity": {
        "@odata.type": "#microsoft.graph.identitySet", "user": {"@odata.type": "#microsoft.graph.identity", "id": user}},
        **more}


def voice(sip, rtp, user, hz, **more):
    """A scripted phone that picks up, and says a tone."""
    phone, ear = sip(user), rtp()
    phone.pick_up(ear, **more)
    ear.say_tone(hz)
    phone.ear = ear
    return phone


# people call people


def test_john_calls_bob_and_both_hear_each_other(api, sip, rtp):
    bob = voice(sip, rtp, "bob", 1000)
    john = dialled(sip, rtp, "bob")
    john.ear.say_tone(600)
    response, dialog = john.result()
    assert response.status == 200
    assert 180 in [r.status for r in response.provisional]
    john.ear.connect(response.body)
    john.ear.wait_tone(1000)
    bob.ear.wait_tone(600)
    assert '"John"' in bob.wait_request("INVITE").get("from") and "sip:john@" in bob.wait_request("INVITE").get("from")
    (c,) = api.send("GET", "/_/conversations").json["value"]
    assert c["kind"] == "peerToPeer" and sorted(p["displayName"] for p in c["participants"]) == ["Bob", "John"]
    assert john.phone.bye(dialog).status == 200
    assert bob.wait_dialog().ended.wait(5)
    wait_empty(api)


def test_the_one_who_was_called_hangs_up(api, sip, rtp):
    bob = voice(sip, rtp, "bob", 1000)
    john = dialled(sip, rtp, "bob")
    _, dialog = john.result()
    assert bob.bye(bob.wait_dialog()).status == 200
    assert dialog.ended.wait(5)
    wait_empty(api)


def test_a_virtual_phone_can_be_called(api, sip, rtp):
    john = dialled(sip, rtp, "bob")
    john.ear.say_tone(600)
    response, dialog = john.result()
    assert response.status == 200
    john.ear.connect(response.body)
    john.ear.wait_tone(600)  # it echoes
    assert john.phone.bye(dialog).status == 200
    wait_empty(api)


@pytest.mark.parametrize("status", [486, 603, 480])
def test_a_refusal_is_passed_on(api, sip, rtp, status):
    sip("bob").refuse_with(status)
    assert dialled(sip, rtp, "bob").result()[0].status == status
    wait_empty(api)


def test_nobody_picks_up(api, sip, rtp):
    bob = sip("bob").ring_only()
    john = dialled(sip, rtp, "bob")
    bob.wait_request("INVITE")
    api.advance(61)
    assert john.result()[0].status == 480
    bob.wait_request("CANCEL")
    wait_empty(api)


def test_a_caller_gives_up_and_the_other_phone_stops_ringing(api, phone, sip):
    bob = sip("bob").ring_only()
    john = phone("john")
    john.dial("bob")
    john.wait_event("CALL_RINGING")
    john.hang_up()
    bob.wait_request("CANCEL")
    wait_empty(api)


def test_of_two_phones_the_first_that_picks_up_wins(api, sip, rtp):
    ringing = sip("bob").ring_only()
    bob = voice(sip, rtp, "bob", 1000)
    john = dialled(sip, rtp, "bob")
    assert john.result()[0].status == 200
    ringing.wait_request("CANCEL")
    bob.wait_dialog()


@pytest.mark.parametrize("user, who, status", [("fay", "john", 404), ("fay", CALLING_BOT, 404), ("john", "fay", 404),
                                               ("john", "nobody", 404)])
def test_other_tenants_do_not_exist(api, sip, rtp, user, who, status):
    assert dialled(sip, rtp, who, user).result()[0].status == status


def test_hold_between_two_people(api, sip, rtp):
    bob = voice(sip, rtp, "bob", 1000)
    john = dialled(sip, rtp, "bob")
    john.ear.say_tone(600)
    response, dialog = john.result()
    john.ear.connect(response.body)
    bob.ear.wait_tone(600)
    john.phone.reinvite(dialog, john.ear.sdp().replace("a=sendrecv", "a=sendonly"))
    wait_hears(bob.ear, [], [600])
    john.phone.reinvite(dialog, john.ear.sdp())
    wait_hears(bob.ear, [600], [600])


# redirect


def redirected(api, sip, rtp, users, expect=202, **more):
    """John calls the bot, which sends him on: (his call in the making, call id, the webhook's inbox)."""
    john = dialled(sip, rtp)
    john.ear.say_tone(600)
    call, _, inbox = comes(api)
    a = api.act(call, "redirect", {"targets": [target(u) for u in users], **more})
    assert a.status == expect, a
    return john, call, inbox


def test_a_bot_redirects_and_the_two_talk_without_it(api, sip, rtp):
    bob = voice(sip, rtp, "bob", 1000)
    john, call, inbox = redirected(api, sip, rtp, [BOB])
    response, dialog = john.result()
    assert response.status == 200
    john.ear.connect(response.body)
    john.ear.wait_tone(1000)
    bob.ear.wait_tone(600)
    assert "sip:john@" in bob.wait_request("INVITE").get("from")
    end = inbox.wait_end(call)
    assert (end["code"], end["subcode"]) == (200, 7000)
    data = next(n for n in inbox.notices() if state_of(n) == "terminated")["resourceData"]
    assert data["terminationReason"] == "AppRedirected"
    assert data["answeredBy"]["identity"]["user"]["id"] == BOB
    assert inbox.states(call) == ["incoming", "redirecting", "terminated"]
    wait_until(lambda: api.get_call(call).status == 404)
    assert hears(john.ear, 1000) == [1000]
    assert john.phone.bye(dialog).status == 200
    assert bob.wait_dialog().ended.wait(5)
    wait_empty(api)


def test_a_redirect_to_several_rings_all_and_the_first_wins(api, sip, rtp):
    bob = sip("bob").ring_only()
    john, call, inbox = redirected(api, sip, rtp, [BUSY, BOB, DECLINER, PICKER])
    assert john.result()[0].status == 200
    bob.wait_request("CANCEL")
    inbox.wait_end(call)
    data = next(n for n in inbox.notices() if state_of(n) == "terminated")["resourceData"]
    assert data["answeredBy"]["identity"]["user"]["id"] == PICKER


@pytest.mark.parametrize("users, status, code, subcode", [
    ([BUSY], 486, 486, 8539), ([DECLINER], 603, 603, 8538), ([OFFLINE], 480, 480, 10037),
    (["0c0ffee0-0000-4000-8000-00000000dead"], 404, 404, 8543), ([OFFLINE, BUSY], None, None, None)])
def test_a_redirect_that_nobody_takes_ends_the_call(api, sip, rtp, users, status, code, subcode):
    john, call, inbox = redirected(api, sip, rtp, users)
    got = john.result()[0].status
    end = inbox.wait_end(call)
    assert got in (486, 480) if status is None else (got, end["code"], end["subcode"]) == (status, code, subcode)
    wait_empty(api)


def test_a_redirect_gives_up_after_its_time(api, sip, rtp):
    john, call, inbox = redirected(api, sip, rtp, [SILENT], timeout=20)
    api.advance(19)
    assert api.get_call(call).json["state"] == "redirecting"
    api.advance(2)
    assert john.result()[0].status == 480
    end = inbox.wait_end(call)
    assert (end["code"], end["subcode"]) == (408, 10057)


def test_a_caller_who_is_redirected_gives_up(api, phone, sip):
    bob = sip("bob").ring_only()
    john = phone("john")
    john.dial("callingbot")
    call, _, inbox = comes(api)
    assert api.act(call, "redirect", {"targets": [target(BOB)]}).status == 202
    bob.wait_request("INVITE")
    john.hang_up()
    bob.wait_request("CANCEL")
    end = inbox.wait_end(call)
    assert (end["code"], end["subcode"]) == (487, 8542)
    wait_empty(api)


def test_a_bot_hides_who_calls(api, sip, rtp):
    bob = voice(sip, rtp, "bob", 1000)
    john, call, inbox = redirected(api, sip, rtp, [BOB], maskCaller=True, maskCallee=True)
    assert john.result()[0].status == 200
    assert "john" not in bob.wait_request("INVITE").raw.decode().lower()
    assert "anonymous" in bob.wait_request("INVITE").get("from")


@pytest.mark.parametrize("body, status, code", [
    ({}, 400, "8523"), ({"targets": []}, 400, "8523"), ({"targets": [target("x")]}, 400, "8523"),
    ({"targets": [target(BOB), target(BOB.upper())]}, 400, "8523"), ({"targets": [target(BOB)], "timeout": 14}, 400, "8523"),
    ({"targets": [target(BOB)], "timeout": 91}, 400, "8523"), ({"targets": [target(BOB)], "callbackUri": "x"}, 400, "8523"),
    ({"targets": [target(BOB, endpointType="voicemail")]}, 501, "8520"),
    ({"targets": [{"identity": {"phone": {"id": "+15550100"}}}]}, 501, "8520"),
])
def test_a_wrong_redirect_changes_nothing(api, sip, rtp, body, status, code):
    john = dialled(sip, rtp)
    call, _, _ = comes(api)
    assert error_of(api.act(call, "redirect", body)) == (status, code)
    assert api.get_call(call).json["state"] == "incoming"
    answer(api, call)
    assert john.result()[0].status == 200
    assert error_of(api.act(call, "redirect", {"targets": [target(BOB)]})) == (409, "8519")


def bot_target(app=CALLING_BOT):
    return {"identity": {"application": {"id": app}}}


def test_a_call_that_is_sent_in_circles_is_stopped_at_the_fifth_hop(api, sip, rtp):
    john = dialled(sip, rtp)
    inbox, chains, pid = api.inbox("first"), set(), set()
    for hop in range(6):
        inbox.wait_for(lambda n: len([x for x in inbox.notices() if x["changeType"] == "created"]) > hop, what="hop %d" % hop)
        data = [x for x in inbox.notices() if x["changeType"] == "created"][hop]["resourceData"]
        chains.add(data["callChainId"])
        pid.add(data["source"]["id"])
        if hop:
            (route,) = data["callRoutes"]
            assert route["routingType"] == "forwarded" and route["original"]["application"]["id"] == CALLING_BOT
            assert route["final"]["application"]["id"] == CALLING_BOT
        assert api.act(data["id"], "redirect", {"targets": [bot_target()]}).status == 202
    assert john.result()[0].status == 482
    end = inbox.wait_end(data["id"])
    assert (end["code"], end["subcode"]) == (482, 8521)
    assert len(chains) == len(pid) == 1
    wait_empty(api)


def test_a_call_is_sent_on_to_another_bot_which_answers(api, sip, rtp):
    john, call, inbox = redirected(api, sip, rtp, [], expect=400)
    assert api.act(call, "redirect", {"targets": [bot_target()], "maskCaller": True}).status == 202
    end = inbox.wait_end(call)
    assert (end["code"], end["subcode"]) == (200, 7000)
    n = inbox.wait_for(lambda n: n["changeType"] == "created" and call not in n["resource"], what="the second call")
    assert "user" not in n["resourceData"]["source"]["identity"]
    second = n["resourceData"]["id"]
    bot = answer(api, second)
    bot.wait_active(second)
    response, dialog = john.result()
    assert response.status == 200
    john.phone.bye(dialog)
    end = bot.wait_end(second)
    assert (end["code"], end["subcode"]) == (200, 4521)
    wait_empty(api)


@pytest.mark.parametrize("app, status", [("6f1d0a52-3c44-4b55-9c0e-7a1f5f0c1e01", 480),
                                         ("7f1d0a52-3c44-4b55-9c0e-7a1f5f0c1e11", 404),
                                         ("0c0ffee0-0000-4000-8000-00000000dead", 404)])
def test_a_bot_that_cannot_be_called_ends_the_redirect(api, sip, rtp, app, status):
    john, call, inbox = redirected(api, sip, rtp, [], expect=400)
    assert api.act(call, "redirect", {"targets": [bot_target(app)]}).status == 202
    assert john.result()[0].status == status
    assert inbox.wait_end(call)["code"] == status


# transfer


def in_call(api, sip, rtp):
    """John has called the bot, which has answered: (john, his dialog, call id, inbox)."""
    john = dialled(sip, rtp)
    john.ear.say_tone(600)
    call, _, _ = comes(api)
    inbox = answer(api, call)
    response, dialog = john.result()
    john.ear.connect(response.body)
    inbox.wait_active(call)
    return john, dialog, call, inbox


def test_a_blind_transfer_leaves_the_two_alone(api, sip, rtp):
    bob = voice(sip, rtp, "bob", 1000)
    john, dialog, call, inbox = in_call(api, sip, rtp)
    a = api.act(call, "transfer", {"transferTarget": target(BOB), "clientContext": "x"})
    assert (a.status, a.body) == (202, b""), a
    end = inbox.wait_end(call)
    assert (end["code"], end["subcode"]) == (0, 7015) and "GracefulTransferCompleted" in end["message"]
    assert inbox.states(call)[-4:] == ["established", "transferring", "transferAccepted", "terminated"]
    john.ear.wait_tone(1000)
    bob.ear.wait_tone(600)
    assert bob.bye(bob.wait_dialog()).status == 200
    assert dialog.ended.wait(5)
    wait_empty(api)


def test_a_call_that_the_bot_made_is_transferred_too(api, sip, rtp):
    john, bob = voice(sip, rtp, "john", 600), voice(sip, rtp, "bob", 1000)
    call = api.create_call([JOHN])
    inbox = api.inbox()
    inbox.wait_active(call)
    assert api.act(call, "transfer", {"transferTarget": target(BOB)}).status == 202
    assert inbox.wait_end(call)["subcode"] == 7015
    john.ear.wait_tone(1000)
    bob.ear.wait_tone(600)


@pytest.mark.parametrize("user", [BUSY, OFFLINE, "0c0ffee0-0000-4000-8000-00000000dead"])
def test_a_failed_transfer_returns_to_established(api, sip, rtp, user):
    john, _, call, inbox = in_call(api, sip, rtp)
    assert api.act(call, "transfer", {"transferTarget": target(user)}).status == 202
    n = inbox.wait_for(lambda n: (n["resourceData"].get("resultInfo") or {}).get("code") == 500, what="failed transfer")
    assert n["resourceData"]["state"] == "established"
    assert n["resourceData"]["resultInfo"]["subcode"] == 7000
    got = api.get_call(call).json
    assert (got["state"], got["resultInfo"]) == ("established", None)
    api.play(call, "https://cdn.contoso.com/beep.wav")
    john.ear.wait(lambda r: sound.has_tone(r.pcm(), 8000, 1000, 0.2), 10, "the beep")
    assert api.delete_call(call).status == 204
    inbox.wait_end(call)


@pytest.mark.parametrize("holds", ["before it", "while the other rings"])
def test_who_holds_still_holds_when_a_transfer_has_failed(api, sip, rtp, holds):
    bob = sip("bob").ring_only()
    john, dialog, call, inbox = in_call(api, sip, rtp)

    def hold():
        john.phone.reinvite(dialog, john.ear.sdp().replace("a=sendrecv", "a=sendonly"))
    if holds == "before it":
        hold()
        inbox.wait_for(lambda n: audio_of(n) == "inactive", what="a hold")
    assert api.act(call, "transfer", {"transferTarget": target(BOB)}).status == 202
    ringing = bob.wait_request("INVITE")
    inbox.wait_state("transferring", call)
    if holds != "before it":
        hold()
    bob.reply(ringing, 486, "Busy Here")
    n = inbox.wait_for(lambda n: (n["resourceData"].get("resultInfo") or {}).get("code") == 500, what="failed transfer")
    assert (state_of(n), audio_of(n)) == ("established", "inactive")
    got = api.get_call(call).json
    assert (got["state"], got["mediaState"]["audio"]) == ("established", "inactive")
    after = len(inbox.notices())
    john.phone.reinvite(dialog, john.ear.sdp())
    wait_until(lambda: (inbox.more(1), len(inbox.notices()) > after)[1], 10, "the end of the hold")
    assert [audio_of(n) for n in inbox.notices()[after:]] == ["active"]


def test_while_it_is_transferred_nothing_else_can_be_done(api, sip, rtp):
    bob = sip("bob").ring_only()
    john, dialog, call, inbox = in_call(api, sip, rtp)
    assert api.act(call, "transfer", {"transferTarget": target(BOB)}).status == 202
    inbox.wait_state("transferring", call)
    for verb, body in (("transfer", {"transferTarget": target(PICKER)}), ("playPrompt", {}), ("subscribeToTone", {})):
        assert error_of(api.act(call, verb, body)) == (409, "8519"), verb
    john.phone.bye(dialog)
    bob.wait_request("CANCEL")
    end = inbox.wait_end(call)
    assert (end["code"], end["subcode"]) == (200, 4521)
    wait_empty(api)


def test_a_consultative_transfer_joins_two_calls(api, sip, rtp):
    john, bob = voice(sip, rtp, "john", 600), voice(sip, rtp, "bob", 1000)
    first = api.create_call([JOHN])
    inbox = api.inbox()
    inbox.wait_active(first)
    second = api.create_call([BOB])
    inbox.wait_active(second)
    assert api.act(second, "transfer", {"transferTarget": target(JOHN, replacesCallId=first)}).status == 202
    end = inbox.wait_end(second)
    assert (end["code"], end["subcode"]) == (0, 7015)
    end = inbox.wait_end(first)
    assert (end["code"], end["subcode"]) == (200, 4521)
    john.ear.wait_tone(1000)
    bob.ear.wait_tone(600)
    assert not john.wait_dialog().ended.is_set()
    assert len([m for m in john.received if m.method == "INVITE"]) == 1
    assert john.bye(john.wait_dialog()).status == 200
    assert bob.wait_dialog().ended.wait(5)
    wait_empty(api)


def test_a_caller_is_transferred_into_a_meeting(api, sip, rtp):
    bob = voice(sip, rtp, "bob", 1000)
    meeting, there = host(api, inbox="first")
    bob_dialog = bob.invite("200000000001", bob.ear.sdp())
    bob.ear.connect(bob_dialog[0].body)
    wait_people(there, [("application", CALLING_BOT), ("user", BOB)])
    john, dialog, call, inbox = in_call(api, sip, rtp)
    a = api.act(call, "transfer", {"transferTarget": target(BOB, replacesCallId=meeting)})
    assert a.status == 202, a
    end = inbox.wait_end(call)
    assert (end["code"], end["subcode"]) == (0, 7015)
    wait_people(there, [("application", CALLING_BOT), ("user", BOB), ("user", JOHN)])
    john.ear.wait_tone(1000)
    bob.ear.wait_tone(600)
    assert not dialog.ended.is_set()
    assert api.get_call(meeting).json["state"] == "established"


def beside_a_meeting(api, sip, rtp):
    """Bob and the bot are in a meeting, which has one of two media threads; John's call to the bot has the other one."""
    meeting, there = host(api, inbox="first")
    bob = voice(sip, rtp, "bob", 1000)
    bob.ear.connect(bob.invite("200000000001", bob.ear.sdp())[0].body)
    wait_people(there, [("application", CALLING_BOT), ("user", BOB)])
    return (meeting, there, bob) + in_call(api, sip, rtp)


@pytest.mark.carillon(flags=["--media-threads", "2"])
def test_who_cannot_go_over_to_a_meeting_as_it_is_is_rung_and_the_old_call_ends(api, sip, rtp):
    meeting, there, bob, john, dialog, call, inbox = beside_a_meeting(api, sip, rtp)
    second = rtp()
    second.say_tone(400)
    john.phone.pick_up(second)
    assert api.act(call, "transfer", {"transferTarget": target(BOB, replacesCallId=meeting)}).status == 202
    end = inbox.wait_end(call)
    assert (end["code"], end["subcode"]) == (0, 7015)
    wait_people(there, [("application", CALLING_BOT), ("user", BOB), ("user", JOHN)])
    assert dialog.ended.wait(5)
    second.wait_tone(1000)
    bob.ear.wait_tone(400)


@pytest.mark.carillon(flags=["--media-threads", "2"])
@pytest.mark.parametrize("how", ["refuses", "is taken out"])
def test_who_does_not_come_into_the_meeting_stays_with_the_bot(api, sip, rtp, how):
    meeting, there, bob, john, dialog, call, inbox = beside_a_meeting(api, sip, rtp)
    john.phone.register()
    if how == "refuses":
        john.phone.refuse_with(486)
    else:
        john.phone.ring_only()
    assert api.act(call, "transfer", {"transferTarget": target(BOB, replacesCallId=meeting)}).status == 202
    john.phone.wait_request("INVITE")
    if how == "is taken out":
        inbox.wait_state("transferring", call)
        (pid,) = [p["id"] for c in api.send("GET", "/_/conversations").json["value"] for p in c["participants"]
                  if p["state"] == "invited"]
        assert api.request("DELETE", "/beta/app/calls/%s/participants/%s" % (meeting, pid)).status == 204
    n = inbox.wait_for(lambda n: (n["resourceData"].get("resultInfo") or {}).get("code") == 500, what="failed transfer")
    assert (n["resourceData"]["state"], n["resourceData"]["resultInfo"]["subcode"]) == ("established", 7700)
    assert not dialog.ended.is_set()
    assert api.delete_call(call).status == 204
    assert dialog.ended.wait(5)


@pytest.mark.parametrize("body, status, code", [
    ({}, 400, "8523"), ({"transferTarget": target("x")}, 400, "8523"), ({"transferTarget": target(JOHN)}, 409, "8519"),
    ({"transferTarget": target(BOB, replacesCallId="x")}, 400, "8523"),
    ({"transferTarget": target(BOB, replacesCallId="0c0ffee0-0000-4000-8000-00000000beef")}, 404, "8522"),
    ({"transferTarget": {"identity": {"phone": {"id": "+15550100"}}}}, 501, "8520"),
    ({"transferTarget": target(BOB, endpointType="voicemail")}, 501, "8520"),
])
def test_a_wrong_transfer_changes_nothing(api, sip, rtp, body, status, code):
    _, _, call, _ = in_call(api, sip, rtp)
    assert error_of(api.act(call, "transfer", body)) == (status, code)
    assert api.get_call(call).json["state"] == "established"


def test_only_an_established_call_of_ones_own_is_transferred(api, sip, rtp):
    john = dialled(sip, rtp)
    call, _, _ = comes(api)
    assert error_of(api.act(call, "transfer", {"transferTarget": target(BOB)})) == (400, "8501")
    assert error_of(api.as_app("fabrikam").act(call, "transfer", {"transferTarget": target(BOB)})) == (404, "8522")
    answer(api, call)
    assert john.result()[0].status == 200


@pytest.mark.carillon(config={
    "directory": {
        "tenants": [{"id": TENANT, "name": "Contoso"}],
        "applications": [{"id": CALLING_BOT, "tenant": TENANT, "name": "Calling Bot", "secret": "carillon-dev-secret",
                          "sip": "callingbot", "callingWebhook": WEBHOOK, "roles": ["Calls.JoinGroupCall.All"]}],
        "users": [{"id": JOHN, "tenant": TENANT, "name": "John", "sip": "john", "password": "john-dev-secret"}]}})
def test_handing_on_needs_a_role_which_is_named(api, sip, rtp):
    john = dialled(sip, rtp)
    call, n, _ = comes(api)
    assert n["resourceData"]["source"]["identity"]["user"]["id"] == JOHN
    a = api.act(call, "redirect", {"targets": [target(BOB)]})
    assert error_of(a) == (403, "7504") and "Calls.Initiate.All" in a.json["error"]["message"]
    answer(api, call)
    assert john.result()[0].status == 200
    a = api.act(call, "transfer", {"transferTarget": target(BOB)})
    assert error_of(a) == (403, "7504") and "Calls.Initiate.All" in a.json["error"]["message"]
    hosted = {"mediaConfig": {"@odata.type": "#microsoft.graph.appHostedMediaConfig", "blob": "x"}}
    john.phone.bye(john.result()[1])
    again = dialled(sip, rtp)
    inbox = api.inbox("first")
    n = inbox.wait_for(lambda n: n["changeType"] == "created" and call not in n["resource"], what="the second call")
    a = api.act(n["resourceData"]["id"], "answer", {**answer_body(api), **hosted})
    assert error_of(a) == (403, "7504") and "Calls.AccessMedia.All" in a.json["error"]["message"]
    assert api.delete_call(n["resourceData"]["id"]).status == 204
    assert again.result()[0].status == 480


def test_a_reset_ends_who_rings_who_talks_and_who_is_being_transferred(api, sip, rtp):
    bob = sip("bob").ring_only()
    ringing = dialled(sip, rtp, "bob")
    bob.wait_request("INVITE")
    talking = dialled(sip, rtp, "echo")
    assert talking.result()[0].status == 200
    john, dialog, call, inbox = in_call(api, sip, rtp)
    assert api.act(call, "transfer", {"transferTarget": target(BOB)}).status == 202
    bob.wait_request("INVITE", count=2)
    assert api.send("POST", "/_/reset", {}).status == 204
    assert ringing.result()[0].status == 480
    assert dialog.ended.wait(5) and talking.result()[1].ended.wait(5)
    bob.wait_request("CANCEL", count=2)
    wait_empty(api)


def test_a_crash_frees_the_phones_of_people_who_talk(carillon, api, sip, rtp):
    bob = voice(sip, rtp, "bob", 1000)
    john = dialled(sip, rtp, "bob")
    _, dialog = john.result()
    bob.wait_dialog()
    carillon.kill()
    carillon.restart()
    assert dialog.ended.wait(10)
    assert bob.wait_dialog().ended.wait(10)


@pytest.mark.carillon(config={"media": {"timeout": 5}})
def test_a_phone_that_falls_silent_ends_the_call_of_two_people(api, sip, rtp):
    bob = voice(sip, rtp, "bob", 1000)
    john = dialled(sip, rtp, "bob")
    response, dialog = john.result()
    john.ear.connect(response.body)
    john.ear.say_tone(600)
    bob.ear.wait_tone(600)
    john.ear.close()
    assert dialog.ended.wait(15)
    assert bob.wait_dialog().ended.wait(5)
    wait_empty(api)
