// A message centre for tests: node smsc.cjs <folder of the package smpp> <password>
// Says its port, then what happens to it, one JSON line each. What it answers depends on the
// number: …0 is refused, …8 is throttled, …9 is never answered; the receipt of …2 is UNDELIV, of …3 EXPIRED, else DELIVRD.
// Receipts wait until somebody binds as a receiver; one that is refused is kept.
const smpp = require(process.argv[2])
const password = process.argv[3]
const say = (event) => process.stdout.write(JSON.stringify(event) + '\n')
const waiting = []
let count = 0

function taken (session, pdu) {
  const message = pdu.short_message || {}
  const last = pdu.destination_addr.slice(-1)
  say({
    event: 'submit',
    to: pdu.destination_addr,
    from: pdu.source_addr,
    coding: pdu.data_coding,
    esm: pdu.esm_class,
    receipt: pdu.registered_delivery,
    text: Buffer.isBuffer(message.message) ? message.message.toString('hex') : message.message,
    udh: (message.udh || []).map((part) => Buffer.from(part).toString('hex'))
  })
  if (last === '9') return
  if (last === '0') return session.send(pdu.response({ command_status: smpp.ESME_RINVDSTADR }))
  if (last === '8') return session.send(pdu.response({ command_status: smpp.ESME_RTHROTTLED }))
  const id = `A${++count}`
  session.send(pdu.response({ message_id: id }))
  if (!pdu.registered_delivery) return
  const stat = { 2: 'UNDELIV', 3: 'EXPIRED' }[last] || 'DELIVRD'
  waiting.push({ id, stat, from: pdu.destination_addr })
}

function hand (session, receipt) {
  const text = `id:${receipt.id} sub:001 dlvrd:001 submit date:2603041000 done date:2603041001 stat:${receipt.stat} err:000 text:`
  session.deliver_sm({
    source_addr: receipt.from, destination_addr: '1999', esm_class: 4, short_message: text
  }, (answer) => {
    say({ event: 'receipt', id: receipt.id, status: answer.command_status })
    if (answer.command_status) waiting.push(receipt)
  })
}

const server = smpp.createServer((session) => {
  session.on('error', () => {})
  const bind = (pdu) => {
    const good = pdu.password === password
    session.send(pdu.response({ command_status: good ? 0 : smpp.ESME_RINVPASWD }))
    say({ event: pdu.command, good })
    if (good && pdu.command === 'bind_receiver') waiting.splice(0).forEach((one) => hand(session, one))
  }
  session.on('bind_transmitter', bind)
  session.on('bind_receiver', bind)
  session.on('submit_sm', (pdu) => taken(session, pdu))
  session.on('enquire_link', (pdu) => session.send(pdu.response()))
  session.on('unbind', (pdu) => { session.send(pdu.response()); session.close() })
})
server.listen(0, '127.0.0.1', () => say({ event: 'listening', port: server.address().port }))
