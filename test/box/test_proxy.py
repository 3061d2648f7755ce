"""dial_out.proxy: what is dialled goes through it, what may not be dialled does not, and it learns no more than it must."""
import http.server
import json
import os
import shutil
import ssl
import subprocess
import threading

import pytest
import server as server_module
import sound
from api import BUSY, JOHN
from connect_proxy import ConnectProxy
from receiver import Receiver, state_of
from server import Server, run
from waiting import wait_until

BOT = "10.1.2.3:8080"  # nobody is there: only the proxy knows the way


class Files:
    """An HTTP server of these paths: bytes, or the address that a redirect points to."""

    def __init__(self, files):
        self.asked = []
        mine = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                mine.asked.append((self.path, self.headers))
                what = files.get(self.path)
                self.send_response(404 if what is None else 200 if isinstance(what, bytes) else 302)
                if isinstance(what, str):
                    self.send_header("Location", what)
                self.send_header("Content-Length", str(len(what) if isinstance(what, bytes) else 0))
                self.end_headers()
                if isinstance(what, bytes):
                    self.wfile.write(what)

            def log_message(self, *args):
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.at = self._server.server_address
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

    def close(self):
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@pytest.fixture
def make(bin):
    """make(Kind, ...): it is closed after the test."""
    def it(kind, *args, **more):
        thing = kind(*args, **more)
        bin.append(thing)
        return thing
    return it


@pytest.fixture
def serve(request, tmp_path):
    """Starts a dev server behind a proxy: serve(proxy, key=value of dial_out...)."""
    made = []

    def start(proxy, more=None, **dial_out):
        s = Server(tmp_path, config={"dial_out": {"proxy": proxy.url, **dial_out}, **(more or {})},
                   env={"http_proxy": "http://127.0.0.1:1", "HTTPS_PROXY": "http://127.0.0.1:1", "NO_PROXY": "*"})
        request.node.carillon_server = s
        made.append(s)
        return s.start()
    yield start
    for s in made:
        died = s.process is not None and not s.alive()
        assert s.stop() == 0 and not died, s.log()


@pytest.fixture
def receiver(make):
    return make(Receiver)


def port_of(receiver):
    return receiver._server.server_address[:2]


def to(target, path="/callback"):
    return "http://%s%s" % (target, path)


def owed(api):
    return api.send("GET", "/_/notices?state=owed").json["value"]


# addresses


def test_notices_go_through_the_proxy_and_it_sees_nothing_of_them(make, serve, receiver):
    proxy = make(ConnectProxy, {BOT: port_of(receiver)})
    api = serve(proxy).api()
    api.create_call([BUSY], to(BOT))
    receiver.wait_end()
    assert set(proxy.targets()) == {BOT}
    for method, _, headers in proxy.asked:
        assert method == "CONNECT"
        assert set(headers) <= {"host", "user-agent", "proxy-connection"}, headers
    assert all("Proxy-Authorization" not in p.headers for p in receiver.posts)
    assert receiver.posts[0].headers["Host"] == BOT


def test_a_tunnel_is_used_again(make, serve, receiver):
    proxy = make(ConnectProxy, {BOT: port_of(receiver)})
    api = serve(proxy).api()
    for _ in range(3):
        call = api.create_call([BUSY], to(BOT))
        receiver.wait_for(lambda r: any(call in n["resource"] and state_of(n) == "terminated" for n in r.notices()))
    assert len(proxy.asked) < len(receiver.posts)


def test_prompts_go_through_it_and_each_hop_is_judged(make, serve):
    wav = sound.wav_bytes(sound.tone(600, 300, 16000, -10))
    files = make(Files, {"/good.wav": wav, "/moved.wav": "http://10.1.2.5:81/good.wav",
                         "/bad.wav": "http://169.254.169.254/latest/meta-data"})
    proxy = make(ConnectProxy, {"10.1.2.4:80": files.at, "10.1.2.5:81": files.at, "169.254.169.254:80": files.at})
    api = serve(proxy).api()
    call = api.create_call([JOHN])
    inbox = api.inbox()
    inbox.wait_active(call)
    ends = []
    for name in ("good", "moved", "bad"):
        op = api.play(call, "http://10.1.2.4/%s.wav" % name, name)
        ends.append(inbox.wait_for(lambda n: op["id"] in n["resource"])["resourceData"]["resultInfo"]["subcode"])
    assert ends == [0, 0, 8536]
    assert set(proxy.targets()) == {"10.1.2.4:80", "10.1.2.5:81"}
    assert [path for path, _ in files.asked] == ["/good.wav", "/moved.wav", "/good.wav", "/bad.wav"]


def test_keys_of_issuers_go_through_it(make, serve):
    files = make(Files, {"/keys": b'{"keys":[]}'})
    proxy = make(ConnectProxy, {"10.1.2.6:9000": files.at})
    serve(proxy, {"identity": {"issuers": [{"issuer": "https://sso.example", "audiences": ["x"],
                                            "jwks_uri": "http://10.1.2.6:9000/keys"}]}})
    wait_until(lambda: [path for path, _ in files.asked] == ["/keys"], 10, "the request for keys")
    assert proxy.targets() == ["10.1.2.6:9000"]


