"""What a bot's own callback server sees: order, signatures, and what happens when it misbehaves."""
import time

from api import BUSY, CALLING_BOT, JOHN, TENANT, WEBHOOK_SECRET
from receiver import Receiver, state_of, webhook_signature_is_good


def test_notices_come_in_order_one_at_a_time(api, receiver):
    call = api.create_call([JOHN], receiver.uri)
    receiver.wait_state("established")
    api.delete_call(call)
    receiver.wait_end()
    states = [state_of(n) for n in receiver.notices()]
    assert states == ["establishing", "established", "terminating", "terminated"]
    assert receiver.most_open == 1


def test_every_notice_is_signed_with_a_published_key(api, receiver):
    call = api.create_call([JOHN], receiver.uri)
    receiver.wait_state("established")
    for post in list(receiver.posts):
        header, claims = receiver.claims(post)
        assert header["typ"] == "notice+jwt"
        assert claims["iss"] == "https://graph.microsoft.com"
        assert claims["aud"] == CALLING_BOT
        assert claims["tid"] == TENANT
        assert claims["nbf"] <= post.wall + 300 and claims["exp"] > post.wall
        assert claims["exp"] - claims["iat"] <= 3660
        assert post.headers["Content-Type"].startswith("application/json")
        assert post.headers["X-Microsoft-Skype-Message-ID"]
    chains = {p.headers["X-Microsoft-Skype-Chain-ID"] for p in receiver.posts}
    assert len(chains) == 1 and "" not in chains
    assert call


def test_a_notice_token_is_no_access_token(api, receiver):
    api.create_call([JOHN], receiver.uri)
    receiver.wait_state("established")
    stolen = receiver.posts[0].headers["Authorization"]
    a = api.send("POST", "/beta/app/calls", api.call_body(), {"Authorization": stolen})
    assert a.status == 401, a


def test_the_webhook_signature_is_good(api, receiver):
    api.create_call([JOHN], receiver.uri)
    receiver.wait_state("established")
    for post in list(receiver.posts):
        assert abs(int(post.headers["webhook-timestamp"]) - post.wall) < 60
        assert webhook_signature_is_good(post, WEBHOOK_SECRET)
        assert not webhook_signature_is_good(post, "whsec_" + WEBHOOK_SECRET[6:].swapcase())


def test_each_notice_has_an_id_of_its_own(api, receiver):
    api.create_call([BUSY], receiver.uri)
    receiver.wait_end()
    ids = [p.headers["webhook-id"] for p in receiver.posts]
    assert all(ids) and len(set(ids)) == len(ids)


def test_a_refused_notice_comes_again_with_its_id_and_bytes(api, receiver):
    receiver.script(503)
    api.create_call([BUSY], receiver.uri)
    receiver.wait_end(timeout=30)
    first, second = receiver.posts[:2]
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    assert first.body == second.body
    assert receiver.posts.index(second) == 1
    assert [state_of(n) for n in receiver.notices()][0] == "establishing"


def test_order_stays_while_the_endpoint_is_down(api, receiver):
    receiver.script(500, 500, 503)
    call = api.create_call([JOHN], receiver.uri)
    receiver.wait_for(lambda r: len(r.posts) >= 2, 15)
    api.delete_call(call)
    receiver.wait_end(timeout=40)
    states = [state_of(n) for n in receiver.notices(only_accepted=True)]
    assert states == ["establishing", "established", "terminating", "terminated"]


def test_a_slow_receiver_holds_up_only_its_own_call(api, receiver, bin):
    other = Receiver(api)
    bin.append(other)
    receiver.script((202, 3))
    api.create_call([BUSY], receiver.uri)
    receiver.wait_for(lambda r: r.posts)
    begun = time.monotonic()
    api.create_call([BUSY], other.uri)
    other.wait_end()
    assert time.monotonic() - begun < 2.5
    assert len(receiver.posts) == 1


def test_an_answer_201_counts_as_delivered(api, receiver):
    receiver.script(200, 204, 201, 299)
    api.create_call([BUSY], receiver.uri)
    receiver.wait_end()
    ids = [p.headers["webhook-id"] for p in receiver.posts]
    assert len(set(ids)) == len(ids)


def test_the_scenario_of_the_request_is_repeated(api, receiver):
    api.create_call([BUSY], receiver.uri, headers={"Scenario-Id": "11112222-3333-4444-5555-666677778888"})
    receiver.wait_end()
    assert receiver.posts[-1].headers["Scenario-Id"] == "11112222-3333-4444-5555-666677778888"


def test_what_was_owed_before_a_crash_comes_after_it(carillon, api, receiver):
    receiver.script(503, 503, 503)
    api.create_call([BUSY], receiver.uri)
    receiver.wait_for(lambda r: r.posts)
    carillon.kill()
    first = receiver.posts[0].headers["webhook-id"]
    seen = len(receiver.posts)
    carillon.restart()
    receiver.wait_for(lambda r: len(r.posts) > seen, 30, "notices after the restart")
    again = receiver.posts[seen]
    assert again.headers["webhook-id"] == first
    assert again.body == receiver.posts[0].body, "another body under the same webhook-id"
    receiver.wait_end(timeout=30)
    assert [state_of(n) for n in receiver.notices()][0] == "establishing"
