# Nim's ORC (2.0 and later), by itself: there is no kit for Nim, and without weak references and scripts little is
# needed.
#
# A node, list or tuple keeps its slots in a seq, an instance or dict in an array. A death is seen by the destructor of
# a token that only the object holds. A destructor of Nim's does not see the object it is for, so there are no
# finalizers.
import std/[strutils, tables]

type
  Token = object
    id: int
  Node = ref object
    id: int
    slots: seq[Node]
    attributes: ref array[16, Node]
    token: Token
  Meta = ref object
    name, serial: int
    kind: string
    dead: bool
    place: pointer # where the object is, as long as it is not dead
  OperandKind = enum none, variable, label
  Operand = object
    kind: OperandKind
    name, slot: int
  Operation = object
    word, kind: string
    target, number: int
    a, b: Operand
  Scope = OrderedTable[int, Node]

var
  metas: seq[Meta]
  labels: Table[int, seq[int]]
  scopes: seq[Scope] # the first one is the global scope
  arguments: seq[array[2, Node]]
  events: seq[string]
  isOver: bool

proc said(meta: Meta): string = "n" & $meta.name & (if meta.serial > 0: "#" & $meta.serial else: "")
proc log(event: string) =
  if not isOver: events.add event
proc step() = log "step"

proc `=destroy`(token: Token) =
  if token.id == 0: return
  let meta = metas[token.id - 1]
  meta.dead = true
  log "died " & meta.said

proc make(name: int, kind: string): Node =
  let meta = Meta(name: name, kind: kind)
  meta.serial = labels.mgetOrPut(name, @[]).len
  metas.add meta
  labels[name].add metas.high
  new(result)
  result.id = metas.len
  result.token.id = metas.len
  if kind in ["instance", "classic", "dict"]: new(result.attributes)
  meta.place = cast[pointer](result)

proc meta(node: Node): Meta = metas[node.id - 1]
proc hasAttributes(node: Node): bool = node.attributes != nil
proc size(node: Node): int = (if node.hasAttributes: 16 else: node.slots.len)
proc get(node: Node, slot: int): Node =
  if slot >= node.size: nil elif node.hasAttributes: node.attributes[][slot] else: node.slots[slot]
proc set(node: Node, slot: int, value: Node) =
  if node.hasAttributes: node.attributes[][slot] = value else: node.slots[slot] = value
proc erase(node: Node, slot: int) =
  if node.hasAttributes: node.attributes[][slot] = nil else: node.slots.delete(slot)

proc scopeOf(name: int): int =
  if scopes.len > 1 and scopes[^1].getOrDefault(name) != nil: return scopes.high
  if scopes[0].getOrDefault(name) != nil: return 0
  -1

proc find(operand: Operand): Node =
  case operand.kind
  of none: return nil
  of variable:
    let scope = scopeOf(operand.name)
    if scope >= 0: result = scopes[scope][operand.name]
  of label:
    let labelled = labels.getOrDefault(operand.name)
    if labelled.len > 0 and not metas[labelled[^1]].dead: result = cast[Node](metas[labelled[^1]].place)
  if result != nil and operand.slot >= 0: result = result.get(operand.slot)

proc leave() =
  var scope = scopes.pop()
  var pair = arguments.pop()
  for argument in pair.mitems:
    if argument != nil: (argument = nil; step())
  for local in scope.mvalues:
    if local != nil: (local = nil; step())

proc mutate(op: Operation) =
  let a = find(op.a)
  if a == nil or a.meta.kind == "tuple": return
  let b = find(op.b)
  if op.b.kind != none and b == nil: return
  case op.word
  of "append":
    if not a.hasAttributes: a.slots.add b
    else:
      for i in 0 .. 15:
        if a.get(i) == nil: (a.set(i, b); break)
  of "remove":
    for i in 0 ..< a.size:
      if a.get(i) == b: (a.erase(i); break)
  of "store":
    if op.number < a.size: a.set(op.number, b)
  of "erase":
    if op.number < a.size: a.erase(op.number)
  elif a.hasAttributes:
    for i in 0 .. 15:
      if a.get(i) != nil: (a.set(i, nil); step())
  else: a.slots = @[]

