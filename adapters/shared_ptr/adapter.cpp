// std::shared_ptr and std::weak_ptr: counts alone, no collections.
#include <memory>

#include "../kit/kit.hpp"

namespace {

struct Cell {
  kit::Machine* machine;
  kit::Object* object;
  std::vector<std::shared_ptr<Cell>> slots;
  std::weak_ptr<Cell> referent;
  ~Cell() { machine->died(object); }
};

using Pointer = std::shared_ptr<Cell>;

// What the machine holds, and where each object is.
struct Place {
  std::vector<Pointer> held;
  std::weak_ptr<Cell> cell;
};

class SharedPointers : public kit::Backend {
 public:
  void begin() override { places_.clear(); }
  void end() override {
    std::vector<Pointer> left;
    for (Place& place : places_) {
      if (Pointer cell = place.cell.lock()) left.push_back(std::move(cell));
    }
    for (const Pointer& cell : left) cell->slots.clear();
  }
  void create(kit::Object* object) override {
    places_.emplace_back();
    object->native = &places_.back();
    auto cell = std::make_shared<Cell>();
    cell->machine = machine;
    cell->object = object;
    if (object->has_attributes()) cell->slots.resize(16);
    if (object->referent != nullptr) cell->referent = place(object->referent).cell;
    place(object).cell = cell;
    place(object).held.push_back(std::move(cell));
  }
  kit::Object* answer(kit::Object* weak) override {
    Pointer cell = at(weak)->referent.lock();
    if (cell == nullptr) return nullptr;
    kit::Object* const object = cell->object;
    place(object).held.push_back(std::move(cell));
    return object;
  }
  void hold(kit::Object* object) override { place(object).held.push_back(at(object)); }
  void release(kit::Object* object) override {
    const Pointer last = std::move(place(object).held.back());
    place(object).held.pop_back();
  }
  std::size_t size(kit::Object* object) override { return at(object)->slots.size(); }
  kit::Object* get(kit::Object* object, std::size_t slot) override {
    const Pointer& value = at(object)->slots[slot];
    return value == nullptr ? nullptr : value->object;
  }
  void push(kit::Object* object, kit::Object* value) override { at(object)->slots.push_back(at(value)); }
  void set(kit::Object* object, std::size_t slot, kit::Object* value) override {
    const Pointer old = std::exchange(at(object)->slots[slot], value == nullptr ? nullptr : at(value));
  }
  void erase(kit::Object* object, std::size_t slot) override {
    auto& slots = at(object)->slots;
    const Pointer old = std::move(slots[slot]);
    slots.erase(slots.begin() + static_cast<std::ptrdiff_t>(slot));
  }
  void collect(int) override {}

 private:
  static Place& place(kit::Object* object) { return *static_cast<Place*>(object->native); }
  static Pointer at(kit::Object* object) { return place(object).cell.lock(); }

  std::deque<Place> places_;
};

}  // namespace

CYCLECHECK_SUBJECT(SharedPointers, "shared_ptr", "C++17",
                   "counts=prompt collections=none finalizers=never weakrefs=death callbacks=never left=cycles", "")
