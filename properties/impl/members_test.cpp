// Covers: classes that inherit their members (impl/members.hpp): which they are, how their objects die; and what a heap
// without an exact order leaves out: young collections find all that they would find if they looked, against a mirror
// that counts and marks. Does not cover: exact orders.
#include "impl/members.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "cyclegc/runtime.hpp"

namespace cyclegc {
namespace {

struct Plain : Members<2> {
  std::int64_t number = 0;
};
struct Named : Members<3> {
  std::string name = "a name that is too long to lie in the object";
};
struct Ahead {
  std::int64_t ahead[2] = {};
};
struct Behind : Ahead, Members<1> {};
struct Own : Members<1> {
  Member other;
  void traverse(const Visitor& visit) const {
    visit(members[0]);
    visit(other);
  }
  void detach(References& out) {
    out.take(members[0]);
    out.take(other);
  }
};
struct Leaf : Members<0> {
  int number = 0;
};
struct Virtual : virtual Members<1> {};

TEST(Members, AreKnownIfAClassHasNoOthers) {
  const CustomOperations plain = type_of_class<Plain>("plain").custom;
  EXPECT_EQ(plain.members, 2U);
  EXPECT_EQ(plain.first_member, 0U);
  EXPECT_TRUE(plain.shows_all);
  EXPECT_EQ(plain.dies_trivially, !CYCLEGC_CHECKS);
  const CustomOperations named = type_of_class<Named>("named").custom;
  EXPECT_EQ(named.members, 3U);
  EXPECT_FALSE(named.dies_trivially);
  const CustomOperations behind = type_of_class<Behind>("behind").custom;
  EXPECT_EQ(behind.members, 1U);
  EXPECT_EQ(behind.first_member, sizeof(Ahead));
  const CustomOperations leaf = type_of_class<Leaf>("leaf").custom;
  EXPECT_TRUE(leaf.in_place);
  EXPECT_EQ(leaf.members, 0U);
  EXPECT_TRUE(leaf.dies_trivially);
  EXPECT_FALSE(type_of_class<Own>("own").custom.in_place);
  EXPECT_FALSE(type_of_class<Own>("own").custom.shows_all);
  EXPECT_FALSE(type_of_class<Virtual>("virtual").custom.in_place);
}

// What must be there of a heap of objects with two references each: by counts, and by collections of young objects.
class Mirror {
 public:
  struct Object {
    std::array<std::optional<std::size_t>, 2> refers;
    int variables = 0;
    int generation = 0;
    bool lives = true;
  };

  std::size_t make() {
    objects_.emplace_back();
    objects_.back().variables = 1;
    return objects_.size() - 1;
  }
  void set(std::size_t owner, std::size_t slot, std::optional<std::size_t> value) {
    const auto old = std::exchange(objects_[owner].refers[slot], value);
    if (old) count(*old);
  }
  void release(std::size_t object) {
    --objects_[object].variables;
    count(object);
  }
  void collect(int generation) {
    std::vector<std::size_t> reached;
    const auto reach = [&](std::size_t at) {
      if (objects_[at].lives && objects_[at].generation <= generation && !marked_[at]) {
        marked_[at] = true;
        reached.push_back(at);
      }
    };
    marked_.assign(objects_.size(), false);
    for (std::size_t i = 0; i < objects_.size(); ++i) {
      const Object& object = objects_[i];
      if (!object.lives) continue;
      if (object.variables > 0) reach(i);
      if (object.generation <= generation) continue;
      for (const auto& to : object.refers) {
        if (to) reach(*to);
      }
    }
    for (std::size_t i = 0; i < reached.size(); ++i) {
      for (const auto& to : objects_[reached[i]].refers) {
        if (to) reach(*to);
      }
    }
    std::vector<std::size_t> left;
    for (std::size_t i = 0; i < objects_.size(); ++i) {
      Object& object = objects_[i];
      if (!object.lives || object.generation > generation) continue;
      if (marked_[i]) {
        object.generation = std::min(generation + 1, 2);
        continue;
      }
      object.lives = false;
      for (const auto& to : object.refers) {
        if (to) left.push_back(*to);
      }
    }
    for (const std::size_t to : left) count(to);
  }
  [[nodiscard]] std::size_t size() const {
    return static_cast<std::size_t>(std::count_if(objects_.begin(), objects_.end(), [](auto& o) { return o.lives; }));
  }
  [[nodiscard]] std::optional<std::size_t> get(std::size_t owner, std::size_t slot) const {
    return objects_[owner].refers[slot];
  }

