// The other side of the subject protocol (docs/subject-protocol.md): a subject of this program answers its requests.
#pragma once

#include <functional>
#include <istream>
#include <memory>
#include <ostream>

#include "harness/subjects/protocol.hpp"
#include "harness/subjects/subject.hpp"

namespace cyclecheck {

// Greets, without contract, and answers requests until there is none left. What the subject throws, and a request that
// means nothing, is answered with `error`.
void serve(const Greeting& greeting, const std::function<std::unique_ptr<Subject>()>& make, std::istream& in,
           std::ostream& out);

}  // namespace cyclecheck
