// The Boehm-Demers-Weiser collector: conservative, so nothing is promised about what a collection leaves.
//
// An object is a block of the collector's; what the machine holds stands in a block that is never collected. A death is
// seen by a disappearing link: the collector clears it when it finds the block unreachable. Weak references are such
// links, too.
#include <gc.h>

#include <algorithm>

#include "../kit/kit.hpp"

namespace {

struct Cell {
  kit::Object* object;
  Cell** slots;
  std::size_t size, capacity;
};

// Beside the heap, where the collector looks for nothing.
struct Record {
  Cell* hidden = nullptr;  // no pointer, until it is revealed; null: the block is gone
  std::size_t holders = 0;
  std::size_t root = 0;  // its place among the roots, if anybody holds it
};

class Boehm : public kit::Backend {
 public:
  Boehm() {
    GC_INIT();
    roots_ = static_cast<Cell**>(GC_MALLOC_UNCOLLECTABLE(kMostRoots * sizeof(Cell*)));
  }
  void begin() override { collections_ = GC_get_gc_no(); }
  void end() override {
    for (Record& record : records_) GC_unregister_disappearing_link(reinterpret_cast<void**>(&record.hidden));
    for (std::size_t i = 0; i < used_; ++i) roots_[i] = nullptr;
    used_ = 0;
    free_.clear();
    records_.clear();
    objects_.clear();
  }

  void create(kit::Object* object) override {
    records_.emplace_back();
    object->native = &records_.back();
    objects_.push_back(object);
    Cell* const cell = static_cast<Cell*>(GC_MALLOC(sizeof(Cell)));
    cell->object = object;
    if (object->has_attributes()) grow(cell, 16);
    watch(object, cell);
    hold(object, cell);
  }
  kit::Object* answer(kit::Object* weak) override {
    see_deaths();
    if (weak->referent->dead) return nullptr;
    hold(weak->referent);
    return weak->referent;
  }
  void hold(kit::Object* object) override { hold(object, at(object)); }
  void release(kit::Object* object) override {
    Record& record = of(object);
    if (--record.holders > 0) return;
    roots_[record.root] = nullptr;
    free_.push_back(record.root);
  }
  std::size_t size(kit::Object* object) override { return at(object)->size; }
  kit::Object* get(kit::Object* object, std::size_t slot) override {
    Cell* const value = at(object)->slots[slot];
    return value == nullptr ? nullptr : value->object;
  }
  void push(kit::Object* object, kit::Object* value) override {
    Cell* const cell = at(object);
    grow(cell, cell->size + 1);
    cell->slots[cell->size - 1] = at(value);
  }
  void set(kit::Object* object, std::size_t slot, kit::Object* value) override {
    at(object)->slots[slot] = value == nullptr ? nullptr : at(value);
  }
  void erase(kit::Object* object, std::size_t slot) override {
    Cell* const cell = at(object);
    std::copy(cell->slots + slot + 1, cell->slots + cell->size, cell->slots + slot);
    cell->slots[--cell->size] = nullptr;
  }
  void collect(int) override { GC_gcollect(); }
  void settle() override { see_deaths(); }

 private:
  static constexpr std::size_t kMostRoots = std::size_t{1} << 16;

  static Record& of(kit::Object* object) { return *static_cast<Record*>(object->native); }
  static Cell* at(kit::Object* object) { return static_cast<Cell*>(GC_REVEAL_POINTER(of(object).hidden)); }

  static void watch(kit::Object* object, Cell* cell) {
    of(object).hidden = reinterpret_cast<Cell*>(GC_HIDE_POINTER(cell));
    GC_general_register_disappearing_link(reinterpret_cast<void**>(&of(object).hidden), cell);
  }
  static void grow(Cell* cell, std::size_t size) {
    if (size > cell->capacity) {
      const std::size_t capacity = std::max<std::size_t>(size, 2 * cell->capacity);
      Cell** const slots = static_cast<Cell**>(GC_MALLOC(capacity * sizeof(Cell*)));
      std::copy(cell->slots, cell->slots + cell->size, slots);
      cell->slots = slots;
      cell->capacity = capacity;
    }
    cell->size = size;
  }
  void hold(kit::Object* object, Cell* cell) {
    Record& record = of(object);
    if (record.holders++ > 0) return;
    if (free_.empty()) free_.push_back(used_++);
    record.root = free_.back();
    free_.pop_back();
    roots_[record.root] = cell;
  }
  void see_deaths() {
    if (collections_ == GC_get_gc_no()) return;
    collections_ = GC_get_gc_no();
    for (kit::Object*& object : objects_) {
      if (of(object).hidden != nullptr) continue;
      machine->died(object);
      object = nullptr;
    }
    objects_.erase(std::remove(objects_.begin(), objects_.end(), nullptr), objects_.end());
  }

  Cell** roots_ = nullptr;
  std::size_t used_ = 0;
  std::vector<std::size_t> free_;
  std::deque<Record> records_;
  std::vector<kit::Object*> objects_;  // that are not dead
  GC_word collections_ = 0;
};

}  // namespace

CYCLECHECK_SUBJECT(Boehm, "boehm",
                   std::to_string(GC_get_version() >> 16) + "." + std::to_string(GC_get_version() >> 8 & 255),
                   "counts=lazy collections=none finalizers=never weakrefs=death callbacks=never left=any", "")
