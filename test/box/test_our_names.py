"""What the server calls itself in its answers: where it was asked, or the one name that the operator gave it."""
import http.client
import json
import os
import ssl
import urllib.parse

import pytest

from api import TENANT, Answer, Api
from issuer import claims_of

NAMED = "https://calls.example.org"


class TlsApi(Api):
    """The same over TLS, believing only the server's own CA."""

    def __init__(self, server):
        super().__init__(server.ready["https"])
        self.context = ssl.create_default_context(cafile=os.path.join(server.data, "ca.pem"))

    def send(self, method, path, body=None, headers=None, timeout=60):
        c = http.client.HTTPSConnection(self.at, timeout=timeout, context=self.context)
        try:
            text = body if body is None or isinstance(body, str) else json.dumps(body)
            c.request(method, path, text, {"Content-Type": "application/json", **(headers or {})})
            r = c.getresponse()
            return Answer(r.status, r.headers, r.read())
        finally:
            c.close()


def addresses(api):
    """Every address of ours that a client comes to see."""
    issuer = api.send("GET", "/%s/v2.0/.well-known/openid-configuration" % TENANT).json
    notices = api.send("GET", "/v1/.well-known/OpenIdConfiguration").json
    made = api.request("POST", "/v1.0/communications/calls", api.call_body(callback="http://127.0.0.1:9/callback"))
    assert made.status == 201, made
    refused = api.send("GET", "/v1.0/communications/calls/x")
    return {
        "issuer": issuer["issuer"], "token": issuer["token_endpoint"], "keys": issuer["jwks_uri"],
        "iss": claims_of(api.token())["iss"], "notice keys": notices["jwks_uri"],
        "location": made.headers["Location"], "context": made.json["@odata.context"],
        "authorization": refused.headers["WWW-Authenticate"].split('authorization_uri="')[1].split('"')[0]}


def roots(api):
    parts = {name: urllib.parse.urlsplit(url) for name, url in addresses(api).items()}
    return {name: "%s://%s" % (p.scheme, p.netloc) for name, p in parts.items()}


def test_who_comes_over_tls_is_not_led_away_from_it(carillon):
    """MSAL takes no issuer but the one it asked, and a token must not leave TLS by following a Location."""
    for api, scheme in ((TlsApi(carillon), "https"), (carillon.api(), "http")):
        assert set(roots(api).values()) == {"%s://%s" % (scheme, api.at)}, roots(api)


def test_the_notices_issuer_is_one_however_it_is_asked(carillon):
    path = "/v1/.well-known/OpenIdConfiguration"
    assert TlsApi(carillon).send("GET", path).json["issuer"] == carillon.api().send("GET", path).json["issuer"]


def test_a_token_of_either_name_is_good_at_both(carillon):
    plain, tls = carillon.api(), TlsApi(carillon)
    for asked, used in ((plain, tls), (tls, plain)):
        a = used.send("GET", "/v1.0/communications/calls/x", headers={"Authorization": "Bearer " + asked.token()})
        assert a.status == 404, a


@pytest.mark.carillon(flags=["--public-url", NAMED])
def test_the_operators_name_goes_before_where_we_listen(carillon):
    for api in (TlsApi(carillon), carillon.api()):
        assert set(roots(api).values()) == {NAMED}, roots(api)
