// main() of every property suite: tests run on a large stack, because the model recurses as deeply as the python3.13
// trashcan allows.
#include <gtest/gtest.h>
#include <pthread.h>

#include <cstdio>
#include <cstdlib>

namespace {

void* run_all(void* result) {
  *static_cast<int*>(result) = RUN_ALL_TESTS();
  return nullptr;
}

}  // namespace

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  constexpr std::size_t kStack = std::size_t{1} << 30;  // reserved, not touched
  pthread_attr_t attributes;
  pthread_t thread;
  int result = EXIT_FAILURE;
  if (pthread_attr_init(&attributes) != 0 || pthread_attr_setstacksize(&attributes, kStack) != 0 ||
      pthread_create(&thread, &attributes, run_all, &result) != 0 || pthread_join(thread, nullptr) != 0) {
    std::fputs("cannot run the tests on a stack of 1 GiB\n", stderr);
    return EXIT_FAILURE;
  }
  return result;
}
