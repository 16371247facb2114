#include "program.h"

#include <stdlib.h>
#include <string.h>

#include "compiler.h"
#include "log.h"

struct program program;

/* The fields of an operation: t name to bind, k kind, f finalizer, c callback, a, b and d operands, n number,
   g optional number, T one to three numbers, o on or off, i integer, s text, w start or stop with a script. */
static const struct {
  const char *word, *fields;
  enum place place;
} kTable[OP_CODES] = {
    {"new", "tkf", ANYWHERE},         {"bulk", "tn", ANYWHERE},
    {"let", "ta", ANYWHERE},          {"root", "a", ANYWHERE},
    {"drop", "t", ANYWHERE},          {"append", "ab", ANYWHERE},
    {"remove", "ab", ANYWHERE},       {"store", "anb", ANYWHERE},
    {"erase", "an", ANYWHERE},        {"clear", "a", ANYWHERE},
    {"call", "ab", TRACE_ONLY},       {"return", "", TRACE_ONLY},
    {"safepoint", "", ANYWHERE},      {"weakref", "tac", ANYWHERE},
    {"subref", "tac", ANYWHERE},      {"proxy", "tac", ANYWHERE},
    {"deref", "ta", ANYWHERE},        {"use", "a", ANYWHERE},
    {"collect", "n", ANYWHERE},       {"enable", "", ANYWHERE},
    {"disable", "", ANYWHERE},        {"isenabled", "", ANYWHERE},
    {"set_threshold", "T", ANYWHERE}, {"get_threshold", "", ANYWHERE},
    {"get_count", "", ANYWHERE},      {"set_debug", "n", ANYWHERE},
    {"get_debug", "", ANYWHERE},      {"garbage", "", ANYWHERE},
    {"clear_garbage", "", ANYWHERE},  {"take_garbage", "tn", ANYWHERE},
    {"get_objects", "g", ANYWHERE},   {"get_referrers", "a", ANYWHERE},
    {"get_referents", "a", ANYWHERE}, {"is_tracked", "a", ANYWHERE},
    {"is_finalized", "a", ANYWHERE},  {"freeze", "", ANYWHERE},
    {"unfreeze", "", ANYWHERE},       {"get_freeze_count", "", ANYWHERE},
    {"callbacks", "o", ANYWHERE},     {"get_stats", "", ANYWHERE},
    {"refcount", "a", ANYWHERE},      {"same", "ab", ANYWHERE},
    {"shutdown", "", TRACE_ONLY},     {"raise", "", SCRIPT_ONLY},
    {"tuple", "ta", ANYWHERE},        {"int", "ti", ANYWHERE},
    {"str", "ts", ANYWHERE},          {"add", "tab", ANYWHERE},
    {"intern", "ta", ANYWHERE},       {"id", "a", ANYWHERE},
    {"weakmap", "t", ANYWHERE},       {"mapset", "abd", ANYWHERE},
    {"mapget", "tab", ANYWHERE},      {"hold", "an", ANYWHERE},
    {"unhold", "an", ANYWHERE},       {"fill", "abn", ANYWHERE},
    {"weakrefs", "tan", ANYWHERE},    {"watch", "aw", ANYWHERE},
    {"unwatch", "a", ANYWHERE},       {"method", "tab", ANYWHERE},
    {"traceback", "tab", ANYWHERE},   {"close", "a", ANYWHERE},
    {"setitem", "abd", ANYWHERE},     {"delitem", "ab", ANYWHERE},
    {"resume", "a", ANYWHERE},
#if HAS_FAULTS
    {"fail", "n", ANYWHERE},
#endif
};

const char* operation_word(int code) { return kTable[code].word; }
enum place operation_place(int code) { return kTable[code].place; }

/* --- words of one line ------------------------------------------------------------------------------------------ */

static char* at;
static const char* problem;
static char problem_text[160];

static void skip_blanks(void) {
  while (*at == ' ' || *at == '\t') ++at;
}

static int at_end_of_line(void) {
  skip_blanks();
  return *at == '\n' || *at == '\0';
}

