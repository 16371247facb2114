#include "input.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "log.h"

static char* in;
static size_t in_begin, in_size, in_capacity;

/* Reads on; 0 at the end of the input. */
static int read_more(void) {
  ssize_t size;
  if (in_begin > 0) {
    memmove(in, in + in_begin, in_size - in_begin);
    in_size -= in_begin;
    in_begin = 0;
  }
  if (in_capacity - in_size < 65536) {
    in_capacity = in_capacity * 2 + 131072;
    in = realloc(in, in_capacity);
    if (in == NULL) fail("out of memory", "");
  }
  do {
    size = read(0, in + in_size, in_capacity - in_size - 1);
  } while (size < 0 && errno == EINTR);
  if (size <= 0) return 0;
  in_size += (size_t)size;
  return 1;
}

char* next_line(void) {
  size_t searched = 0;
  for (;;) {
    char* end =
        in_size - in_begin > searched ? memchr(in + in_begin + searched, '\n', in_size - in_begin - searched) : NULL;
    if (end != NULL) {
      char* line = in + in_begin;
      *end = '\0';
      in_begin = (size_t)(end - in) + 1;
      return line;
    }
    searched = in_size - in_begin;
    if (!read_more()) return NULL;
  }
}

char* next_text(void) {
  static const char end[] = "\nend\n";
  size_t searched = 0;
  for (;;) {
    const size_t size = in_size - in_begin;
    char* found = size > searched ? memmem(in + in_begin + searched, size - searched, end, sizeof end - 1) : NULL;
    if (found != NULL) {
      char* text = in + in_begin;
      found[1] = '\0';
      in_begin = (size_t)(found - in) + sizeof end - 1;
      return text;
    }
    searched = size < sizeof end ? 0 : size - sizeof end;
    if (!read_more()) return NULL;
  }
}
