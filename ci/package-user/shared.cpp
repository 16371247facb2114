// A shared library that has the collector inside: its code is position-independent.
#include "cyclegc/runtime.hpp"

unsigned objects_of_a_new_heap() { return static_cast<unsigned>(cyclegc::Runtime().numbers().objects); }
