// Memory goes back to the system.
#include <algorithm>
#include <new>

#include "impl/heap.hpp"

namespace cyclegc {
namespace internal {

void PayloadPool::trim() {
  Vector<std::size_t> free_bytes = vector_for<std::size_t>(Site::payloads, *source_);
  try {
    free_bytes.resize(chunks_.size());
  } catch (const std::bad_alloc&) {
    return;
  }
  std::sort(chunks_.begin(), chunks_.end(), [](const Chunk& a, const Chunk& b) { return a.memory < b.memory; });
  const auto chunk_of = [this](const void* block) {
    const auto behind = [](const void* place, const Chunk& chunk) { return place < chunk.memory; };
    return static_cast<std::size_t>(std::upper_bound(chunks_.begin(), chunks_.end(), block, behind) - chunks_.begin()) -
           1;
  };
  // A block that nobody has, which a sanitizer watches.
  const auto next_of = [](Free* block) {
    unpoison(block, sizeof(Free));
    return block->next;
  };
  for (std::size_t i = 1; i < classes_.size(); ++i) {
    const SizeClass& blocks = classes_[i];
    for (Free* block = blocks.free; block != nullptr; block = next_of(block)) free_bytes[chunk_of(block)] += i * 8;
    if (blocks.end == nullptr) continue;
    free_bytes[chunk_of(blocks.end - kChunk)] += static_cast<std::size_t>(blocks.end - blocks.next) / (i * 8) * (i * 8);
  }
  const auto goes = [&](std::size_t chunk) {
    const std::size_t bytes = chunks_[chunk].bytes;
    return free_bytes[chunk] == kChunk / bytes * bytes;
  };
  for (std::size_t i = 1; i < classes_.size(); ++i) {
    SizeClass& blocks = classes_[i];
    Free* kept = nullptr;
    for (Free* block = blocks.free; block != nullptr;) {
      Free* const next = next_of(block);
      if (!goes(chunk_of(block))) {
        block->next = kept;
        kept = block;
      }
      poison(block, i * 8);
      block = next;
    }
    blocks.free = kept;
    if (blocks.end != nullptr && goes(chunk_of(blocks.end - kChunk))) blocks.next = blocks.end = nullptr;
  }
  for (std::size_t i = 0; i < chunks_.size(); ++i) {
    if (!goes(i)) continue;
    free_chunk(chunks_[i]);
    chunks_[i].memory = nullptr;
  }
  const auto gone = [](const Chunk& chunk) { return chunk.memory == nullptr; };
  chunks_.erase(std::remove_if(chunks_.begin(), chunks_.end(), gone), chunks_.end());
}

}  // namespace internal

// All that grows with the number of objects.
template <class Visit>
void Heap::visit_memory(Visit&& visit) {
  const std::size_t cells = cells_.size();
  cells_.visit_memory(visit);
  held_.visit_memory(cells, visit);
  gc_refs_.visit_memory(cells, visit);
  pool_.visit_memory(visit);
  payloads_.visit_memory(visit);
  trashcan_.visit_memory(visit);
  for (internal::Order& order : lists_) order.ids.visit_memory(visit);
  tags_.visit_memory(visit);
  for (internal::Vector<Id>* ids : {&weak_heads_, &weak_callbacks_, &weak_objects_, &set_apart_, &doomed_, &queue_,
                                    &releasing_, &scratch_unreachable_, &scratch_young_, &gc_.garbage}) {
    ids->visit_memory(visit);
  }
  frames_.visit_memory(visit);
}

std::size_t Heap::resident_bytes() {
  std::size_t resident = payloads_.large_bytes();
  visit_memory([&](void* block, std::size_t bytes, std::size_t /*used*/) {
    resident += internal::resident_bytes(source_, block, bytes);
  });
  return resident;
}

void Heap::trim() {
  CYCLEGC_CHECK(frames_.empty() && !gc_.collecting && !quiet_ && promised_ == 0);
  cells_.forget_vacant_end();
  pool_.forget_free();
  payloads_.trim();
  for (std::size_t i = 0; i < lists_.size(); ++i) compact(static_cast<ListId>(i));
  scratch_unreachable_.clear();
  scratch_young_.clear();
  const std::size_t cells = cells_.size();
  // Beyond the last object they say nothing.
  if (tags_.size() > cells && cells != 0) tags_.resize(cells);
  for (internal::Vector<Id>* const ids : {&weak_heads_, &weak_callbacks_, &weak_objects_}) {
    internal::empty_behind(source_, ids->data(), ids->capacity() * sizeof(Id),
                           std::min(ids->size(), cells) * sizeof(Id));
  }
  visit_memory([this](void* block, std::size_t bytes, std::size_t used) {
    internal::empty_behind(source_, block, bytes, used);
  });
}

}  // namespace cyclegc
