// A collector to begin with: counts, and trial deletion for cycles, in one page. It keeps its contract; with
// TOY_FAULT=1 to 16 in its environment it has a fault, which the judge finds (properties/adapters/toy_test.cpp).
#include <algorithm>

#include "../kit/kit.hpp"

namespace {

enum Fault {
  none,
  callback_twice,
  callback_forgotten,
  weak_cleared_early,
  weak_cleared_late,
  children_not_scanned,
  finalizer_twice,
  finalizer_after_death,
  finalizer_forgotten,
  weakly_referenced_leaks,
  opaque_holder_ignored,
  neighbour_freed,
  nested_collection,
  attribute_leaks,
  collection_cut_short,
  finalizer_too_soon,
  callback_before_death,
  value_lost,
};

struct Cell {
  kit::Object* object = nullptr;
  long count = 1;
  long outside = 0;  // references from outside of what is collected
  bool is_candidate = false, is_reached = false, is_finalized = false, is_freed = false;
  std::vector<Cell*> slots;
  Cell* referent = nullptr;
  std::vector<Cell*> weak;
  std::vector<std::pair<Cell*, Cell*>> entries;  // of a map
};

class Toy : public kit::Backend {
 public:
  void begin() override {
    const char* const number = std::getenv("TOY_FAULT");
    fault_ = number == nullptr ? none : static_cast<Fault>(std::atoi(number));
    cells_.clear();
    late_.clear();
    is_collecting_ = false;
  }
  // Nothing is freed before: a faulty collector is to be told by its log, not to crash.
  void end() override { cells_.clear(); }

  void create(kit::Object* object) override {
    cells_.emplace_back();
    Cell* const cell = &cells_.back();
    cell->object = object;
    object->native = cell;
    if (object->has_attributes()) cell->slots.resize(16);
    if (object->referent == nullptr) return;
    cell->referent = of(object->referent);
    cell->referent->weak.push_back(cell);
  }
  kit::Object* answer(kit::Object* weak) override {
    Cell* const referent = of(weak)->referent;
    if (referent == nullptr) return nullptr;
    ++referent->count;
    return referent->object;
  }
  void hold(kit::Object* object) override { ++of(object)->count; }
  void release(kit::Object* object) override { release(of(object)); }
  std::size_t size(kit::Object* object) override { return of(object)->slots.size(); }
  kit::Object* get(kit::Object* object, std::size_t slot) override {
    Cell* const value = of(object)->slots[slot];
    return value == nullptr ? nullptr : value->object;
  }
  void push(kit::Object* object, kit::Object* value) override {
    ++of(value)->count;
    of(object)->slots.push_back(of(value));
  }
  void set(kit::Object* object, std::size_t slot, kit::Object* value) override {
    if (value != nullptr) ++of(value)->count;
    Cell* const old = std::exchange(of(object)->slots[slot], value == nullptr ? nullptr : of(value));
    if (old != nullptr && !(fault_ == attribute_leaks && value == nullptr)) release(old);
  }
  void erase(kit::Object* object, std::size_t slot) override {
    Cell* const old = of(object)->slots[slot];
    of(object)->slots.erase(of(object)->slots.begin() + static_cast<std::ptrdiff_t>(slot));
    release(old);
  }

  void map_to(kit::Object* map, kit::Object* key, kit::Object* value) override {
    ++of(value)->count;
    for (auto& entry : of(map)->entries) {
      if (entry.first == of(key)) return release(std::exchange(entry.second, of(value)));
    }
    of(map)->entries.emplace_back(of(key), of(value));
  }
  kit::Object* mapped(kit::Object* map, kit::Object* key) override {
    for (const auto& entry : of(map)->entries) {
      if (entry.first == of(key)) return entry.second->object;
    }
    return nullptr;
  }

