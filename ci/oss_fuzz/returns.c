/* Linked between the engine and a target with --wrap: ends the process if the target answers anything but 0. */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int __real_LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

int __wrap_LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const int answer = __real_LLVMFuzzerTestOneInput(data, size);
  if (answer != 0) {
    fprintf(stderr, "the target answers %d, expected 0\n", answer);
    abort();
  }
  return answer;
}