proc shutDown() =
  while scopes.len > 1: leave()
  GC_fullCollect()
  step()
  var isQuiet = false
  while not isQuiet:
    let before = events.len
    var steps = 1
    for value in scopes[0].mvalues:
      if value != nil: (value = nil; step(); inc steps)
    GC_fullCollect()
    step()
    isQuiet = events.len - before == steps
  for meta in metas:
    if not meta.dead: log "leaked " & meta.said

proc run(op: Operation) =
  case op.word
  of "new": scopes[^1][op.target] = make(op.target, op.kind)
  of "bulk":
    let scope = scopeOf(op.target)
    if scope < 0: return
    let into = scopes[scope][op.target]
    if into.meta.kind == "node":
      for i in 1 .. op.number: into.slots.add make(op.target, "node")
  of "let":
    let a = find(op.a)
    if a != nil: scopes[^1][op.target] = a
  of "root":
    let a = find(op.a)
    if a != nil: scopes[0][a.meta.name] = a
  of "drop":
    let scope = scopeOf(op.target)
    if scope >= 0: scopes[scope][op.target] = nil
  of "append", "remove", "store", "erase", "clear": mutate(op)
  of "tuple":
    let a = find(op.a)
    if a == nil or a.hasAttributes or a.slots.len == 0: return
    let items = a.slots
    let made = make(op.target, "tuple")
    made.slots = items
    scopes[^1][op.target] = made
  of "call":
    if scopes.len > 64: return
    let pair = [find(op.a), find(op.b)]
    scopes.add Scope()
    arguments.add pair
  of "return":
    if scopes.len > 1: leave()
  of "collect":
    if op.number > 2: (log "error 0"; return)
    log "collect " & $op.number
    GC_fullCollect()
    log "returned 0"
  of "shutdown": shutDown()
  else: discard

proc parse(line: string): Operation =
  var words: seq[string]
  for c in line.multiReplace(("@", "@ "), ("[", " [ "), ("]", " ] ")).splitWhitespace: words.add c
  var at = 0
  proc next(): string = (result = words[at]; inc at)
  proc number(word: string): int = parseInt(word.strip(chars = {'n'}))
  proc operand(): Operand =
    result = Operand(kind: variable, slot: -1)
    if words[at] == "@": (inc at; result.kind = label)
    result.name = number(next())
    if at < words.len and words[at] == "[": (inc at; result.slot = parseInt(next()); inc at)
  result.word = next()
  case result.word
  of "new": (result.target = number(next()); result.kind = next())
  of "bulk": (result.target = number(next()); result.number = parseInt(next()))
  of "let", "tuple": (result.target = number(next()); result.a = operand())
  of "drop": result.target = number(next())
  of "root", "clear": result.a = operand()
  of "append", "remove", "call": (result.a = operand(); result.b = operand())
  of "store": (result.a = operand(); result.number = parseInt(next()); result.b = operand())
  of "erase": (result.a = operand(); result.number = parseInt(next()))
  of "collect": result.number = parseInt(next())
  else: discard

proc answer(lines: seq[string]) =
  metas = @[]
  labels.clear()
  scopes = @[Scope()]
  arguments = @[]
  events = @[]
  isOver = false
  var isShutDown = false
  var text = "log\n"
  var index = 0
  for line in lines:
    const header = ["run", "cyclecheck-trace", "profile", "threshold", "disabled", "free_lists_filled"]
    if line.split(' ')[0] in header: continue
    let op = parse(line)
    if not isShutDown: run(op)
    if op.word == "shutdown": isShutDown = true
    if events.len > 0:
      text.add $index & ":\n"
      for event in events: text.add " " & event & "\n"
      events = @[]
    inc index
  isOver = true
  scopes = @[]
  arguments = @[]
  GC_fullCollect()
  stdout.write text & "end " & $index & "\n"
  stdout.flushFile

GC_disableOrc() # collections come when they are asked for
stdout.write "cyclecheck-subject 2\nname nim-orc\nversion " & NimVersion &
  "\ncontract counts=prompt collections=1 finalizers=never callbacks=never left=none\nwithout opaque\n" &
  "operations new bulk let root drop append remove store erase clear call return safepoint collect tuple enable " &
  "disable set_threshold shutdown\nready\n"
stdout.flushFile
var lines: seq[string]
for line in stdin.lines:
  if line != "end": lines.add line
  else: (answer(lines); lines = @[])
