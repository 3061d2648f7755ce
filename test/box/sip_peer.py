"""A scripted SIP phone over UDP: it registers, rings, answers, holds, presses keys, or does not.

It does what it is told, right or wrong; what it is not told it does as RFC 3261 says.
"""
import hashlib
import queue
import random
import re
import socket
import threading
import time


class Message:
    """A SIP request or response; headers by their long names in small letters."""

    SHORT = {"v": "via", "f": "from", "t": "to", "i": "call-id", "m": "contact", "l": "content-length",
             "c": "content-type", "k": "supported", "x": "session-expires"}

    def __init__(self, raw):
        head, _, self.body = raw.decode("utf-8", "replace").partition("\r\n\r\n")
        lines = head.split("\r\n")
        self.first = lines[0]
        self.raw = raw
        self.all = []
        for line in lines[1:]:
            name, _, value = line.partition(":")
            name = name.strip().lower()
            self.all.append((self.SHORT.get(name, name), value.strip()))
        self.is_response = self.first.startswith("SIP/2.0 ")
        if self.is_response:
            self.status = int(self.first.split()[1])
            self.method = self.get("cseq").split()[1]
        else:
            self.method, self.uri = self.first.split()[:2]
        self.at = time.monotonic()

    def get(self, name, default=""):
        return next((v for n, v in self.all if n == name), default)

    def every(self, name):
        return [v for n, v in self.all if n == name]

    @property
    def call_id(self):
        return self.get("call-id")

    @property
    def branch(self):
        found = re.search(r"branch=([^;,\s]+)", self.get("via"))
        return found.group(1) if found else ""

    @property
    def cseq(self):
        return int(self.get("cseq").split()[0])


def uri_of(header):
    """The address inside <> or before the parameters."""
    found = re.search(r"<([^>]+)>", header)
    return found.group(1) if found else header.split(";")[0].strip()


def tag_of(header):
    found = re.search(r";\s*tag=([^;\s]+)", header)
    return found.group(1) if found else ""


MIRROR = {"sendonly": "recvonly", "recvonly": "sendonly", "inactive": "inactive"}


def mirrored(sdp, offer):
    """Our description with the direction that answers the offer's (RFC 3264 6.1)."""
    said = re.search(r"^a=(sendonly|recvonly|inactive)\s*$", offer or "", re.M)
    return re.sub(r"(?m)^a=(sendrecv|sendonly|recvonly|inactive)",
                  "a=" + (MIRROR[said.group(1)] if said else "sendrecv"), sdp)


class Dialog:
    def __init__(self, call_id, local, remote, target, routes, cseq):
        self.call_id, self.local, self.remote = call_id, local, remote
        self.target, self.routes, self.cseq = target, routes, cseq
        self.invite = None  # the newest INVITE of either side
        self.acked = threading.Event()
        self.ended = threading.Event()
        self.remote_sdp = self.my_sdp = self.ack_text = ""
        self.acked_cseq = None  # of our newest INVITE that we said ACK to


