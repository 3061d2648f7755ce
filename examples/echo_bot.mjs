// A bot that hosts its own media and says what it hears: [BOT_PORT=18732] node examples/echo_bot.mjs
// Then make a call whose blob names the address that it prints (docs/callmedia.md). A key cuts the echo short.
import { listen } from './callmedia.mjs'

listen((socket) => {
  socket.on('sound', (pcm) => socket.say(pcm))
  socket.on('event', ({ event }) => {
    console.log(event)
    if (event === 'dtmf') socket.tell({ cmd: 'clear' })
  })
})