 private:
  void count(std::size_t object) {
    if (!objects_[object].lives || objects_[object].variables > 0) return;
    for (const Object& other : objects_) {
      if (other.lives && (other.refers[0] == object || other.refers[1] == object)) return;
    }
    objects_[object].lives = false;
    for (const auto& to : objects_[object].refers) {
      if (to) count(*to);
    }
  }

  std::vector<Object> objects_;
  std::vector<bool> marked_;
};

// Random programs of which some make no cycle, some make one now and then, and some only with older objects.
TEST(Members, YoungCollectionsFindAllThatIsThere) {
  std::array<std::uint64_t, 3> collections{};
  for (std::uint32_t seed = 0; seed < 400; ++seed) {
    std::mt19937 random(seed);
    const auto below = [&](std::size_t n) { return random() % n; };
    Mirror mirror;
    struct Variable {
      Handle object;
      // Null: an instance, whose references are no members.
      Member* members;
      std::size_t number;
    };
    const bool with_others = seed % 4 == 0;
    Runtime runtime({.young_objects = static_cast<std::int32_t>(2 + seed % 7)});
    const TypeId plain = runtime.define(type_of_class<Plain>("plain"));
    const TypeId named = runtime.define(type_of_class<Named>("named"));
    Type attributes;
    attributes.layout = Layout::instance;
    const TypeId instance = runtime.define(std::move(attributes));
    std::vector<Variable> variables;
    std::array<std::uint64_t, 3> before{};
    const auto make_one = [&](std::size_t kind) -> Variable {
      if (kind == 0) return {runtime.create(instance), nullptr, mirror.make()};
      if (kind == 1) {
        const Ref<Named> made = make<Named>(runtime, named);
        return {made.handle(), made->members, mirror.make()};
      }
      const Ref<Plain> made = make<Plain>(runtime, plain);
      return {made.handle(), made->members, mirror.make()};
    };
    const auto set = [&](const Variable& owner, std::uint32_t slot, ObjectId value) {
      if (owner.members != nullptr) return runtime.store_member(owner.object.get(), owner.members[slot], value);
      static_cast<void>(value ? runtime.store(owner.object.get(), slot, value)
                              : runtime.erase(owner.object.get(), slot));
    };
    const std::size_t rate = 1 + seed % 5;
    for (int step = 0; step < 300; ++step) {
      if (variables.size() < 3 || below(5) < 2) {
        variables.push_back(make_one(with_others ? below(4) : 2));
      } else if (below(2) == 0) {
        const std::size_t at = below(variables.size());
        mirror.release(variables[at].number);
        variables.erase(variables.begin() + static_cast<std::ptrdiff_t>(at));
      } else {
        std::size_t from = below(variables.size());
        std::size_t to = below(variables.size());
        const auto slot = static_cast<std::uint32_t>(below(2));
        // Mostly from newer to older.
        if (from < to && below(4 * rate) != 0) std::swap(from, to);
        if (from == to && below(8) != 0) continue;
        const bool unsets = below(6) == 0;
        set(variables[from], slot, unsets ? ObjectId{} : variables[to].object.get());
        mirror.set(variables[from].number, slot,
                   unsets ? std::nullopt : std::optional<std::size_t>(variables[to].number));
      }
      runtime.safepoint();
      const auto after = runtime.numbers().collections;
      for (int generation = 0; generation < 3; ++generation) {
        const auto index = static_cast<std::size_t>(generation);
        if (after[index] != before[index]) mirror.collect(generation);
        collections[index] += after[index] - before[index];
      }
      before = after;
      ASSERT_EQ(runtime.size(), mirror.size()) << "seed " << seed << ", step " << step;
      ASSERT_EQ(runtime.verify(Grade::whole_heap).value_or(""), "") << "seed " << seed << ", step " << step;
    }
    variables.clear();
    runtime.collect();
    EXPECT_EQ(runtime.size(), 0U);
  }
  for (const std::uint64_t count : collections) EXPECT_GT(count, 100U);
}

TEST(Members, YoungObjectsAreNotLookedAtIfNoneRefersToAYoungerOne) {
  for (const bool cycle : {false, true}) {
    Runtime runtime({.young_objects = 1000});
    const TypeId plain = runtime.define(type_of_class<Plain>("plain"));
    Ref<Plain> head;
    for (int i = 0; i < 5000; ++i) {
      Ref<Plain> made = make<Plain>(runtime, plain);
      if (head) runtime.store_member(made.get(), made->members[0], head.get());
      if (cycle) runtime.store_member(made.get(), made->members[1], made.get());
      head = std::move(made);
      runtime.safepoint();
    }
    EXPECT_EQ(runtime.numbers().collections[0], 4U);
    EXPECT_EQ(runtime.steps_of_passes() > 10'000, cycle) << runtime.steps_of_passes();
  }
}

}  // namespace
}  // namespace cyclegc
