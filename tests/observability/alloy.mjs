// Reads Alloy's configuration as far as ours goes: components with a label, blocks in them, and arguments that are strings, lists of
// strings or what another component exports. Held against what Alloy's reference says of the components in use; anything
// else is a fault, and a reason to look it up and add it here.
const COMPONENTS = {
  'discovery.docker': { needs: ['host'], blocks: { filter: { needs: ['name', 'values'] } }, exports: ['targets'] },
  'discovery.relabel': {
    needs: ['targets'],
    blocks: { rule: { may: ['action', 'modulus', 'regex', 'replacement', 'separator', 'source_labels', 'target_label'] } },
    exports: ['output', 'rules'],
  },
  'loki.source.docker': { needs: ['forward_to', 'host', 'targets'], may: ['labels', 'refresh_interval', 'relabel_rules'] },
  'loki.write': { may: ['external_labels', 'max_streams'], blocks: { endpoint: { needs: ['url'], may: ['name', 'tenant_id'] } }, exports: ['receiver'] },
}
const TOKEN = /\s+|\/\/[^\n]*|("(?:[^"\\\n]|\\.)*"|[a-zA-Z_][\w.]*|[{}[\]=,])/y

function tokens(text) {
  const found = []
  for (TOKEN.lastIndex = 0; TOKEN.lastIndex < text.length; ) {
    const at = TOKEN.lastIndex
    const token = TOKEN.exec(text)
    if (!token) throw new Error(`not understood: ${text.slice(at, at + 20)}`)
    if (token[1]) found.push(token[1])
  }
  return found
}

/** The blocks and arguments up to the closing brace. */
function body(left) {
  const found = { blocks: [], arguments: new Map() }
  while (left.length && left[0] !== '}') {
    const name = left.shift()
    if (left[0] === '=') {
      left.shift()
      if (found.arguments.has(name)) throw new Error(`${name} is there twice`)
      found.arguments.set(name, value(left))
    } else {
      const label = left[0].startsWith('"') ? JSON.parse(left.shift()) : undefined
      expect(left, '{')
      found.blocks.push({ name, label, ...body(left) })
      expect(left, '}')
    }
  }
  return found
}

function value(left) {
  const first = left.shift()
  if (first !== '[') return [first]
  const items = []
  while (left[0] !== ']') {
    items.push(left.shift())
    if (left[0] !== ']') expect(left, ',')
  }
  left.shift()
  return items
}

function expect(left, token) {
  const found = left.shift()
  if (found !== token) throw new Error(`${token} was to come, and not ${found}`)
}

function compare(where, block, { needs = [], may = [], blocks = {} }) {
  const names = [...block.arguments.keys()]
  return [
    ...needs.filter((name) => !names.includes(name)).map((name) => `${where} needs ${name}`),
    ...names.filter((name) => ![...needs, ...may].includes(name)).map((name) => `${where} has no ${name}`),
    ...block.blocks.flatMap((inner) =>
      blocks[inner.name] ? compare(`${where} ${inner.name}`, inner, blocks[inner.name]) : [`${where} has no block ${inner.name}`],
    ),
  ]
}

/** What is wrong with a configuration. */
export function faults(text) {
  let components
  try {
    const left = tokens(text)
    components = body(left).blocks
    if (left.length) return ['a brace too many']
  } catch (error) {
    return [error.message]
  }
  const exported = components.flatMap(({ name, label }) => (COMPONENTS[name]?.exports ?? []).map((it) => `${name}.${label}.${it}`))
  const used = (block) => [...[...block.arguments.values()].flat(), ...block.blocks.flatMap(used)]
  return components.flatMap((component) => {
    const where = `${component.name} ${component.label}`
    if (!COMPONENTS[component.name] || !component.label) return [`${where}: no such component`]
    const unknown = used(component).filter((it) => !it.startsWith('"') && !exported.includes(it))
    return [...compare(where, component, COMPONENTS[component.name]), ...unknown.map((it) => `${where}: nobody exports ${it}`)]
  })
}
