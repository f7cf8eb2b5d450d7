// Each alert is tried at its limit and beyond it, and tells whoever is woken where to read what to do; and nothing else is tried or
// described. Run by scripts/observability-test; promtool runs the tries themselves.
import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parse } from 'yaml'

const read = (path) => readFileSync(join(resolve(import.meta.dirname, '../..'), path), 'utf8')
const sorted = (names) => [...new Set(names)].sort().join(' ')

const alerts = parse(read('docker/prometheus/alerts.yml')).groups.flatMap(({ rules }) => rules)
const tries = parse(read('docker/prometheus/alerts_test.yml')).tests.flatMap((test) => test.alert_rule_test)
const described = read('docs/operations.md').split('\n## Alerts\n')[1].split('\n## ')[0].match(/^### .+$/gm)

const expected = sorted(alerts.map(({ alert }) => alert))
const found = {
  'silent at its limit': tries.filter(({ exp_alerts }) => !exp_alerts?.length).map(({ alertname }) => alertname),
  'firing beyond it': tries.filter(({ exp_alerts }) => exp_alerts?.length).map(({ alertname }) => alertname),
  'a section in docs/operations.md': described.map((line) => line.slice('### '.length)),
  'a link to it': alerts
    .filter(({ alert, annotations }) => annotations.runbook_url === `docs/operations.md#${alert.toLowerCase()}`)
    .map(({ alert }) => alert),
}
let wrong = 0
for (const [what, names] of Object.entries(found)) {
  const same = sorted(names) === expected
  console.log(`${same ? 'ok   ' : 'WRONG'} ${alerts.length} alerts: ${what}`)
  if (!same) console.log(`        ${sorted(names)}\n        and not\n        ${expected}`)
  wrong += same ? 0 : 1
}
process.exit(wrong ? 1 : 0)
