// A Prometheus watches a Trice under a little load. Every expression of the rules and the dashboards must find something;
// then the database goes, and the alert must be pending, and fire. Run by scripts/observability-test.
import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { io } from '../../web/node_modules/socket.io-client/build/esm/index.js'

const root = resolve(import.meta.dirname, '../..')
const folder = mkdtempSync(join(tmpdir(), 'trice-observability-'))
const children = []
const token = 'only-for-this-test-0123456789'

function freePort() {
  return new Promise((done) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address()
      server.close(() => done(port))
    })
  })
}

function start(program, args, env) {
  const child = spawn(program, args, { env, stdio: ['ignore', 'ignore', 'pipe'] })
  child.said = ''
  child.stderr.on('data', (some) => (child.said += some))
  children.push(child)
  return child
}

async function until(what, seconds, ask) {
  const deadline = performance.now() + seconds * 1000
  for (;;) {
    const found = await ask().catch(() => undefined)
    if (found) return found
    if (performance.now() > deadline) throw new Error(`waited ${seconds} s in vain: ${what}`)
    await new Promise((done) => setTimeout(done, 200))
  }
}

const trice = `http://127.0.0.1:${await freePort()}`
const prometheus = `http://127.0.0.1:${await freePort()}`
const port = (url) => new URL(url).port

async function call(method, path, who, body) {
  const answer = await fetch(`${trice}/api/v1${path}`, {
    method,
    headers: { 'content-type': 'application/json', ...(who && { authorization: `Bearer ${who.token}` }) },
    body: body && JSON.stringify(body),
  })
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`)
  return (await answer.json()).data
}

async function person(name) {
  const account = { email: `${name}@example.org`, username: name, password: 'Correct7Horse', displayName: name }
  const { user, accessToken } = await call('POST', '/auth/register', undefined, account)
  const socket = io(`${trice}/chat`, { auth: { token: accessToken }, transports: ['websocket'], forceNew: true })
  await new Promise((done) => socket.once('auth:success', done))
  return { id: user.id, token: accessToken, socket }
}

async function load() {
  const [alice, bob] = [await person('alice'), await person('bob')]
  const direct = await call('POST', '/conversations', alice, { type: 'direct', participantIds: [bob.id] })
  const group = await call('POST', '/conversations', alice, { type: 'group', title: 'Tea', participantIds: [bob.id] })
  for (const { id } of [direct, group]) await bob.socket.emitWithAck('subscribe', { conversationId: id })
  let stop = false
  const running = (async () => {
    while (!stop) {
      for (const { id: conversationId } of [direct, group]) {
        const message = { conversationId, content: 'Tea?', clientMessageId: crypto.randomUUID() }
        const sent = await alice.socket.emitWithAck('message:send', message)
        bob.socket.emit('receipt:read', { conversationId, lastReadMessageId: sent.messageId })
      }
      await alice.socket.emitWithAck('message:send', { conversationId: direct.id, content: '', clientMessageId: crypto.randomUUID() })
      await call('GET', `/conversations/${direct.id}/messages`, bob)
      await new Promise((done) => setTimeout(done, 100))
    }
    alice.socket.close()
    bob.socket.close()
  })()
  return async () => {
    stop = true
    await running
  }
}

async function query(expression) {
  const answer = await (await fetch(`${prometheus}/api/v1/query?${new URLSearchParams({ query: expression })}`)).json()
  if (answer.status !== 'success') throw new Error(`${expression}: ${answer.error}`)
  return answer.data.result
}

const rules = async () => (await (await fetch(`${prometheus}/api/v1/rules`)).json()).data.groups.flatMap((group) => group.rules)

/** A rule's expression finds nothing while all is well; compared by `bool`, both of its sides must find something. */
const compared = (expression) => expression.replaceAll(/ (>=|<=|==|!=|>|<) /g, ' $1 bool ')

function dashboards() {
  const of = join(root, 'docker/grafana/dashboards')
  return readdirSync(of).flatMap((file) =>
    JSON.parse(readFileSync(join(of, file), 'utf8')).panels.flatMap((panel) =>
      panel.targets
        .filter((target) => target.datasource.type === 'prometheus')
        .map((target) => [`${file}, ${panel.title}`, target.expr]),
    ),
  )
}

function configure() {
  const text = readFileSync(join(root, 'docker/prometheus/prometheus.yml'), 'utf8')
    .replaceAll('15s', '1s')
    .replace('scrape_timeout: 10s', 'scrape_timeout: 1s')
    .replace('[alerts.yml]', JSON.stringify([join(root, 'docker/prometheus/alerts.yml')]))
    .replace('/run/secrets/metrics_token', join(folder, 'token'))
    .replace('"trice-1:8000", "trice-2:8000"', JSON.stringify(new URL(trice).host))
  writeFileSync(join(folder, 'token'), token)
  writeFileSync(join(folder, 'prometheus.yml'), text)
}

async function test() {
  const settings = { HOST: '127.0.0.1', PORT: port(trice), DATA_DIR: join(folder, 'data'), METRICS_TOKEN: token, RATE_LIMITS: 'off', PRESENCE_GRACE: '500ms' }
  const node = start(join(process.env.CARGO_TARGET_DIR ?? join(root, 'target'), 'debug/trice'), [], { ...process.env, ...settings })
  await until(`Trice does not become ready: ${node.said}`, 60, async () => (await fetch(`${trice}/health/ready`)).ok)
  configure()
  const watcher = start('prometheus', [
    `--config.file=${join(folder, 'prometheus.yml')}`,
    `--storage.tsdb.path=${join(folder, 'tsdb')}`,
    `--web.listen-address=127.0.0.1:${port(prometheus)}`,
  ], process.env)
  const stop = await load()
  await until(`Prometheus does not scrape: ${watcher.said}`, 60, async () => (await query('up == 1')).length > 0)

  const wanted = [...(await rules()).map((rule) => [rule.name, compared(rule.query)]), ...dashboards()]
  let finite = 0
  for (const [where, expression] of wanted) {
    const found = await until(`${where} finds nothing: ${expression}`, 45, async () => {
      const result = await query(expression)
      return result.length > 0 && result
    })
    finite += found.some(({ value }) => Number.isFinite(Number(value[1])))
  }
  console.log(`${wanted.length} expressions find something, ${finite} of them a number`)
  if (finite !== wanted.length) {
    for (const [where, expression] of wanted) {
      const found = await query(expression)
      if (!found.some(({ value }) => Number.isFinite(Number(value[1])))) console.log(`  no number: ${where}: ${expression}`)
    }
    process.exitCode = 1
  }
  const early = (await rules()).filter((rule) => rule.state === 'firing').map((rule) => rule.name)
  if (early.length > 0) throw new Error(`fires although all is well: ${early}`)
  await stop()

  const database = new URL(process.env.DATABASE_URL).searchParams.get('host')
  const postmaster = Number(readFileSync(join(database, 'data/postmaster.pid'), 'utf8').split('\n')[0])
  process.kill(postmaster, 'SIGINT')
  for (const state of ['pending', 'firing']) {
    await until(`DatabaseLost is not ${state}`, 60, async () =>
      (await rules()).some((rule) => rule.name === 'DatabaseLost' && rule.state === state),
    )
    console.log(`The database is gone: DatabaseLost is ${state}`)
  }
}

try {
  await test()
} finally {
  for (const child of children) child.kill('SIGKILL')
  rmSync(folder, { recursive: true, force: true })
}
process.exit()