static void expected(const char* what) {
  int length = 0;
  if (problem != NULL) return;
  while (length < 60 && at[length] != '\n' && at[length] != '\0') ++length;
  snprintf(problem_text, sizeof problem_text, "expected %s, found '%.*s'", what, length, at);
  problem = problem_text;
}

static int is_word_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.';
}

static int take_word(const char* word) {
  const size_t length = strlen(word);
  skip_blanks();
  if (strncmp(at, word, length) != 0 || is_word_character(at[length])) return 0;
  at += length;
  return 1;
}

static int take_mark(char mark) {
  skip_blanks();
  if (*at != mark) return 0;
  ++at;
  return 1;
}

static int take_number(void) {
  long value = 0;
  int digits = 0;
  skip_blanks();
  for (; *at >= '0' && *at <= '9' && digits < 12; ++at, ++digits) value = value * 10 + (*at - '0');
  if (digits == 0 || value > 1000000000) expected("a number");
  return (int)value;
}

static int take_integer(void) {
  const int is_negative = take_mark('-');
  const int value = take_number();
  return is_negative ? -value : value;
}

/* It ends where its closing quotation mark was. */
static const char* take_text(void) {
  const char* text;
  if (!take_mark('"')) expected("a text in quotation marks");
  text = at;
  while (*at != '"' && *at != '\n' && *at != '\0') ++at;
  if (problem == NULL && *at != '"') expected("'\"'");
  if (problem == NULL) *at++ = '\0';
  return text;
}

static int take_name(void) {
  int name;
  skip_blanks();
  if (*at != 'n' || at[1] < '0' || at[1] > '9') {
    expected("a name: n and a number");
    return 0;
  }
  ++at;
  name = take_number();
  if (name >= 0xFFFF) {
    expected("a name below n65535");
    return 0;
  }
  if (name >= program.names) program.names = name + 1;
  return name;
}

static struct operand take_operand(void) {
  struct operand operand = {OPERAND_VARIABLE, 0, WHOLE};
  if (take_mark('@')) {
    operand.kind = OPERAND_LABEL;
    operand.name = take_name();
  } else if (take_word("self")) {
    operand.kind = OPERAND_SELF;
  } else {
    operand.name = take_name();
  }
  if (take_mark('[')) {
    operand.slot = take_number();
    if (!take_mark(']')) expected("']'");
  }
  return operand;
}

/* --- operations ------------------------------------------------------------------------------------------------- */

static int take_script(int depth);

static void take_equals(void) {
  if (!take_mark('=')) expected("'='");
}

static int ends_operation(void) { return at_end_of_line() || *at == ';' || *at == '}'; }

/* `depth`: of the script that it stands in; 0: in none. */
static struct operation take_operation(int depth) {
  struct operation operation;
  const char* field;
  static const char* const kKinds[KINDS] = {"node", "instance", "classic", "opaque", "list",   "dict",     "custom",  "cell", "frame", "generator", "set", "coroutine"};
  int code = 0, kind = 0;
  memset(&operation, 0, sizeof operation);
  operation.script = NO_SCRIPT;
  while (code < OP_CODES && !take_word(kTable[code].word)) ++code;
  if (code == OP_CODES) {
    expected("an operation");
    return operation;
  }
  operation.code = code;
  if (code == OP_GET_STATS) program.asks_for_stats = 1;
  for (field = kTable[code].fields; *field != '\0' && problem == NULL; ++field) {
    switch (*field) {
      case 't':
        operation.target = take_name();
        break;
      case 'k':
        while (kind < KINDS && !take_word(kKinds[kind])) ++kind;
        if (kind == KINDS) expected("a kind of object");
        operation.kind = kind;
        break;
      case 'f':
        if (take_word("del"))
          operation.finalizer = FINALIZER_DEL;
        else if (take_word("legacy"))
          operation.finalizer = FINALIZER_LEGACY;
        else if (take_word("both"))
          operation.finalizer = FINALIZER_BOTH;
        if (operation.finalizer == FINALIZER_NONE) break;
        take_equals();
        operation.script = take_script(depth);
        break;
      case 'c':
        if (!take_word("cb")) break;
        take_equals();
        skip_blanks();
        if (*at != '{') operation.b = take_operand();
        operation.script = take_script(depth);
        break;
      case 'a':
        operation.a = take_operand();
        break;
      case 'b':
        operation.b = take_operand();
        break;
      case 'd':
        operation.c = take_operand();
        break;
      case 'g':
        if (ends_operation()) break;
        operation.count = 1;
        operation.number[0] = take_number();
        break;
      case 'T':
        do {
          operation.number[operation.count++] = take_number();
        } while (operation.count < 3 && !ends_operation());
        break;
      case 'i':
        operation.number[0] = take_integer();
        break;
      case 's':
        operation.text = take_text();
        if (problem == NULL) operation.is_interned = compiler_interns(operation.text);
        break;
      case 'w':
        operation.number[0] = take_word("stop");
        if (operation.number[0] == 0 && !take_word("start")) expected("'start' or 'stop'");
        take_equals();
        operation.script = take_script(depth);
        break;
      case 'o':
        operation.number[0] = take_word("on");
        if (operation.number[0] == 0 && !take_word("off")) expected("'on' or 'off'");
        break;
      default:
        operation.number[0] = take_number();
        break;
    }
  }
  return operation;
}

