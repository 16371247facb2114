// Covers: which calls can run out of memory (impl/memory.hpp), that nothing has changed then, and that deaths and
// collections never ask for any. Does not cover: every request of whole traces (cyclecheck run --oom).
#include <algorithm>
#include <cstdlib>
#include <new>
#include <vector>

#include "impl/memory.hpp"
#include "properties/impl/fixture.hpp"

namespace cyclegc {
namespace {

// The C library's memory, until there is none.
class Memory {
 public:
  Memory() { set_memory(&Memory::resize, this, 1); }
  ~Memory() { set_memory(nullptr, nullptr); }
  Memory(const Memory&) = delete;
  Memory& operator=(const Memory&) = delete;

  bool is_empty = false;
  // The request, counted from the next one, that is refused alone. 0: none.
  std::size_t refuses = 0;
  std::size_t refused = 0;

 private:
  static void* resize(void* context, Site, void* old, std::size_t /*old_bytes*/, std::size_t bytes) {
    auto& memory = *static_cast<Memory*>(context);
    if (bytes == 0) {
      std::free(old);
      return nullptr;
    }
    const bool is_refused = memory.is_empty || (memory.refuses != 0 && --memory.refuses == 0);
    if (!is_refused) return std::realloc(old, bytes);
    ++memory.refused;
    return nullptr;
  }
};

TEST(OutOfMemory, CreateChangesNothing) {
  Memory memory;
  World world;
  std::vector<Handle> held;
  memory.is_empty = true;
  EXPECT_THROW(held.push_back(world.make('a')), std::bad_alloc);
  EXPECT_EQ(world.heap.size(), 0U);
  EXPECT_EQ(world.gc.get_count()[0], 0);
  EXPECT_EQ(world.happened(), "");
  memory.is_empty = false;
  held.push_back(world.make('a'));
  EXPECT_EQ(world.names(0), "a");
}

TEST(OutOfMemory, AppendChangesNothing) {
  Memory memory;
  World world;
  const Handle a = world.make('a');
  const Handle b = world.make('b');
  memory.is_empty = true;
  std::uint32_t room = 0;
  EXPECT_THROW(
      {
        for (; room < 1000; ++room) world.heap.append(a.get(), b.get());
      },
      std::bad_alloc);
  EXPECT_EQ(world.heap.slot_count(a.get()), room);
  EXPECT_EQ(world.heap.references(b.get()), 1 + room);
  EXPECT_EQ(world.heap.verify(Grade::whole_heap).value_or(""), "");
}

// Slots get memory first, and then what their releases need. When only the first succeeds, the next append finds slots.
TEST(OutOfMemory, AnAppendThatFailsHalfwayLeavesNoSlotsWithoutRoomForTheirReleases) {
  Memory memory;
  for (std::size_t refused = 1; refused < 6; ++refused) {
    World world;
    const Handle a = world.make('a');
    memory.refuses = refused;
    for (int i = 0; i < 40; ++i) {
      try {
        world.heap.append(a.get(), a.get());
      } catch (const std::bad_alloc&) {
      }
      EXPECT_EQ(world.heap.verify(Grade::whole_heap).value_or(""), "") << refused;
    }
    memory.refuses = 0;
  }
  EXPECT_GT(memory.refused, 3U);
}

TEST(OutOfMemory, AttributesChangeNothing) {
  Memory memory;
  World world;
  const Handle a = world.make(world.instance, 'a');
  memory.is_empty = true;
  EXPECT_THROW(world.heap.store(a.get(), 15, a.get()), std::bad_alloc);
  EXPECT_EQ(world.heap.slot_count(a.get()), 0U);
  EXPECT_EQ(world.heap.references(a.get()), 1U);
}

TEST(OutOfMemory, AWeakReferenceIsNotMade) {
  Memory memory;
  World world;
  const Handle a = world.make('a');
  memory.is_empty = true;
  EXPECT_THROW(static_cast<void>(world.weak(a, 'w')), std::bad_alloc);
  EXPECT_EQ(world.names(0), "a");
  memory.is_empty = false;
  const Handle w = world.weak(a, 'w');
  EXPECT_EQ(world.heap.referent(w.get()), a.get());
}

TEST(OutOfMemory, AGcCallbackIsNotAdded) {
  Memory memory;
  World world;
  int calls = 0;
  memory.is_empty = true;
  EXPECT_THROW(world.gc.add_callback([&](const GcEvent&) { ++calls; }), std::bad_alloc);
  world.gc.collect();
  EXPECT_EQ(calls, 0);
}

// Trash of every kind, in a heap that has just enough room: finalizers, callbacks, resurrection, gc.garbage, wide
// objects, chains beyond the trashcan.
TEST(OutOfMemory, CollectionsAndDeathsAskForNone) {
  Memory memory;
  World world;
  Handle kept;
  world.on('r', [&](ObjectId self) { kept = Handle(world.heap, self); });
  const auto ring = [&](TypeId type, char name, int size) {
    const Handle first = world.make(type, name);
    Handle last = first;
    for (int i = 1; i < size; ++i) {
      const Handle next = world.make(type, name);
      world.link(next, last);
      last = next;
    }
    world.link(first, last);
    return first;
  };
  std::vector<Handle> heads;
  heads.push_back(ring(world.plain, 'p', 300));
  heads.push_back(ring(world.del, 'd', 40));
  heads.push_back(ring(world.del, 'r', 3));
  heads.push_back(ring(world.legacy, 'l', 5));
  heads.push_back(ring(world.instance, 'i', 40));
  Handle wide = world.make('w');
  for (int i = 0; i < 500; ++i) world.link(wide, heads[static_cast<std::size_t>(i) % heads.size()]);
  std::vector<Handle> weak;
  for (const Handle& head : heads) weak.push_back(world.weak(head, 'c'));
  Handle chain = world.make('n');
  for (int i = 0; i < 400; ++i) {
    const Handle next = world.make('n');
    world.link(next, chain);
    chain = next;
  }
  memory.is_empty = true;
  chain.reset();
  heads.clear();
  world.heap.clear(wide.get());
  wide.reset();
  for (int generation = 0; generation <= 2; ++generation) world.gc.collect(generation);
  world.gc.set_debug(debug_flag::save_all);
  kept.reset();
  world.gc.collect();
  world.gc.clear_garbage();
  world.gc.set_debug(0);
  weak.clear();
  world.gc.freeze();
  world.gc.unfreeze();
  world.gc.collect();
  EXPECT_EQ(memory.refused, 0U);
  // It went through all of that.
  const std::string happened = world.happened();
  for (const char* part : {"cb c", "del d", "del r", "died p", "died d", "died i", "died n"}) {
    EXPECT_NE(happened.find(part), std::string::npos) << part;
  }
}

TEST(OutOfMemory, CallbacksAreLostWithTheirTuple) {
  Memory memory;
  std::size_t lost = 0;
  Hooks hooks;
  hooks.callbacks_lost = [&](ObjectId) { ++lost; };
  Heap heap({}, hooks);
  Type type;
  type.name = "node";
  const TypeId node = heap.define(type);
  Handle a = heap.create(node);
  std::size_t calls = 0;
  std::vector<Handle> weak;
  for (int i = 0; i < 40; ++i) {
    weak.push_back(heap.create_weak(WeakKind::reference, a.get(), [&](Heap&, ObjectId) { ++calls; }).handle);
  }
  memory.is_empty = true;
  a.reset();
  EXPECT_EQ(lost, 1U);
  EXPECT_EQ(calls, 0U);
  for (const Handle& w : weak) EXPECT_FALSE(heap.referent(w.get()));
  EXPECT_EQ(heap.verify(Grade::whole_heap).value_or(""), "");
}

// Tables begin as blocks of the C library, become pages of their own, and are moved as such.
TEST(Memory, TablesKeepWhatIsInThemWhenTheyGrow) {
  World world;
  constexpr std::size_t kObjects = 300'000;
  std::vector<Handle> held;
  for (std::size_t i = 0; i < kObjects; ++i) {
    held.push_back(world.heap.create(world.plain));
    for (std::size_t k = 1; k <= 5 && k <= i; ++k) world.link(held[i], held[i - k]);
  }
  for (std::size_t i = 5; i < kObjects; ++i) {
    ASSERT_EQ(world.heap.slot(held[i].get(), 4), held[i - 5].get());
    ASSERT_EQ(world.heap.references(held[i].get()), 1 + std::min<std::size_t>(5, kObjects - 1 - i));
  }
  EXPECT_EQ(world.heap.verify(Grade::whole_heap).value_or(""), "");
  while (!held.empty()) held.pop_back();
  EXPECT_EQ(world.heap.size(), 0U);
}

}  // namespace
}  // namespace cyclegc
