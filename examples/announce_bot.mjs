// A bot that hosts its own media and has 30 s to say: [BOT_PORT=18732] node examples/announce_bot.mjs
// It sends as fast as the server takes it; the server plays it in time. A key ends it at once. Then the bot hangs up.
import { listen } from './callmedia.mjs'

// Tones stand for speech: a second each.
const second = (n) => Buffer.from(Int16Array.from({ length: 16000 }, (_, i) => 8000 * Math.sin(i * (0.1 + n * 0.01))).buffer)
const speech = Array.from({ length: 30 }, (_, n) => second(n))
const atOnce = { start: 19, xon: 3 } // seconds; the queue holds 20

listen((socket) => {
  let left = [...speech]
  socket.on('event', ({ event, id, played }) => {
    if (event in atOnce) {
      for (const pcm of left.slice(0, atOnce[event])) socket.say(pcm)
      left = left.slice(atOnce[event])
      socket.tell({ cmd: 'mark', id: `${left.length} s left` })
    } else if (event === 'mark') {
      console.log(id, played ? 'played' : 'cleared')
      if (id === '0 s left' || !played) socket.tell({ cmd: 'bye' })
    } else if (event === 'dtmf') {
      socket.tell({ cmd: 'clear' })
    }
  })
})
