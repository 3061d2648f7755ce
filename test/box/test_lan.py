"""--lan: phones of the network may come, with passwords nobody knows from a page."""
import re

import pytest
from server import run
from waiting import wait_until

LAN = "127.0.0.2"  # a loopback address stands for the one in the network


@pytest.mark.carillon(flags=["--lan", LAN])
def test_a_phone_of_the_network_registers_with_the_printed_password_and_is_rung(carillon, api, sip, rtp):
    assert carillon.ready["sip"].startswith(LAN + ":")
    assert carillon.ready["http"].startswith("127.0.0.1:")
    line = re.compile(r"server (\S+)\s+user john\s+password (\S+)")
    said = wait_until(lambda: line.search(carillon.log()), what="the new passwords")
    assert "john-dev-secret" not in carillon.log()
    stranger = sip("john", register=False, password="john-dev-secret")
    assert stranger.register(expect=None).status in (401, 403)
    sip("john", password=said[2]).pick_up(rtp())
    call = api.create_call()
    api.inbox().wait_active(call)
    legs = api.send("GET", "/_/calls/" + call).json["legs"]
    assert [leg["kind"] for leg in legs] == ["sip"]


def test_an_address_that_is_none_is_refused():
    code, _, err = run("serve", "--lan", "nowhere")
    assert code == 2 and "'nowhere'" in err
