// Something outside of the heap that holds objects: the variables of a module, of a call, a table of handles.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "impl/object_id.hpp"

namespace cyclegc {

struct NamedRoot {
  std::string name;
  // What it calls its objects, and these.
  std::vector<std::pair<std::string, ObjectId>> variables;
  // Chains begin here only if no other root leads to the object: it says less than the others do.
  bool last_resort = false;
};

}  // namespace cyclegc
