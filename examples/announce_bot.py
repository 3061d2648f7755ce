#!/usr/bin/env python3
"""A bot that hosts its own media and has 30 s to say: [BOT_PORT=18732] python3 examples/announce_bot.py

It sends as fast as the server takes it; the server plays it in time. A key ends it at once. Then the bot hangs up.
"""
import math
import struct

from callmedia import TEXT, listen

# Tones stand for speech: a second each.
SPEECH = [struct.pack("<16000h", *(int(8000 * math.sin(i * (0.1 + n * 0.01))) for i in range(16000))) for n in range(30)]
AT_ONCE = {"start": 19, "xon": 3}  # seconds; the queue holds 20


async def bot(socket):
    left = list(SPEECH)
    async for kind, message in socket:
        event = message["event"] if kind == TEXT else None
        if event in AT_ONCE:
            now, left = left[:AT_ONCE[event]], left[AT_ONCE[event]:]
            for second in now:
                socket.say(second)
            socket.tell(cmd="mark", id="%d s left" % len(left))
        elif event == "mark":
            print(message["id"], "played" if message["played"] else "cleared", flush=True)
            if message["id"] == "0 s left" or not message["played"]:
                socket.tell(cmd="bye")
        elif event == "dtmf":
            socket.tell(cmd="clear")

listen(bot)
