// `embedder`: what the program of an embedder does with objects of a class of its own, which has two references and a
// number. Unit: an operation.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <stdexcept>
#include <utility>
#include <vector>

#include "bench/workload.hpp"

namespace cyclecheck::bench {

// System: Ref, a counted pointer to an object with `number`; Slot, a reference in an object; create(), get(slot), set(
// owner, slot, ref), slot(ref, i); Table and its slots; kFindsCycles; identity(ref); Roots<T>, which its collector
// sees.
template <class System>
class Embedder : public Workload {
 public:
  using Ref = typename System::Ref;

  explicit Embedder(const Spec& spec) : part_(spec.part) {
    for (const char* known : {"churn", "list", "trees", "rewrites", "hash", "cycles"}) {
      if (part_ == known) return;
    }
    throw std::invalid_argument("embedder: expected part=churn, list, trees, rewrites, hash or cycles");
  }

  double run() override {
    seed_ = 12345;
    sum_ = 0;
    const std::uint64_t operations = part_ == "churn"      ? churn()
                                     : part_ == "list"     ? list()
                                     : part_ == "trees"    ? trees()
                                     : part_ == "rewrites" ? rewrites()
                                     : part_ == "hash"     ? hash()
                                                           : cycles();
    const double spent = watch_.nanoseconds();
    watch_ = {};
    return spent / static_cast<double>(operations);
  }
  [[nodiscard]] Answers answers() override { return {{"sum", sum_}}; }

 private:
  template <class T>
  using Roots = typename System::template Roots<T>;

  std::uint32_t random() {
    seed_ ^= seed_ << 13U;
    seed_ ^= seed_ >> 17U;
    seed_ ^= seed_ << 5U;
    return seed_;
  }
  void set(const Ref& owner, int i, const Ref& value) { system_.set(owner, System::slot(owner, i), value); }
  Ref get(const Ref& owner, int i) { return system_.get(System::slot(owner, i)); }

  std::uint64_t churn() {
    constexpr std::uint64_t kObjects = 5'000'000;
    Roots<Ref> ring(64);
    watch_.start();
    for (std::uint64_t i = 0; i < kObjects; ++i) {
      Ref made = system_.create();
      made->number = static_cast<std::int64_t>(i);
      ring[i % 64] = std::move(made);
    }
    watch_.stop();
    for (const Ref& ref : ring) sum_ += ref->number;
    return kObjects;
  }

  std::uint64_t list() {
    constexpr std::uint64_t kObjects = 1'000'000;
    watch_.start();
    Ref head{};
    for (std::uint64_t i = 0; i < kObjects; ++i) {
      Ref made = system_.create();
      if (head) set(made, 0, head);
      head = std::move(made);
    }
    // Destructors of counted pointers recurse: taken apart by hand.
    while (!System::kFindsCycles && head) {
      Ref next = get(head, 0);
      set(head, 0, {});
      head = std::move(next);
    }
    head = {};
    watch_.stop();
    return kObjects;
  }

  Ref tree(int depth) {
    Ref made = system_.create();
    if (depth > 0) {
      set(made, 0, tree(depth - 1));
      set(made, 1, tree(depth - 1));
    }
    return made;
  }
  std::int64_t count(const Ref& tree) {
    std::int64_t objects = 1;
    for (int i = 0; i < 2; ++i) {
      if (const Ref branch = get(tree, i)) objects += count(branch);
    }
    return objects;
  }
  std::uint64_t trees() {
    watch_.start();
    const Ref long_lived = tree(16);
    for (int depth = 4; depth <= 16; depth += 2) {
      for (int i = 0; i < 1 << (19 - depth); ++i) sum_ += count(tree(depth));
    }
    sum_ += count(long_lived);
    watch_.stop();
    return static_cast<std::uint64_t>(sum_);
  }

