// velocityjs behind the questions of templates.py; the protocol is told in template_engines.py.

const fs = require('fs')
const path = require('path')
const readline = require('readline')
const { Compile, parse } = require('velocityjs')

const SLICE = 5_000_000
let written = 0
let number = 0

const SCRIPT = { '"': '\\"', "'": "\\'", '\\': '\\\\' }
const util = {
  urlEncode: (text) => encodeURIComponent(text).replace(/%20/g, '+'),
  escapeJavaScript: (text) => text.replace(/["'\\]/g, (found) => SCRIPT[found]),
}

function references(count) {
  const lines = Array.from({ length: count }, (_, number) => ({
    sku: 'A' + number,
    qty: 2 * number + 1,
    price: number + 10.25,
    paid: number % 2 === 0,
    name: number % 4 === 0 ? 'Plate 12"' : 'Mug, blue',
    stock: { warehouse: 'W' + (number % 5) },
    status: number % 3 === 0 ? 'open' : 'sent',
    ...(number % 3 === 0 ? { discount: 1 } : {}),
  }))
  const customer = { name: 'Ada', address: { city: 'Köln' } }
  return { util, x: 'a b&c', y: 'Köln/5', doc: { order: { id: 'o-1', customer, lines, total: 99.5 } } }
}

function call(kind, source, lines) {
  // What is kept by its text would be compiled once: every text is another.
  if (kind === 'compile') return () => parse(source + number++)
  const given = references(lines)
  const tree = parse(source)
  return () => new Compile(tree).render({ ...given })
}

function microseconds(call, milliseconds) {
  let best = Infinity
  let turns = 1
  let start = process.hrtime.bigint()
  const end = start + BigInt(milliseconds) * 1_000_000n
  while (start < end) {
    for (let turn = 0; turn < turns; turn++) written += call().length
    const stop = process.hrtime.bigint()
    best = Math.min(best, Number(stop - start) / turns)
    turns = Math.max(1, Math.floor(SLICE / best))
    start = stop
  }
  return best / 1000
}

const calls = new Map()
readline.createInterface({ input: process.stdin }).on('line', (line) => {
  const [wanted, kind, template, lines, milliseconds] = line.split(' ')
  const key = kind + template + lines
  if (!calls.has(key)) {
    const source = fs.readFileSync(path.join(process.argv[2], template + '.vm'), 'utf8')
    calls.set(key, call(kind, source, Number(lines)))
  }
  const run = calls.get(key)
  const text = () => Buffer.from(run()).toString('base64')
  console.log(String(wanted === 'text' ? text() : microseconds(run, Number(milliseconds))))
})
