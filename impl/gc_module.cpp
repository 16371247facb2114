#include "impl/gc_module.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "impl/internal/collection.hpp"

namespace cyclegc {

using internal::Id;
using internal::ListId;

ListId GcModule::checked(int generation) {
  if (generation < 0 || generation > 2) throw std::out_of_range("invalid generation");
  return static_cast<ListId>(generation);
}

std::uint32_t GcModule::collect(int generation) {
  static_cast<void>(checked(generation));
  return collect(generation, true);
}

std::uint32_t GcModule::collect(int generation, bool calls_gc_callbacks) {
  CYCLEGC_CHECK(!heap_->quiet_ && !heap_->closing_);
  if (state().collecting) return 0;
  state().collecting = true;
  const internal::Outcome outcome = internal::Collection(*heap_, generation, calls_gc_callbacks).run();
  state().collecting = false;
  return outcome.answer();
}

void GcModule::clear_garbage() {
  heap_->provide_releasing(state().garbage.size());
  const std::size_t base = heap_->releasing_.size();
  for (const Id id : state().garbage) internal::push_within(heap_->releasing_, id);
  state().garbage.clear();
  heap_->release_pending(base);
}

Handle GcModule::take_garbage(std::size_t index) {
  internal::Vector<Id>& garbage = state().garbage;
  if (index >= garbage.size()) throw std::out_of_range("cyclegc: gc.garbage is shorter");
  const Id id = garbage[index];
  Handle taken(*heap_, heap_->named(id));
  garbage.erase(garbage.begin() + static_cast<std::ptrdiff_t>(index));
  heap_->release(id);
  return taken;
}

std::size_t GcModule::generation_size(int generation) const { return list(checked(generation)).live; }

std::vector<ObjectId> GcModule::get_objects() const {
  std::vector<ObjectId> objects;
  for (int generation = 0; generation <= 2; ++generation) {
    for_each_object(generation, [&](ObjectId object) { objects.push_back(object); });
  }
  return objects;
}

std::vector<ObjectId> GcModule::get_objects(int generation) const {
  std::vector<ObjectId> objects;
  for_each_object(generation, [&](ObjectId object) { objects.push_back(object); });
  return objects;
}

std::vector<ObjectId> GcModule::get_referrers(ObjectId object) const {
  std::vector<ObjectId> referrers;
  for (int generation = 0; generation <= 2; ++generation) {
    for_each_object(generation, [&](ObjectId candidate) {
      bool refers = false;
      heap_->visit_referents(candidate.index, [&](Id id) { refers = refers || id == object.index; });
      if (refers) referrers.push_back(candidate);
    });
  }
  return referrers;
}

std::vector<ObjectId> GcModule::get_referents(ObjectId object) const {
  CYCLEGC_CHECK_OBJECT(*heap_, object);
  std::vector<ObjectId> referents;
  heap_->visit_referents(object.index, [&](Id id) { referents.push_back(heap_->named(id)); });
  return referents;
}

bool GcModule::is_tracked(ObjectId object) const {
  CYCLEGC_CHECK_OBJECT(*heap_, object);
  return heap_->cells_[object.index].list != ListId::none;
}

bool GcModule::is_finalized(ObjectId object) const {
  CYCLEGC_CHECK_OBJECT(*heap_, object);
  return heap_->cells_[object.index].has(internal::Flag::finalized);
}

void GcModule::freeze() {
  for (int generation = 0; generation <= 2; ++generation) {
    heap_->append_list(static_cast<ListId>(generation), ListId::permanent);
  }
  state().count.fill(0);
}

void GcModule::unfreeze() { heap_->append_list(ListId::permanent, ListId::generation2); }

bool GcModule::is_frozen(ObjectId object) const {
  CYCLEGC_CHECK_OBJECT(*heap_, object);
  return heap_->cells_[object.index].list == ListId::permanent;
}

std::uint32_t GcModule::add_callback(GcCallback callback) {
  state().callbacks.emplace_back(state().next_callback, std::make_shared<const GcCallback>(std::move(callback)));
  return state().next_callback++;
}

void GcModule::remove_callback(std::uint32_t id) {
  auto& callbacks = state().callbacks;
  const auto found =
      std::find_if(callbacks.begin(), callbacks.end(), [&](const auto& entry) { return entry.first == id; });
  if (found == callbacks.end()) return;
  // Destroyed when the list is whole again: what it captured may hold handles, whose objects' finalizers may come here.
  const auto removed = std::move(found->second);
  callbacks.erase(found);
}

void GcModule::watch(ObjectId object, GcCallback callback) {
  state().watchers.push_back(std::make_shared<const Watcher>(Watcher{Handle(*heap_, object), std::move(callback)}));
}

bool GcModule::unwatch(ObjectId object) {
  auto& watchers = state().watchers;
  const auto found = std::find_if(watchers.begin(), watchers.end(),
                                  [&](const auto& watcher) { return watcher->object.get().index == object.index; });
  if (found == watchers.end()) return false;
  // The list is whole again when the object is let go of.
  const auto removed = std::move(*found);
  watchers.erase(found);
  return true;
}

void GcModule::shutdown(const std::function<void()>& release_roots) {
  state().pending = false;
  if (state().enabled || !heap_->semantics_.shutdown_needs_enabled) collect(2, true);
  release_roots();
  for (std::uint32_t i = 0; i < heap_->semantics_.shutdown_collections; ++i) collect(2, false);
}

}  // namespace cyclegc