  void collect(int) override {
    if (is_collecting_ && fault_ != nested_collection) return;
    is_collecting_ = true;
    for (Cell* const cell : std::exchange(late_, {})) clear_weak(cell);
    std::vector<Cell*> garbage;
    for (Cell& cell : cells_) {
      const bool is_known = cell.object->kind != kit::Object::opaque && !cell.object->dead;
      if (is_known && !(fault_ == weakly_referenced_leaks && !cell.weak.empty())) garbage.push_back(&cell);
    }
    keep_unreached(garbage);
    run_finalizers(garbage);
    keep_unreached(garbage);
    if (fault_ == collection_cut_short && garbage.size() > 1) garbage.resize(1);
    free_all(garbage);
    is_collecting_ = false;
  }

 private:
  static Cell* of(kit::Object* object) { return static_cast<Cell*>(object->native); }

  // --- Counts ---

  void release(Cell* cell) {
    if (--cell->count > 0) {
      if (fault_ == finalizer_too_soon && cell->count == 1 && cell->weak.size() == 1) finalize(cell);
      return;
    }
    if (cell->is_freed) return;
    if (!cell->object->dead) {
      finalize(cell);
      if (cell->count > 0) return;
      die(cell);
    }
    free(cell);
  }
  void finalize(Cell* cell) {
    if (!cell->object->has_finalizer || std::exchange(cell->is_finalized, true)) return;
    if (fault_ == finalizer_forgotten && is_collecting_) return;
    if (fault_ == weak_cleared_early) clear_weak(cell);
    ++cell->count;
    if (fault_ != finalizer_after_death) machine->finalizer(cell->object);
    if (fault_ == finalizer_twice && is_collecting_) machine->finalizer(cell->object);
    --cell->count;
  }
  static std::vector<Cell*> clear_weak(Cell* cell) {
    for (Cell* const weak : cell->weak) weak->referent = nullptr;
    return std::exchange(cell->weak, {});
  }
  // The weak references go first, so that their callbacks find nothing.
  void die(Cell* cell) {
    if (fault_ == weak_cleared_late) {
      late_.push_back(cell);
      return machine->died(cell->object);
    }
    const std::vector<Cell*> values = take_values(cell);
    const std::vector<Cell*> weak = clear_weak(cell);
    if (fault_ == callback_before_death) call_back(weak);
    machine->died(cell->object);
    if (fault_ == finalizer_after_death && cell->object->has_finalizer) machine->finalizer(cell->object);
    if (fault_ != callback_before_death) call_back(weak);
    for (Cell* const value : values) release(value);
  }
  // What maps have for a key that dies, and what a map has.
  std::vector<Cell*> take_values(Cell* cell) {
    std::vector<Cell*> values;
    for (const auto& entry : std::exchange(cell->entries, {})) values.push_back(entry.second);
    for (Cell& map : cells_) {
      for (std::size_t i = map.entries.size(); i-- > 0;) {
        if (map.entries[i].first != cell) continue;
        values.push_back(map.entries[i].second);
        map.entries.erase(map.entries.begin() + static_cast<std::ptrdiff_t>(i));
      }
    }
    return values;
  }
  void call_back(const std::vector<Cell*>& weak) {
    std::vector<Cell*> told;
    for (Cell* const one : weak) {
      if (!one->object->has_callback || one->object->dead) continue;
      ++one->count;
      told.push_back(one);
    }
    if (fault_ == callback_forgotten && told.size() > 1) std::swap(told.front(), told.back());
    for (std::size_t i = 0; i < told.size(); ++i) {
      const bool is_forgotten = fault_ == callback_forgotten && i + 1 == told.size() && told.size() > 1;
      if (!is_forgotten) machine->callback(told[i]->object);
      if (fault_ == callback_twice && told.size() > 1) machine->callback(told[i]->object);
      release(told[i]);
    }
  }
  void free(Cell* cell) {
    cell->is_freed = true;
    if (cell->referent != nullptr) {
      auto& weak = cell->referent->weak;
      weak.erase(std::remove(weak.begin(), weak.end(), cell), weak.end());
    }
    for (Cell*& to : cell->slots) {
      if (to != nullptr) release(std::exchange(to, nullptr));
    }
  }

  // --- Cycles: trial deletion ---

