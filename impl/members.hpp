// The members of a class that has no others: with them it needs neither `traverse` nor `detach`.
//
//   class Pair : public cyclegc::Members<2> {
//    public:
//     int number = 0;
//   };
#pragma once

#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "impl/type.hpp"

namespace cyclegc {

// So many members, visited and released in their order. type_of_class tells the heap where they lie, which then reads
// them without a call; and if nothing else of the class has a destructor, its objects die without one.
// REQUIRES: a class derived from it has no other members, or functions `traverse` and `detach` of its own
template <std::size_t N>
class Members {
 public:
  Member members[N];
  void traverse(const Visitor& visit) const {
    for (const Member& member : members) visit(member);
  }
  void detach(References& out) {
    for (Member& member : members) out.take(member);
  }
};

template <>
class Members<0> {
 public:
  void traverse(const Visitor& /*visit*/) const {}
  void detach(References& /*out*/) {}
};

namespace internal {

inline constexpr std::size_t kOthers = SIZE_MAX;
template <std::size_t N>
constexpr std::size_t members_of(void (Members<N>::* /*traverse*/)(const Visitor&) const,
                                 void (Members<N>::* /*detach*/)(References&)) {
  return N;
}
template <class Traverse, class Detach>
constexpr std::size_t members_of(Traverse /*traverse*/, Detach /*detach*/) {
  return kOthers;
}

// How many members a class has, if it inherits them and has no others; otherwise kOthers.
template <class T>
constexpr std::size_t inherited_members() {
  if constexpr (requires { members_of(&T::traverse, &T::detach); }) {
    constexpr std::size_t kCount = members_of(&T::traverse, &T::detach);
    // A virtual base lies somewhere else in each class that is derived.
    if constexpr (kCount != kOthers && requires(Members<kCount % kOthers> * base) { static_cast<T*>(base); })
      return kCount;
  }
  return kOthers;
}

// Where they begin in an object.
template <class T>
std::uint32_t first_inherited_member() {
  if constexpr (inherited_members<T>() == 0) {
    return 0;
  } else {
    alignas(T) static unsigned char place[sizeof(T)];
    const auto* const members = static_cast<const Members<inherited_members<T>()>*>(reinterpret_cast<const T*>(place));
    return static_cast<std::uint32_t>(reinterpret_cast<const unsigned char*>(members->members) - place);
  }
}

}  // namespace internal
}  // namespace cyclegc