def test_what_is_on_this_machine_goes_without_it(make, serve, receiver):
    proxy = make(ConnectProxy)
    api = serve(proxy).api()
    call = api.create_call([BUSY], receiver.uri)
    receiver.wait_end()
    api.create_call([BUSY], "https://bot.contoso.com/callback")
    api.inbox("first").wait_for(lambda n: state_of(n) == "terminated")
    api.create_call([BUSY], receiver.uri.replace("127.0.0.1", "localhost"))
    receiver.wait_for(lambda r: any(state_of(n) == "terminated" and call not in n["resource"] for n in r.notices()))
    assert proxy.asked == []


def test_an_address_that_may_not_be_dialled_is_not_asked_of_the_proxy(make, serve):
    proxy = make(ConnectProxy)
    api = serve(proxy, private_nets=False).api()
    for target in ("10.1.2.3:8080", "169.254.169.254", "192.168.0.1", "[fd00::1]", "[::ffff:10.0.0.1]"):
        a = api.request("POST", "/beta/app/calls", api.call_body([BUSY], to(target)))
        assert a.status == 400, (target, a)
    assert proxy.asked == []


# the proxy itself


def test_its_user_and_password_go_to_it_alone_and_are_shown_to_nobody(make, serve, receiver):
    proxy = make(ConnectProxy, {BOT: port_of(receiver)}, "carillon", "hush-hush")
    s = serve(proxy, proxy_user="carillon", proxy_password="hush-hush")
    s.api().create_call([BUSY], to(BOT))
    receiver.wait_end()
    assert all(h["proxy-authorization"] == proxy.login for _, _, h in proxy.asked)
    assert all("Proxy-Authorization" not in p.headers for p in receiver.posts)
    assert "hush-hush" not in s.log()
    shown = json.loads(run("config", "print", "--config", os.path.join(s.folder, "config.yaml"))[1])["dial_out"]
    assert (shown["proxy"], shown["proxy_user"], shown["proxy_password"]) == (proxy.url, "carillon", "***")


@pytest.mark.parametrize("status", ["403 Forbidden", "407 Who are you", "502 Bad Gateway", "302 Elsewhere"])
def test_what_the_proxy_refuses_is_owed_and_never_parked(make, serve, receiver, status):
    proxy = make(ConnectProxy, {BOT: port_of(receiver)})
    proxy.status = status
    api = serve(proxy).api()
    api.create_call([BUSY], to(BOT))
    row = wait_until(lambda: [r for r in owed(api) if r["tries"] >= 3], 20, "three tries")[0]
    assert (row["state"], row["lastStatus"]) == ("owed", 0) and "proxy" in row["answer"]
    assert api.send("GET", "/_/notices?state=parked").json["value"] == []
    proxy.status = None
    receiver.wait_end(20)  # the proxy's own Retry-After of an hour is not the bot's


def test_a_proxy_that_is_away_is_waited_for(make, serve, receiver):
    proxy = make(ConnectProxy)
    url = proxy.url
    api = serve(proxy).api()
    proxy.close = lambda: None
    ConnectProxy.close(proxy)
    api.create_call([BUSY], to(BOT))
    row = wait_until(lambda: [r for r in owed(api) if r["tries"] >= 1], 20, "a try")[0]
    assert "proxy" in row["answer"] and url not in row["answer"]


# names


HOSTS = """127.0.0.1 localhost
10.1.2.3 bot.example
fd00::7 two.example
10.1.2.7 two.example
169.254.169.254 mixed.example
10.1.2.8 mixed.example
169.254.169.254 metadata.example
127.0.0.1 inside.example straight.example
"""


@pytest.fixture
def hosts(tmp_path, monkeypatch):
    """The server has an /etc/hosts of its own."""
    if os.geteuid() != 0 or not shutil.which("unshare"):
        pytest.skip("an /etc/hosts of its own needs root and unshare (util-linux)")
    path, script = tmp_path / "hosts", tmp_path / "with-hosts"
    path.write_text(HOSTS)
    script.write_text("#!/bin/sh\nexec unshare -m --propagation private sh -c 'mount --bind \"$0\" /etc/hosts && "
                      "exec \"$@\"' '%s' '%s' \"$@\"\n" % (path, server_module.PROGRAM))
    script.chmod(0o700)
    tried = subprocess.run([str(script), "--version"], capture_output=True, text=True, timeout=30)
    if tried.returncode != 0:
        pytest.skip("nothing can be mounted here: " + tried.stderr.strip())
    monkeypatch.setattr(server_module, "PROGRAM", str(script))


