// Assertions of the library. They never decide behaviour: a build without them does the same.
// CYCLEGC_CHECKS: there are any. CYCLEGC_CHECK compares; CYCLEGC_CHECK_OBJECT(heap, id) also says what is wrong with
// the id.
#pragma once

#include <cstdio>
#include <cstdlib>

#if !defined(CYCLEGC_CHECKED)
#if !defined(NDEBUG) || defined(__SANITIZE_ADDRESS__)
#define CYCLEGC_CHECKED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(undefined_behavior_sanitizer)
#define CYCLEGC_CHECKED 1
#endif
#endif
#endif

#if defined(CYCLEGC_CHECKED) && CYCLEGC_CHECKED
#define CYCLEGC_CHECK(condition)                                                                 \
  do {                                                                                           \
    if (!(condition)) {                                                                          \
      std::fprintf(stderr, "%s:%d: cyclegc check failed: %s\n", __FILE__, __LINE__, #condition); \
      std::abort();                                                                              \
    }                                                                                            \
  } while (false)
#define CYCLEGC_CHECK_OBJECT(heap, object) (heap).expect_object(object, __func__)
#define CYCLEGC_CHECKS true
#else
#define CYCLEGC_CHECKS false
#define CYCLEGC_CHECK(condition) static_cast<void>(0)
#define CYCLEGC_CHECK_OBJECT(heap, object) static_cast<void>(0)
#endif
