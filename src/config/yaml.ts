import { isAlias, isMap, isScalar, isSeq, Lexer, LineCounter, type Node, Parser, parseDocument } from 'yaml'

/** A mapping as YAML gives it. No prototype: `__proto__` is a key like any other. */
export type Mapping = { readonly [key: string]: unknown }

/** Keys and list positions, from the top of the file. */
export type Path = readonly (string | number)[]

/** What a file holds, and where in the text each of its values stands. */
export interface YamlFile {
  readonly value: unknown
  /** 1 for the first line. Of a value that is not there: the line of the nearest mapping around it. */
  lineOf(path: Path): number | undefined
  /** A plain value as it was typed: `1.10`, where the value is the number 1.1. */
  sourceOf(path: Path): string | undefined
}

export interface YamlProblem {
  readonly line: number | undefined
  readonly message: string
}

const BYTES = 256 * 1024
const DEPTH = 20
/** The parser's own nesting, up to three for one of ours. */
const SYNTAX_DEPTH = 64
/** Far above what fits into BYTES by honest means: only aliases of aliases reach it. */
const VALUES = 100_000

const OWN_WORDS = new Map<string, string>([
  ['MULTIPLE_DOCS', 'A second document begins here; the file may hold one.'],
  [
    'TAG_RESOLVE_FAILED',
    'Tags (words that begin with `!`) are not accepted; write plain values, or quote the text.',
  ],
  ['DUPLICATE_KEY', 'The same key stands twice in one mapping.'],
])

/** Plain data only: no tags, no merge keys, no second document. Nothing that the text holds can make it slow or large. */
export function readYaml(text: string): YamlFile | { readonly problems: readonly YamlProblem[] } {
  const refused = (message: string) => ({ problems: [{ line: undefined, message }] })
  if (Buffer.byteLength(text) > BYTES) return refused('The file is larger than 256 KiB.')
  if (isDeep(text)) return refused(`The file nests deeper than ${DEPTH} levels.`)

  const lines = new LineCounter()
  const lineAt = (offset: number) => lines.linePos(offset).line
  const document = parseDocument(text, {
    version: '1.2',
    schema: 'core',
    resolveKnownTags: false,
    stringKeys: true,
    lineCounter: lines,
    // The pretty ones quote the source, which may hold a secret that somebody typed where none belongs.
    prettyErrors: false,
  })
  const problems = [...document.errors, ...document.warnings].map(({ code, message, pos }) => ({
    line: lineAt(pos[0]),
    message: OWN_WORDS.get(code) ?? syntaxProblem(message),
  }))
  if (document.directives?.yaml.explicit === true) {
    problems.push({ line: 1, message: 'A %YAML directive is not accepted; remove it.' })
  }
  if (problems.length > 0) return { problems }
  if (document.contents === null)
    return refused('The file is empty. touchdown.example.yml shows what goes in.')

  const anchors = new Map<string, Node>()
  const value = plain(document.contents, anchors)
  if ('problem' in value) {
    return { problems: [{ line: lineAt(value.at), message: value.problem }] }
  }
  const found = (path: Path) => find(document.contents, path, anchors)
  return {
    value: value.plain,
    lineOf: path => {
      const offset = found(path).offset
      return offset === undefined ? undefined : lineAt(offset)
    },
    sourceOf: path => {
      const { node } = found(path)
      return isScalar(node) && typeof node.source === 'string' ? node.source : undefined
    },
  }
}

/** The parser's own sentence, without the text it met: some quote it at the end. */
function syntaxProblem(message: string): string {
  return `The YAML is broken here: ${message.replace(/: ".*$/s, '').replace(/\.?$/, '.')}`
}

/**
 * Counted before parsing: yaml 2.9.1 builds its tree by recursion, and 100,000 `[` end the whole process
 * (V8 aborts when a regular expression meets a full stack) rather than throw. Lexer and Parser do not recurse.
 */
function isDeep(text: string): boolean {
  const parser = new Parser()
  for (const lexeme of new Lexer().lex(text)) {
    for (const _ of parser.next(lexeme)) {
      // Only the depth matters here.
    }
    if (parser.stack.length > SYNTAX_DEPTH) return true
  }
  return false
}

type Plain = { readonly plain: unknown } | { readonly problem: string; readonly at: number }

function plain(root: unknown, anchors: Map<string, Node>): Plain {
  let values = 0
  let at = 0
  const refused = (problem: string): Plain => ({ problem, at })

  function visit(node: unknown, depth: number): Plain {
    values += 1
    if (values > VALUES) return refused('Aliases repeat more than the file may hold.')
    if (depth > DEPTH) return refused(`The file nests deeper than ${DEPTH} levels.`)
    if (isAlias(node)) {
      at = node.range?.[0] ?? at
      const target = anchors.get(node.source)
      return target === undefined
        ? refused(`The alias *${node.source} stands before its anchor.`)
        : visit(target, depth + 1)
    }
    if (isScalar(node) || isMap(node) || isSeq(node)) {
      if (node.anchor !== undefined) anchors.set(node.anchor, node)
    }
    if (isScalar(node)) return { plain: node.value }
    if (isSeq(node)) {
      const list: unknown[] = []
      for (const item of node.items) {
        const made = visit(item, depth + 1)
        if ('problem' in made) return made
        list.push(made.plain)
      }
      return { plain: list }
    }
    if (isMap(node)) {
      const mapping: Record<string, unknown> = Object.create(null)
      for (const { key, value } of node.items) {
        if (isScalar(key)) at = key.range?.[0] ?? at
        const name = isScalar(key) ? String(key.value) : ''
        if (name === '<<') return refused('Merge keys (<<) are not accepted; repeat the keys.')
        if (name === '__proto__') return refused('__proto__ is not accepted as a key.')
        const made = visit(value, depth + 1)
        if ('problem' in made) return made
        mapping[name] = made.plain
      }
      return { plain: mapping }
    }
    return { plain: null }
  }

  return visit(root, 0)
}

function find(
  root: unknown,
  path: Path,
  anchors: ReadonlyMap<string, Node>,
): { readonly node: unknown; readonly offset: number | undefined } {
  let node = root
  let offset: number | undefined
  for (const step of path) {
    if (isAlias(node)) node = anchors.get(node.source)
    if (isMap(node)) {
      const pair = node.items.find(({ key }) => isScalar(key) && String(key.value) === String(step))
      if (pair === undefined) return { node: undefined, offset }
      if (isScalar(pair.key)) offset = pair.key.range?.[0] ?? offset
      node = pair.value
    } else if (isSeq(node) && typeof step === 'number' && step < node.items.length) {
      node = node.items[step]
      if (isScalar(node) || isMap(node) || isSeq(node) || isAlias(node)) offset = node.range?.[0] ?? offset
    } else {
      return { node: undefined, offset }
    }
  }
  return { node, offset }
}

export function isMapping(value: unknown): value is Mapping {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
