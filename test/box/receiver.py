"""A bot's callback server that writes down every POST, checks signatures, and can misbehave."""
import base64
import hashlib
import hmac
import json
import threading
import time
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import seen
from api import audio_of, state_of, tones_of  # noqa: F401  (for those who import from here)


class Post:
    def __init__(self, path, headers, body):
        self.path = path
        self.headers = headers  # any case
        self.body = body  # bytes as sent
        self.at = time.monotonic()
        self.wall = time.time()
        self.status = None  # what we answered
        self.answered_at = None

    @property
    def json(self):
        return json.loads(self.body)


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128


class Receiver:
    """Answers 202 at once, or what script() says for the next ones. listening False: refused until listen()."""

    def __init__(self, api=None, listening=True):
        self.api = api
        self.posts = []
        self._script = []
        self._changed = threading.Condition()
        self._open = 0
        self.most_open = 0  # POSTs that were in flight at the same time
        mine = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                mine._take(self)

            def log_message(self, *args):
                pass

        self._server = Server(("127.0.0.1", 0), Handler, bind_and_activate=False)
        self._server.server_bind()
        self._thread = None
        if listening:
            self.listen()

    def listen(self):
        self._server.server_activate()
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

    @property
    def uri(self):
        return "http://127.0.0.1:%d/callback" % self._server.server_address[1]

    def close(self):
        if self._thread is not None:
            self._server.shutdown()
            self._thread.join()
        self._server.server_close()

    def script(self, *steps):
        """What the next POSTs get: a status, or (status, delay seconds), or (status, delay, headers)."""
        with self._changed:
            self._script += [s if isinstance(s, tuple) else (s,) for s in steps]

    def _take(self, h):
        body = h.rfile.read(int(h.headers.get("Content-Length") or 0))
        post = Post(h.path, h.headers, body)
        seen.notices(body)
        with self._changed:
            self._open += 1
            self.most_open = max(self.most_open, self._open)
            step = self._script.pop(0) if self._script else (202,)
            self.posts.append(post)
            self._changed.notify_all()
        status, delay, headers = (step + (0, {}))[:3] if len(step) < 3 else step
        if delay:
            time.sleep(delay)
        with self._changed:
            self._open -= 1
            post.status = status
            post.answered_at = time.monotonic()
        h.send_response(status)
        for name, value in (headers or {}).items():
            h.send_header(name, value)
        h.send_header("Content-Length", "0")
        h.end_headers()

    def wait_for(self, check, timeout=10.0, what="what was awaited"):
        """Until check(self) gives something true; returns that."""
        end = time.monotonic() + timeout
        with self._changed:
            while True:
                got = check(self)
                if got:
                    return got
                left = end - time.monotonic()
                if left <= 0:
                    raise AssertionError("no %s in %.1f s; there are:\n%s" % (
                        what, timeout, "\n".join(p.body.decode() for p in self.posts)))
                self._changed.wait(min(left, 0.5))

    def notices(self, only_accepted=False):
        """Every entry of every POST, each webhook-id once, in the order of their coming."""
        seen, out = set(), []
        for p in list(self.posts):
            key = p.headers.get("webhook-id")
            if only_accepted and not (p.status and 200 <= p.status < 300):
                continue
            if key in seen:
                continue
            seen.add(key)
            out += p.json["value"]
        return out

    def wait_state(self, state, timeout=10.0):
        return self.wait_for(
            lambda r: next((n for n in r.notices() if state_of(n) == state), None), timeout,
            "state " + state)

    def wait_end(self, timeout=15.0):
        n = self.wait_for(
            lambda r: next((n for n in r.notices() if n["changeType"] == "deleted" and
                            state_of(n) == "terminated"), None), timeout, "end")
        return n["resourceData"]["resultInfo"]

    # signatures

    def keys(self):
        """The published keys, by kid."""
        doc = self.api.send("GET", "/v1/.well-known/OpenIdConfiguration")
        assert doc.status == 200, doc
        path = urllib.parse.urlsplit(doc.json["jwks_uri"])
        jwks = self.api.send("GET", path.path + ("?" + path.query if path.query else ""))
        assert jwks.status == 200, jwks
        return {k["kid"]: k for k in jwks.json["keys"]}

    def claims(self, post):
        """The claims of the POST's bearer token, after its signature was found good."""
        scheme, _, token = post.headers["Authorization"].partition(" ")
        assert scheme == "Bearer"
        return verify_rs256(token, self.keys())


def _unb64(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


SHA256_PREFIX = bytes.fromhex("3031300d060960864801650304020105000420")


def verify_rs256(token, keys):
    """(header, claims) of a JWT whose RS256 signature is right (RFC 8017 8.2.2)."""
    head, body, signature = token.split(".")
    header = json.loads(_unb64(head))
    assert header["alg"] == "RS256", header
    key = keys[header["kid"]]
    n, e = (int.from_bytes(_unb64(key[part]), "big") for part in ("n", "e"))
    size = (n.bit_length() + 7) // 8
    got = pow(int.from_bytes(_unb64(signature), "big"), e, n).to_bytes(size, "big")
    want = SHA256_PREFIX + hashlib.sha256((head + "." + body).encode()).digest()
    want = b"\x00\x01" + b"\xff" * (size - len(want) - 3) + b"\x00" + want
    assert hmac.compare_digest(got, want), "the signature is wrong"
    return header, json.loads(_unb64(body))


def webhook_signature_is_good(post, secret):
    """Standard Webhooks: HMAC-SHA256 over id.timestamp.body."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    text = "%s.%s." % (post.headers["webhook-id"], post.headers["webhook-timestamp"])
    want = base64.b64encode(hmac.new(key, text.encode() + post.body, hashlib.sha256).digest()).decode()
    return any(hmac.compare_digest(part, "v1," + want)
               for part in post.headers["webhook-signature"].split())