class SipPeer:
    transport = "UDP"
    t1 = 0.5  # seconds until a request is sent again (RFC 3261 17.1.1.1)

    def __init__(self, server, user, password=None, realm_user=None, ip="127.0.0.1"):
        self.server = server
        self.user = user
        self.ip = ip
        self.auth_user = realm_user or user
        self.password = password or user + "-dev-secret"
        self.random = random.Random("%s-%s" % (user, time.monotonic_ns()))
        self.socket = self._open()
        self.socket.settimeout(0.1)
        self.port = self.socket.getsockname()[1]
        self.received = []  # requests, retransmissions too
        self.dialogs = {}
        self._answers = {}  # branch: queue of responses
        self._said = {}  # (branch, method): our response, for retransmissions
        self._changed = threading.Condition()
        self._stop = False
        self.on_invite = None  # what an INVITE gets: see answer_with() and the like
        self.on_cancel = lambda invite: self.reply(invite, 487, "Request Terminated")
        self._cseq = self.random.randrange(1000)
        self._reg_call_id = self._word()
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _open(self):
        s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        s.bind((self.ip, 0))
        return s

    def close(self):
        self._stop = True
        self._thread.join()
        self.socket.close()

    # words

    def _word(self):
        return "%016x" % self.random.getrandbits(64)

    @property
    def contact(self):
        return "<sip:%s@%s:%d>" % (self.user, self.ip, self.port)

    @property
    def host(self):
        return "%s:%d" % self.server

    def _send(self, text, to=None):
        self.socket.sendto(text.encode() if isinstance(text, str) else text, to or self.server)

    def _build(self, method, uri, headers, body="", branch=None):
        branch = branch or "z9hG4bK" + self._word()
        lines = ["%s %s SIP/2.0" % (method, uri),
                 "Via: SIP/2.0/%s %s:%d;branch=%s;rport" % (self.transport, self.ip, self.port, branch),
                 "Max-Forwards: 70"] + headers
        lines += ["Content-Length: %d" % len(body.encode()), "", body]
        return branch, "\r\n".join(lines)

    # requests of ours

    def request(self, method, uri, headers, body="", timeout=5.0, provisional=None):
        """Sends until there is a final response, and returns that. provisional gets the 1xx."""
        branch, text = self._build(method, uri, headers, body)
        answers = self._answers[branch] = queue.Queue()
        end, pause, answered = time.monotonic() + timeout, self.t1, False
        self._send(text)
        while True:
            left = end - time.monotonic()
            if left <= 0:
                raise AssertionError("no answer to %s in %.1f s" % (method, timeout))
            try:
                r = answers.get(timeout=min(pause, left))
            except queue.Empty:
                pause = min(pause * 2, 4.0)
                if not answered:
                    self._send(text)
                continue
            answered = True
            if r.status >= 200:
                r.request_branch = branch
                r.request_text = text
                return r
            if provisional is not None:
                provisional.append(r)

    def _credentials(self, r, method, uri):
        """The header that answers a challenge (RFC 2617, MD5)."""
        name = "www-authenticate" if r.status == 401 else "proxy-authenticate"
        challenge = next((v for v in r.every(name) if "MD5" in v or "algorithm" not in v),
                         r.get(name))
        p = dict((k.lower(), a or b) for k, a, b in
                 re.findall(r'(\w+)\s*=\s*(?:"([^"]*)"|([^",\s]+))', challenge))

        def md5(text):
            return hashlib.md5(text.encode()).hexdigest()

        ha1 = md5("%s:%s:%s" % (self.auth_user, p["realm"], self.password))
        ha2 = md5("%s:%s" % (method, uri))
        out = {"username": self.auth_user, "realm": p["realm"], "nonce": p["nonce"], "uri": uri}
        if "qop" in p:
            out["cnonce"] = self._word()
            response = md5("%s:%s:00000001:%s:auth:%s" % (ha1, p["nonce"], out["cnonce"], ha2))
        else:
            response = md5("%s:%s:%s" % (ha1, p["nonce"], ha2))
        out["response"] = response
        if "opaque" in p:
            out["opaque"] = p["opaque"]
        text = ", ".join('%s="%s"' % kv for kv in out.items()) + ", algorithm=MD5"
        if "qop" in p:
            text += ", qop=auth, nc=00000001"
        return "%s: Digest %s" % ("Authorization" if r.status == 401 else "Proxy-Authorization", text)

    def register(self, expires=300, expect=200):
        """REGISTER with digest; returns the final response."""
        uri, tag = "sip:" + self.host, self._word()
        headers = []
        for _ in range(3):
            self._cseq += 1
            r = self.request("REGISTER", uri, [
                "From: <sip:%s@%s>;tag=%s" % (self.user, self.host, tag),
                "To: <sip:%s@%s>" % (self.user, self.host), "Call-ID: " + self._reg_call_id,
                "CSeq: %d REGISTER" % self._cseq, "Contact: %s;expires=%d" % (self.contact, expires)
            ] + headers)
            if r.status != 401 or headers:
                break
            headers = [self._credentials(r, "REGISTER", uri)]
        if expect is not None:
            assert r.status == expect, r.first
        return r

    def options(self):
        self._cseq += 1
        return self.request("OPTIONS", "sip:" + self.host, [
            "From: <sip:%s@%s>;tag=%s" % (self.user, self.host, self._word()),
            "To: <sip:%s>" % self.host, "Call-ID: " + self._word(), "CSeq: %d OPTIONS" % self._cseq,
            "Contact: " + self.contact])

    def invite(self, who, sdp="", ack=True, timeout=10.0, ack_sdp=None, authenticate=True):
        """Calls somebody; returns (response, dialog or None). ack False: never says ACK.
        ack_sdp: the answer to a late offer, a text or a function of the 200's body."""
        uri = who if who.startswith("sip:") else "sip:%s@%s" % (who, self.host)
        local = "<sip:%s@%s>;tag=%s" % (self.user, self.host, self._word())
        call_id, headers, provisional = self._word(), [], []
        for _ in range(2):
            self._cseq += 1
            fixed = ["From: " + local, "To: <%s>" % uri, "Call-ID: " + call_id,
                     "CSeq: %d INVITE" % self._cseq, "Contact: " + self.contact]
            more = ["Content-Type: application/sdp"] if sdp else []
            r = self.request("INVITE", uri, fixed + headers + more, sdp, timeout, provisional)
            if r.status >= 300:
                self._ack_failure(r, uri, fixed)
            if r.status not in (401, 407) or headers or not authenticate:
                break
            headers = [self._credentials(r, "INVITE", uri)]
        r.provisional = provisional
        if r.status >= 300:
            return r, None
        d = Dialog(call_id, local, r.get("to"), uri_of(r.get("contact")),
                   list(reversed(r.every("record-route"))), self._cseq)
        d.remote_sdp = r.body
        body = ack_sdp(r.body) if callable(ack_sdp) else ack_sdp or ""
        d.my_sdp = sdp or body
        with self._changed:
            self.dialogs[call_id] = d
        if ack:
            self._ack(d, d.cseq, body)
        return r, d

    def _ack_failure(self, r, uri, fixed):
        headers = [h for h in fixed if not h.startswith(("To:", "CSeq:", "Contact:"))]
        headers += ["To: " + r.get("to"), "CSeq: %d ACK" % r.cseq]
        _, text = self._build("ACK", uri, headers, branch=r.request_branch)
        self._send(text)

    def _ack(self, d, cseq, body=""):
        headers = self._in_dialog(d, "ACK", cseq)
        if body:
            headers.append("Content-Type: application/sdp")
        _, text = self._build("ACK", d.target, headers, body)
        d.ack_text, d.acked_cseq = text, cseq
        self._send(text)

    def _in_dialog(self, d, method, cseq):
        return (["From: " + d.local, "To: " + d.remote, "Call-ID: " + d.call_id,
                 "CSeq: %d %s" % (cseq, method), "Contact: " + self.contact] +
                ["Route: " + r for r in d.routes])

    def ask(self, d, method, body="", content_type=None, headers=(), timeout=5.0):
        """A request inside a dialog."""
        d.cseq += 1
        more = ["Content-Type: " + content_type] if content_type else []
        return self.request(method, d.target, self._in_dialog(d, method, d.cseq) + more +
                            list(headers), body, timeout)

    def bye(self, d):
        r = self.ask(d, "BYE")
        d.ended.set()
        return r

    def info_key(self, d, key, ms=100):
        return self.ask(d, "INFO", "Signal=%s\r\nDuration=%d\r\n" % (key, ms),
                        "application/dtmf-relay")

    def reinvite(self, d, sdp):
        """Hold, resume, another codec: returns the response, acknowledged."""
        r = self.ask(d, "INVITE", sdp, "application/sdp" if sdp else None)
        if r.status < 300:
            self._ack(d, d.cseq)
            d.remote_sdp = r.body
        else:
            headers = self._in_dialog(d, "ACK", d.cseq)
            _, text = self._build("ACK", d.target, headers, branch=r.request_branch)
            self._send(text)
        return r

    # requests of theirs

    def _receive(self):
        """The next message and where it came from."""
        return self.socket.recvfrom(65536)

    def _read(self):
        while not self._stop:
            try:
                raw, source = self._receive()
            except (socket.timeout, ConnectionError):
                continue
            if not raw.strip():
                continue
            m = Message(raw)
            m.source = source
            if m.is_response:
                self._on_response(m)
            else:
                self._on_request(m)

    def _on_response(self, m):
        if m.method == "INVITE" and 200 <= m.status < 300:
            d = self.dialogs.get(m.call_id)
            if d is not None and d.acked_cseq == m.cseq:
                self._send(d.ack_text)  # our ACK was lost
                return
        answers = self._answers.get(m.branch)
        if answers is not None:
            answers.put(m)

    def _on_request(self, m):
        with self._changed:
            self.received.append(m)
            self._changed.notify_all()
        said = self._said.get((m.branch, m.method))
        if said is not None:
            self._send(said, m.source)
            return
        if m.method == "ACK":
            d = self.dialogs.get(m.call_id)
            if d is not None:
                if m.body:
                    d.remote_sdp = m.body
                d.acked.set()
        elif m.method == "INVITE":
            self._on_invite(m)
        elif m.method == "CANCEL":
            self.reply(m, 200, "OK")
            invite = next((i for i in self.received if i.method == "INVITE" and
                           i.branch == m.branch), None)
            if invite is not None and not getattr(invite, "final", None):
                self.on_cancel(invite)
        elif m.method == "BYE":
            self.reply(m, 200, "OK")
            d = self.dialogs.get(m.call_id)
            if d is not None:
                d.ended.set()
        else:
            self.reply(m, 200, "OK")

    def _on_invite(self, m):
        d = self.dialogs.get(m.call_id)
        if d is not None and tag_of(m.get("to")):  # a re-INVITE: the same sound, their direction
            d.remote_sdp = m.body or d.remote_sdp
            self.reply(m, 200, "OK", body=mirrored(d.my_sdp, m.body))
            return
        if self.on_invite is not None:
            self.on_invite(self, m)

    def reply(self, m, status, reason="", headers=(), body=""):
        """Answers a request; a To tag is added to what needs one."""
        to = m.get("to")
        if status > 100 and not tag_of(to):
            if not hasattr(m, "to_tag"):
                m.to_tag = self._word()
            to += ";tag=" + m.to_tag
        lines = ["SIP/2.0 %d %s" % (status, reason)]
        lines += ["Via: " + v for v in m.every("via")]
        lines += ["Record-Route: " + v for v in m.every("record-route")]
        lines += ["From: " + m.get("from"), "To: " + to, "Call-ID: " + m.call_id,
                  "CSeq: " + m.get("cseq")]
        if m.method == "INVITE" and status > 100:
            lines.append("Contact: " + self.contact)
        if body:
            lines.append("Content-Type: application/sdp")
        lines += list(headers) + ["Content-Length: %d" % len(body.encode()), "", body]
        text = "\r\n".join(lines)
        if status >= 200:
            m.final = status
            self._said[(m.branch, m.method)] = text
        self._send(text, m.source)
        return to

    # scripts for INVITEs

    def answer_with(self, sdp, ring=True, headers=()):
        """Rings and answers 200; sdp: a text, or a function of the offer. headers: more of the 200."""
        def script(_, m):
            if ring:
                self.reply(m, 180, "Ringing")
            body = sdp(m.body) if callable(sdp) else sdp
            d = Dialog(m.call_id, None, m.get("from"), uri_of(m.get("contact")),
                       m.every("record-route"), self.random.randrange(1000))
            d.invite, d.my_sdp, d.remote_sdp = m, body, m.body
            with self._changed:
                self.dialogs[m.call_id] = d
                d.local = self.reply(m, 200, "OK", headers, body)
                self._changed.notify_all()
        self.on_invite = script
        return self

    def refuse_with(self, status, reason="No", ring=False):
        def script(_, m):
            if ring:
                self.reply(m, 180, "Ringing")
            self.reply(m, status, reason)
        self.on_invite = script
        return self

    def ring_only(self):
        def script(_, m):
            self.reply(m, 180, "Ringing")
        self.on_invite = script
        return self

    def pick_up(self, rtp, **more):
        """Answers with that RTP end, which then sends to the offer's address; more: as answer_with()."""
        def sdp(offer):
            if offer:
                rtp.connect(offer)
            return rtp.sdp()
        return self.answer_with(sdp, **more)

    # waiting

    def wait_request(self, method, timeout=10.0, count=1):
        """The count-th different request of that method."""
        end = time.monotonic() + timeout
        with self._changed:
            while True:
                seen = {}
                for m in self.received:
                    if m.method == method:
                        seen.setdefault((m.branch, m.call_id, m.cseq), m)
                if len(seen) >= count:
                    return list(seen.values())[count - 1]
                left = end - time.monotonic()
                if left <= 0:
                    raise AssertionError("no %s in %.1f s; came: %r" % (
                        method, timeout, [m.first for m in self.received]))
                self._changed.wait(left)

    def wait_dialog(self, timeout=10.0):
        """The newest dialog, acknowledged."""
        end = time.monotonic() + timeout
        with self._changed:
            while not self.dialogs:
                left = end - time.monotonic()
                if left <= 0:
                    raise AssertionError("no dialog in %.1f s" % timeout)
                self._changed.wait(left)
            d = list(self.dialogs.values())[-1]
        assert d.acked.wait(max(0.0, end - time.monotonic())), "no ACK came"
        return d