/* From the `{` on. The operations of a script stand in a row, so they wait until those of its own scripts are there. */
static int take_script(int depth) {
  static struct operation* waiting[SCRIPT_DEPTH];
  static int capacity[SCRIPT_DEPTH];
  struct script script;
  int size = 0, i;
  if (!take_mark('{')) {
    expected("'{'");
    return EMPTY_SCRIPT;
  }
  if (take_mark('}')) return EMPTY_SCRIPT;
  if (depth == SCRIPT_DEPTH) {
    expected("'}': a script inside of three scripts is empty");
    return EMPTY_SCRIPT;
  }
  do {
    const struct operation operation = take_operation(depth + 1);
    if (problem != NULL) return EMPTY_SCRIPT;
    waiting[depth] = grown(waiting[depth], size, &capacity[depth], sizeof operation);
    waiting[depth][size++] = operation;
  } while (take_mark(';'));
  if (!take_mark('}')) expected("';' or '}'");
  script.begin = program.script_size;
  for (i = 0; i < size; ++i) {
    program.script_operations =
        grown(program.script_operations, program.script_size, &program.script_capacity, sizeof waiting[depth][i]);
    program.script_operations[program.script_size++] = waiting[depth][i];
  }
  script.end = program.script_size;
  program.scripts = grown(program.scripts, program.scripts_size, &program.scripts_capacity, sizeof script);
  program.scripts[program.scripts_size++] = script;
  return program.scripts_size - 1;
}

static void next_line(void) {
  if (!at_end_of_line()) expected("the end of the line");
  while (*at == '\n' || *at == ' ') ++at;
}

static void parse_header(const char* profile) {
  if (!take_word("cyclecheck-trace") || take_number() != 1) {
    expected("'cyclecheck-trace 1'");
    return;
  }
  next_line();
  if (!take_word("profile") || !take_word(profile)) {
    char what[60];
    snprintf(what, sizeof what, "'profile %s'", profile);
    expected(what);
    return;
  }
  next_line();
  program.threshold[0] = PY_VERSION_HEX >= 0x030D0000 ? 2000 : 700;
  program.threshold[1] = program.threshold[2] = 10;
  for (;;) {
    if (take_word("threshold")) {
      int i;
      for (i = 0; i < 3; ++i) program.threshold[i] = take_number();
    } else if (take_word("disabled")) {
      program.disabled = 1;
    } else if (take_word("free_lists_filled")) {
      program.free_lists_filled = 1;
    } else {
      return;
    }
    next_line();
  }
}

const char* parse_program(char* text, const char* profile) {
  program.size = program.script_size = program.scripts_size = 0;
  program.names = program.disabled = program.free_lists_filled = program.asks_for_stats = 0;
  at = text;
  problem = NULL;
  parse_header(profile);
  while (problem == NULL && *at != '\0') {
    const struct operation operation = take_operation(0);
    program.operations = grown(program.operations, program.size, &program.capacity, sizeof operation);
    program.operations[program.size++] = operation;
    next_line();
  }
  return problem;
}