def test_a_name_is_judged_here_and_the_proxy_gets_the_address(hosts, make, serve, receiver):
    proxy = make(ConnectProxy, {t + ":8080": port_of(receiver) for t in ("10.1.2.3", "10.1.2.7", "10.1.2.8")})
    api = serve(proxy).api()
    for name, address in (("bot", "10.1.2.3"), ("two", "10.1.2.7"), ("mixed", "10.1.2.8")):
        before = len(receiver.posts)
        call = api.create_call([BUSY], "http://%s.example:8080/callback" % name)
        receiver.wait_for(lambda r: any(call in n["resource"] and state_of(n) == "terminated" for n in r.notices()))
        assert proxy.targets()[-1] == address + ":8080", name
        assert {p.headers["Host"] for p in receiver.posts[before:]} == {name + ".example:8080"}


def test_a_name_that_leads_where_nobody_may_dial_is_not_asked_of_the_proxy(hosts, make, serve):
    proxy = make(ConnectProxy)
    api = serve(proxy, loopback=False, private_nets=True).api()
    for name in ("metadata", "inside"):
        api.create_call([BUSY], "http://%s.example:8080/callback" % name)
    rows = wait_until(lambda: len({r["call"] for r in owed(api) if r["tries"] >= 1}) == 2 and owed(api), 20, "tries")
    assert all("may not be dialled" in r["answer"] for r in rows if r["tries"])
    api.create_call([BUSY], "http://nowhere.invalid:8080/callback")
    wait_until(lambda: [r for r in owed(api) if "does not resolve" in (r["answer"] or "")], 20, "the answer")
    assert proxy.asked == []


def test_tls_through_the_tunnel_is_with_the_name_and_checks_it(hosts, make, serve, tmp_path):
    cert, key = str(tmp_path / "bot.pem"), str(tmp_path / "bot.key")
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                    "-days", "30", "-subj", "/CN=bot", "-addext", "subjectAltName=DNS:bot.example", "-keyout", key,
                    "-out", cert], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    names = []
    context.sni_callback = lambda sock, name, ctx: names.append(name)
    receiver = make(Receiver)
    receiver._server.socket = context.wrap_socket(receiver._server.socket, server_side=True)
    proxy = make(ConnectProxy, {"10.1.2.3:443": port_of(receiver), "10.1.2.7:443": port_of(receiver)})
    api = serve(proxy, ca_file=cert, plain_http=False).api()
    api.create_call([BUSY], "https://bot.example/callback")
    receiver.wait_end()
    assert set(names) == {"bot.example"} and set(proxy.targets()) == {"10.1.2.3:443"}
    before = len(receiver.posts)
    api.create_call([BUSY], "https://two.example/callback")  # the same server, under a name it has no certificate for
    wait_until(lambda: [r for r in owed(api) if "TLS" in (r["answer"] or "")], 20, "the failure")
    assert len(receiver.posts) == before


def test_names_and_ranges_of_no_proxy_go_without_it(hosts, make, serve, receiver):
    proxy = make(ConnectProxy)
    api = serve(proxy, no_proxy=["10.0.0.0/8", ".example"]).api()
    api.create_call([BUSY], receiver.uri.replace("127.0.0.1", "straight.example"))
    receiver.wait_end()
    assert proxy.asked == []


def test_a_proxy_that_resolves_gets_the_name_and_addresses_are_judged_all_the_same(make, serve, receiver):
    target = "bot.of.no.zone.invalid:8080"
    proxy = make(ConnectProxy, {target: port_of(receiver)})
    s = serve(proxy, proxy_resolves=True)
    api = s.api()
    api.create_call([BUSY], to(target))
    receiver.wait_end()
    assert set(proxy.targets()) == {target}
    assert "must refuse private ones" in s.log()
    assert api.request("POST", "/beta/app/calls", api.call_body([BUSY], to("169.254.169.254"))).status == 400


# the configuration


@pytest.mark.parametrize("lines,words", [
    (["proxy: https://p.example:3128"], "not http://HOST:PORT"),
    (["proxy: http://p.example"], "not http://HOST:PORT"),
    (["proxy: http://[::1]"], "not http://HOST:PORT"),
    (["proxy: http://p.example:3128/"], "not http://HOST:PORT"),
    (["proxy: p.example:3128"], "begin with"),
    (["proxy: http://me:hush@p.example:3128"], "proxy_password"),
    (["proxy_user: me"], "is missing"),
    (["proxy_resolves: true"], "is missing"),
    (["proxy: http://p.example:3128", "no_proxy: ['a b']"], "no_proxy[0]"),
    (["proxy: http://p.example:3128", "no_proxy: [fine.example, '*']"], "no_proxy[1]"),
    (["proxy: http://p.example:3128", "no_proxy: [10.0.0.0/40]"], "no_proxy[0]"),
])
def test_a_mistake_about_the_proxy_is_named_with_its_line(tmp_path, lines, words):
    path = tmp_path / "c.yaml"
    path.write_text("dial_out:\n  " + "\n  ".join(lines) + "\n")
    code, out, err = run("config", "check", "--config", str(path))
    line = 1 if "is missing" in words else 1 + len(lines)
    assert code == 1 and "%s:%d: 'dial_out." % (path, line) in err and words in err, err
    assert "hush" not in out + err
