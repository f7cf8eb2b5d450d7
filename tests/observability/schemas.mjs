// Files of programs that are not run here, held against what can be had of their schemas: Grafana's own types of dashboards and
// its grammar of Loki's queries, SchemaStore's schema of Loki's settings, and Alloy's components as its reference tells them.
// Run by scripts/observability-test. LOKI_SCHEMA is an address or a file.
import { execFileSync } from 'node:child_process'
import { readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parser } from '@grafana/lezer-logql'
import Ajv from 'ajv'
import { parse } from 'yaml'
import { faults } from './alloy.mjs'

const root = resolve(import.meta.dirname, '../..')
const read = (path) => readFileSync(join(root, path), 'utf8')
let wrong = 0

function tell(what, found) {
  console.log(`${found.length ? 'WRONG' : 'ok   '} ${what}`)
  for (const fault of found) console.log(`        ${fault}`)
  wrong += found.length
}

/** Type-checks the dashboards as if somebody had written them in TypeScript: an unknown or misspelt key is an error, too. */
function dashboards(files) {
  const cfg = (type, name) => `@grafana/schema/dist/types/raw/composable/${type}/panelcfg/x/${name}PanelCfg_types.gen.d.ts`
  const lines = [
    `import type { Dashboard, GraphFieldConfig } from '@grafana/schema'`,
    `import type { Options as timeseries } from '${cfg('timeseries', 'TimeSeries')}'`,
    `import type { Options as stat } from '${cfg('stat', 'Stat')}'`,
    `import type { Options as logs } from '${cfg('logs', 'Logs')}'`,
    // JSON has words where TypeScript has enums.
    'type Json<T> = T extends string ? `${T}` : T extends (infer U)[] ? Json<U>[] : T extends object ? { [K in keyof T]: Json<T[K]> } : T',
  ]
  for (const [file, dashboard] of files) {
    const declare = (type, value) => lines.push(`export const _${lines.length}: ${type} = ${JSON.stringify(value)} // ${file}`)
    declare('Json<Dashboard>', dashboard)
    for (const { type, options, fieldConfig } of dashboard.panels) {
      if (options) declare(`Json<Partial<${type}>>`, options)
      if (type === 'timeseries' && fieldConfig?.defaults.custom) declare('Json<GraphFieldConfig>', fieldConfig.defaults.custom)
    }
  }
  const written = join(import.meta.dirname, 'dashboards.gen.ts')
  writeFileSync(written, lines.join('\n'))
  const flags = '--noEmit --strict --skipLibCheck --module esnext --moduleResolution bundler --target es2022'.split(' ')
  try {
    execFileSync(join(root, 'web/node_modules/.bin/tsc'), [...flags, written], { encoding: 'utf8' })
    return []
  } catch (error) {
    return error.stdout.trim().split('\n')
  } finally {
    rmSync(written)
  }
}

/** What a query's grammar does not understand. */
function misread(query) {
  const found = []
  parser.parse(query).iterate({
    enter: (node) => void (node.type.isError && found.push(`${query}: not understood at ${node.from}`)),
  })
  return found
}

/** The same schema, in which no key may be that it does not name. */
function strict(schema) {
  if (Array.isArray(schema)) return schema.map(strict)
  if (typeof schema !== 'object' || schema === null) return schema
  const made = Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, strict(value)]))
  return typeof made.properties === 'object' && made.type ? { additionalProperties: false, ...made } : made
}

async function lokiSchema() {
  const from = process.env.LOKI_SCHEMA ?? 'https://www.schemastore.org/loki.json'
  if (!from.startsWith('http')) return JSON.parse(readFileSync(from, 'utf8'))
  const answer = await fetch(from).catch(() => undefined)
  return answer?.ok ? answer.json() : undefined
}

const folder = 'docker/grafana/dashboards'
const files = readdirSync(join(root, folder)).map((file) => [file, JSON.parse(read(join(folder, file)))])
tell('dashboards, by the types of @grafana/schema', dashboards(files))

const targets = files.flatMap(([, { panels }]) => panels.flatMap((panel) => panel.targets))
const logs = targets.filter((target) => target.datasource.type === 'loki')
tell(`${logs.length} query of logs, by the grammar of @grafana/lezer-logql`, logs.length ? logs.flatMap(({ expr }) => misread(expr)) : ['there is none'])

const sources = parse(read('docker/grafana/provisioning/datasources/datasources.yml')).datasources
const known = new Map(sources.map(({ uid, type }) => [uid, type]))
const lost = targets.map(({ datasource }) => datasource).filter(({ uid, type }) => known.get(uid) !== type)
tell('data sources of all panels are provisioned', lost.map((source) => JSON.stringify(source)))

const schema = await lokiSchema()
if (schema) {
  const valid = new Ajv({ strict: false, allErrors: true, validateFormats: false }).compile(strict(schema))
  valid(parse(read('docker/loki/loki.yml')))
  tell(
    'loki.yml, by the schema of SchemaStore, no other keys',
    (valid.errors ?? []).map(({ instancePath, message, params }) => `${instancePath} ${message} ${JSON.stringify(params)}`),
  )
} else {
  console.log('-     loki.yml: its schema is out of reach; LOKI_SCHEMA may be a file')
}

tell('config.alloy, by the reference of its components', faults(read('docker/alloy/config.alloy')))
process.exit(wrong ? 1 : 0)