  // Leaves those that nothing outside of `cells` reaches.
  void keep_unreached(std::vector<Cell*>& cells) {
    for (Cell& cell : cells_) cell.is_candidate = cell.is_reached = false;
    for (Cell* const cell : cells) {
      cell->is_candidate = true;
      cell->outside = cell->count;
    }
    for (Cell* const cell : cells) {
      for (Cell* const to : cell->slots) {
        if (to != nullptr && to->is_candidate) --to->outside;
      }
    }
    for (const Cell& map : cells_) {
      for (const auto& entry : map.entries) {
        if (entry.second->is_candidate) --entry.second->outside;
      }
    }
    if (fault_ == opaque_holder_ignored) {
      for (Cell& cell : cells_) {
        if (cell.object->kind != kit::Object::opaque || cell.object->dead) continue;
        for (Cell* const to : cell.slots) --to->outside;
      }
    }
    std::vector<Cell*> grey;
    for (Cell* const cell : cells) {
      if (cell->outside > 0 && !std::exchange(cell->is_reached, true)) grey.push_back(cell);
    }
    while (!grey.empty() || find_values(grey)) {
      Cell* const cell = grey.back();
      grey.pop_back();
      if (fault_ == neighbour_freed && cell->is_finalized) continue;
      const std::size_t last =
          fault_ == children_not_scanned ? std::min<std::size_t>(cell->slots.size(), 2) : cell->slots.size();
      for (std::size_t i = 0; i < last; ++i) {
        Cell* const to = cell->slots[i];
        if (to != nullptr && to->is_candidate && !std::exchange(to->is_reached, true)) grey.push_back(to);
      }
    }
    cells.erase(std::remove_if(cells.begin(), cells.end(), [](Cell* cell) { return cell->is_reached; }), cells.end());
  }
  // The values of entries whose map and key are reached.
  bool find_values(std::vector<Cell*>& grey) {
    const auto is_reached = [](const Cell& cell) { return cell.is_reached || !cell.is_candidate; };
    if (fault_ == value_lost) return false;
    for (const Cell& map : cells_) {
      for (const auto& entry : map.entries) {
        if (!is_reached(map) || !is_reached(*entry.first) || is_reached(*entry.second)) continue;
        entry.second->is_reached = true;
        grey.push_back(entry.second);
      }
    }
    return !grey.empty();
  }
  void run_finalizers(const std::vector<Cell*>& cells) {
    for (Cell* const cell : cells) ++cell->count;
    for (Cell* const cell : cells) finalize(cell);
    for (Cell* const cell : cells) release(cell);
    // Some may have died: a finalizer took its object apart.
  }
  void free_all(std::vector<Cell*>& garbage) {
    if (fault_ != nested_collection) {
      garbage.erase(std::remove_if(garbage.begin(), garbage.end(), [](Cell* cell) { return cell->object->dead; }),
                    garbage.end());
    }
    for (Cell* const cell : garbage) ++cell->count;
    std::vector<Cell*> weak, values;
    for (Cell* const cell : garbage) {
      for (Cell* const value : take_values(cell)) values.push_back(value);
      const std::vector<Cell*> cleared = clear_weak(cell);
      weak.insert(weak.end(), cleared.begin(), cleared.end());
    }
    for (Cell* const cell : garbage) machine->died(cell->object);
    if (fault_ == finalizer_after_death) {
      for (Cell* const cell : garbage) {
        if (cell->object->has_finalizer) machine->finalizer(cell->object);
      }
    }
    call_back(weak);
    for (Cell* const cell : garbage) {
      for (Cell*& to : cell->slots) {
        if (to != nullptr) release(std::exchange(to, nullptr));
      }
    }
    for (Cell* const value : values) release(value);
    for (Cell* const cell : garbage) release(cell);
  }

  Fault fault_ = none;
  std::deque<Cell> cells_;
  std::vector<Cell*> late_;
  bool is_collecting_ = false;
};

}  // namespace

CYCLECHECK_SUBJECT(Toy, "toy", "1",
                   "counts=prompt collections=1 finalizers=once weakrefs=death callbacks=after left=opaque "
                   "ephemerons=collected",
                   "")
