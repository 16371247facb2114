#include "log.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void fail(const char* message, const char* detail) {
  dprintf(2, "cyclecheck driver: %s%s\n", message, detail);
  _exit(70);
}

void* grown(void* array, int size, int* capacity, size_t element) {
  if (size < *capacity) return array;
  *capacity = *capacity == 0 ? 64 : *capacity * 2;
  array = realloc(array, (size_t)*capacity * element);
  if (array == NULL) fail("out of memory", "");
  return array;
}

static char* out;
static size_t out_size, out_capacity;
static int operation_to_say = -1; /* its line is written with its first event */

static void reserve(size_t size) {
  if (out_size + size <= out_capacity) return;
  out_capacity = (out_size + size) * 2;
  out = realloc(out, out_capacity);
  if (out == NULL) fail("out of memory", "");
}

static void put_bytes(const char* bytes, size_t length) {
  reserve(length);
  memcpy(out + out_size, bytes, length);
  out_size += length;
}

void put(const char* text) { put_bytes(text, strlen(text)); }

void put_number(long number) {
  char digits[24];
  char* const end = digits + sizeof digits;
  char* at = end;
  const int negative = number < 0;
  unsigned long rest = negative ? 0ul - (unsigned long)number : (unsigned long)number;
  do {
    *--at = (char)('0' + rest % 10);
    rest /= 10;
  } while (rest != 0);
  if (negative) *--at = '-';
  put_bytes(at, (size_t)(end - at));
}

void flush(void) {
  size_t done = 0;
  while (done < out_size) {
    const ssize_t written = write(1, out + done, out_size - done);
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) _exit(0); /* the reader is gone */
    done += (size_t)written;
  }
  out_size = 0;
}

void discard_output(void) { out_size = 0; }

void log_operation(int index) { operation_to_say = index; }

void begin_event(const char* word) {
  if (operation_to_say >= 0) {
    put_number(operation_to_say);
    put(":\n");
    operation_to_say = -1;
  }
  put(" ");
  put(word);
}

void log_word(const char* word) {
  begin_event(word);
  put("\n");
}

void log_number(const char* word, long number) {
  begin_event(word);
  put(" ");
  put_number(number);
  put("\n");
}

void log_numbers(const char* word, long a, long b, long c) {
  begin_event(word);
  put(" ");
  put_number(a);
  put(" ");
  put_number(b);
  put(" ");
  put_number(c);
  put("\n");
}