  std::uint64_t rewrites() {
    constexpr std::uint32_t kObjects = 100'000;
    constexpr std::uint64_t kTimes = 10'000'000;
    Roots<Ref> objects;
    for (std::uint32_t i = 0; i < kObjects; ++i) objects.push_back(system_.create());
    watch_.start();
    for (std::uint64_t i = 0; i < kTimes; ++i) {
      Ref& from = objects[random() % kObjects];
      Ref& to = objects[random() % kObjects];
      set(from, static_cast<int>(i % 2), to);
      if (i % 32 != 0) continue;
      if (!System::kFindsCycles) cut(to);
      to = system_.create();
    }
    watch_.stop();
    if (!System::kFindsCycles) {
      for (const Ref& object : objects) cut(object);
    }
    return kTimes;
  }
  void cut(const Ref& object) {
    set(object, 0, {});
    set(object, 1, {});
  }

  std::uint64_t hash() {
    constexpr std::size_t kPlaces = std::size_t{1} << 19U;
    constexpr std::size_t kKeys = 200'000;
    constexpr std::uint64_t kTimes = 5'000'000;
    const auto table = system_.create_table(2 * kPlaces);
    Roots<Ref> keys;
    for (std::size_t i = 0; i < kKeys; ++i) keys.push_back(system_.create());
    const auto find = [&](const Ref& key) {
      std::size_t place = (System::identity(key) * 0x9E37'79B9'7F4A'7C15ULL >> 40U) % kPlaces;
      while (!System::is_free_for(table, place, key)) place = (place + 1) % kPlaces;
      return place;
    };
    for (const Ref& key : keys) {
      const std::size_t place = find(key);
      system_.put(table, place, key);
      system_.put(table, kPlaces + place, system_.create());
    }
    watch_.start();
    for (std::uint64_t i = 0; i < kTimes; ++i) {
      const Ref& key = keys[random() % kKeys];
      const std::size_t place = kPlaces + find(key);
      if (i % 2 == 1) {
        sum_ += ++system_.at(table, place)->number;
      } else if (i % 10 == 0) {
        system_.put(table, place, system_.create());
      } else {
        system_.put(table, place, key);
      }
    }
    watch_.stop();
    return kTimes;
  }

  std::uint64_t cycles() {
    constexpr std::uint64_t kRings = 500'000;
    Roots<Ref> kept(1000);
    watch_.start();
    for (std::uint64_t i = 0; i < kRings; ++i) {
      Ref first = system_.create();
      Ref last = first;
      for (int k = 1; k < 4; ++k) {
        Ref next = system_.create();
        set(last, 0, next);
        last = std::move(next);
      }
      set(last, 0, first);
      Ref& place = kept[i % kept.size()];
      if (!System::kFindsCycles && place) set(place, 0, {});
      place = std::move(first);
    }
    watch_.stop();
    if (!System::kFindsCycles) {
      for (const Ref& ring : kept) set(ring, 0, {});
    }
    return 4 * kRings;
  }

  std::string part_;
  System system_;
  Stopwatch watch_;
  std::uint32_t seed_ = 0;
  std::int64_t sum_ = 0;
};

// Systems whose references are pointers that count: Pointer<Object> is one.
template <template <class> class Pointer, template <class> class Make>
class CountedPointers {
 public:
  struct Object;
  using Ref = Pointer<Object>;
  using Slot = Ref;
  using Table = std::vector<Ref>;
  template <class T>
  using Roots = std::vector<T>;
  struct Object {
    std::uint32_t references = 0;
    Slot slots[2];
    std::int64_t number = 0;
  };
  static constexpr bool kFindsCycles = false;

  Ref create() { return Make<Object>()(); }
  static Slot& slot(const Ref& owner, int i) { return owner->slots[i]; }
  static Ref get(const Slot& slot) { return slot; }
  static void set(const Ref& /*owner*/, Slot& slot, const Ref& value) { slot = value; }
  static std::size_t identity(const Ref& ref) { return reinterpret_cast<std::size_t>(&*ref) >> 5U; }
  static std::shared_ptr<Table> create_table(std::size_t slots) { return std::make_shared<Table>(slots); }
  static bool is_free_for(const std::shared_ptr<Table>& table, std::size_t place, const Ref& key) {
    return !(*table)[place] || (*table)[place] == key;
  }
  static void put(const std::shared_ptr<Table>& table, std::size_t place, const Ref& value) { (*table)[place] = value; }
  static Ref at(const std::shared_ptr<Table>& table, std::size_t place) { return (*table)[place]; }
};

}  // namespace cyclecheck::bench
