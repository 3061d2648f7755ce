"""A scripted phone that is one on a desk: it rings for a moment, picks up, and repeats its 200 until the ACK
has come (RFC 3261 section 13.3.1.4). It can be in many calls at once and remembers when each began and ended.
"""
import heapq
import itertools
import random
import threading
import time

from sip_peer import Dialog, SipPeer, uri_of

T1, T2, GIVE_UP = 0.5, 4.0, 32.0  # seconds, RFC 3261 section 17.1.1.1


class DeskPhone(SipPeer):
    """rings: the seconds from INVITE to 200, (at least, at most)."""

    def __init__(self, server, user, sdp, rings=(0.0, 0.05), seed=1, **more):
        self.sdp, self.rings = sdp, rings
        self.dice = random.Random(seed)
        self._due, self._number, self._wake = [], itertools.count(), threading.Condition()
        super().__init__(server, user, **more)
        self.on_invite = lambda _, m: self._ring(m)
        self._clock = threading.Thread(target=self._tick, daemon=True)
        self._clock.start()

    def close(self):
        with self._wake:
            self._stop = True
            self._wake.notify()
        self._clock.join()
        super().close()

    def _in(self, seconds, what):
        with self._wake:
            heapq.heappush(self._due, (time.monotonic() + seconds, next(self._number), what))
            self._wake.notify()

    def _tick(self):
        while True:
            with self._wake:
                if self._stop:
                    return
                wait = self._due[0][0] - time.monotonic() if self._due else None
                if wait is None or wait > 0:
                    self._wake.wait(wait)
                    continue
                what = heapq.heappop(self._due)[2]
            what()

    def _ring(self, m):
        self.reply(m, 180, "Ringing")
        self._in(self.dice.uniform(*self.rings), lambda: self._pick_up(m))

    def _pick_up(self, m):
        with self._changed:
            if getattr(m, "final", None):
                return  # cancelled meanwhile
            d = Dialog(m.call_id, None, m.get("from"), uri_of(m.get("contact")), m.every("record-route"),
                       self.dice.randrange(1000))
            d.invite, d.my_sdp, d.remote_sdp = m, self.sdp, m.body
            d.up_at, d.ended_at = time.monotonic(), None
            self.dialogs[m.call_id] = d
            d.local = self.reply(m, 200, "OK", body=self.sdp)
        self._in(T1, lambda: self._repeat(d, T1))

    def _repeat(self, d, pause):
        if d.acked.is_set() or d.ended.is_set() or time.monotonic() - d.up_at > GIVE_UP:
            return
        self._send(self._said[(d.invite.branch, "INVITE")], d.invite.source)
        pause = min(2 * pause, T2)
        self._in(pause, lambda: self._repeat(d, pause))

    def _on_request(self, m):
        super()._on_request(m)
        d = self.dialogs.get(m.call_id)
        if m.method == "BYE" and d is not None and d.ended_at is None:
            d.ended_at = time.monotonic()
