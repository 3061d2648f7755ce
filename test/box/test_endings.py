"""How calls end when nobody says goodbye: time-outs, crashes, the end of the server."""
import threading
import time

import pytest

from api import BUSY, JOHN, PICKER
from receiver import state_of
from server import Server
from waiting import wait_until


def in_call(api, john, r, callback=None):
    john.pick_up(r)
    call = api.create_call([JOHN], callback)
    d = john.wait_dialog()
    wait_until(lambda: api.get_call(call).json["state"] == "established", 5, "the answer")
    return call, d


@pytest.mark.carillon(config={"media": {"timeout": 5}})
def test_a_phone_that_falls_silent_is_given_up(api, sip, rtp):
    john, r = sip("john"), rtp()
    r.say_tone(600)
    call, d = in_call(api, john, r)
    r.wait_packets(10)
    count = len(r.received)
    r.wait_packets(count + 300)  # six seconds in which it speaks
    assert api.get_call(call).json["state"] == "established"
    r.be_silent()
    r.send_rtcp = False
    end = api.inbox().wait_end(call)
    assert (end["code"], end["subcode"]) == (410, 301005)
    assert d.ended.wait(5), "the phone got no BYE"


@pytest.mark.carillon(config={"media": {"timeout": 5}})
def test_rtcp_alone_keeps_a_muted_phone_in_its_call(api, sip, rtp):
    john, r = sip("john"), rtp()
    call, _ = in_call(api, john, r)  # says nothing, but reports each second
    r.wait_packets(10)
    count = len(r.received)
    r.wait_packets(count + 300)
    assert api.get_call(call).json["state"] == "established"


def test_a_bot_that_keeps_nothing_alive_loses_the_call(api):
    call = api.create_call([PICKER])
    api.inbox().wait_active(call)
    api.advance(44 * 60)
    assert api.get_call(call).json["state"] == "established"
    assert api.act(call, "keepAlive").status == 200
    api.advance(44 * 60)
    assert api.get_call(call).json["state"] == "established"
    api.advance(2 * 60)
    end = api.inbox().wait_end(call)
    assert (end["code"], end["subcode"]) == (408, 8537)


def test_the_end_of_the_server_ends_its_calls(carillon, api, receiver, sip, rtp):
    call, d = in_call(api, sip("john"), rtp(), receiver.uri)
    assert carillon.stop() == 0
    assert d.ended.is_set() or d.ended.wait(2), "the phone got no BYE"
    end = receiver.wait_end()
    assert (end["code"], end["subcode"]) == (503, 9002)
    assert call


def test_a_crash_ends_calls_and_frees_phones(carillon, api, receiver, sip, rtp):
    _, d = in_call(api, sip("john"), rtp(), receiver.uri)
    receiver.wait_state("established")
    carillon.kill()
    carillon.restart()
    end = receiver.wait_end()
    assert (end["code"], end["subcode"]) == (500, 9001)
    assert d.ended.wait(10), "the phone got no BYE within 10 s"
    states = [state_of(n) for n in receiver.notices()]
    assert states[:2] == ["establishing", "established"] and states[-1] == "terminated"


def test_a_crash_frees_a_phone_that_had_called_echo(carillon, sip, rtp):
    john, r = sip("john"), rtp()
    response, d = john.invite("echo", r.sdp())
    assert response.status == 200
    carillon.kill()
    carillon.restart()
    assert d.ended.wait(10), "the phone got no BYE within 10 s"
    assert d.local.split("tag=")[1] in john.wait_request("BYE").get("to")


def test_a_registration_lives_through_a_restart(carillon, sip, rtp):
    john = sip("john").pick_up(rtp())
    carillon.restart()
    api = carillon.api()
    call = api.create_call([JOHN])
    api.inbox().wait_active(call)
    john.wait_dialog()


def test_a_second_server_on_the_same_folder_is_refused(carillon, tmp_path):
    second = Server(tmp_path)
    with pytest.raises(AssertionError, match="ended with"):
        second.start()
    assert carillon.alive()


def test_the_same_request_twice_rings_once(api, sip, rtp):
    john = sip("john").pick_up(rtp())
    headers = {"client-request-id": "0f0f0f0f-1111-2222-3333-444444444444"}
    body = api.call_body([JOHN])
    first = api.request("POST", "/beta/app/calls", body, headers)
    second = api.request("POST", "/beta/app/calls", body, headers)
    assert first.status == second.status == 201
    assert first.body == second.body
    assert second.headers["Carillon-Replayed"] == "true"
    other = api.request("POST", "/beta/app/calls", api.call_body([BUSY]), headers)
    assert other.status == 409, other
    assert other.json["error"]["code"] == "8519"
    john.wait_dialog()
    api.inbox().wait_active(first.json["id"])
    assert len({m.call_id for m in john.received if m.method == "INVITE"}) == 1


def test_many_calls_at_once_all_come_to_life_and_end(api):
    """As many as one application may have, and one more is told to wait."""
    calls, lock = [], threading.Lock()

    def make(n):
        for _ in range(n):
            call = api.create_call([PICKER], api.inbox_uri("many"))
            with lock:
                calls.append(call)
    api.token()
    threads = [threading.Thread(target=make, args=(25,)) for _ in range(4)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert len(set(calls)) == 100
    refused = api.request("POST", "/beta/app/calls", api.call_body([PICKER]))
    assert refused.status == 429, refused
    assert int(refused.headers["Retry-After"]) >= 1
    inbox = api.inbox("many")
    for call in calls:
        inbox.wait_active(call, 20)
    for call in calls:
        assert api.delete_call(call).status == 204
    for call in calls:
        assert inbox.wait_end(call, 20)["subcode"] == 7000
    begun = time.monotonic()
    again = api.create_call([PICKER], api.inbox_uri("again"))
    api.inbox("again").wait_active(again)
    assert time.monotonic() - begun < 5
