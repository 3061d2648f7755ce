#!/usr/bin/env python3
"""A bot that hosts its own media and says what it hears: [BOT_PORT=18732] python3 examples/echo_bot.py

Then make a call whose blob names the address that it prints (docs/callmedia.md). A key cuts the echo short.
"""
from callmedia import BINARY, listen


async def bot(socket):
    async for kind, message in socket:
        if kind == BINARY:
            socket.say(message)
            continue
        print(message["event"], flush=True)
        if message["event"] == "dtmf":
            socket.tell(cmd="clear")

listen(bot)
