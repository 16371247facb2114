// Memory for the objects of the embedder's classes: blocks that do not move, cut from chunks by size.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <new>
#include <utility>

#include "impl/check.hpp"
#include "impl/internal/allocator.hpp"
#include "impl/internal/poison.hpp"

namespace cyclegc::internal {

// A freed block serves the next request of its size; in sanitizer builds it is poisoned. Chunks are given back with the
// pool. Blocks of more than kLargest bytes are the source's own. All operations are O(1).
class PayloadPool {
 public:
  static constexpr std::size_t kLargest = 256;

  explicit PayloadPool(const MemorySource& source) : source_(&source) {}
  PayloadPool(const PayloadPool&) = delete;
  PayloadPool& operator=(const PayloadPool&) = delete;
  ~PayloadPool() {
    for (const Chunk& chunk : chunks_) free_chunk(chunk);
  }

  // Aligned to 16 bytes if `bytes` is a multiple of 16, otherwise to 8. std::bad_alloc: there is no memory.
  // REQUIRES: bytes > 0
  [[nodiscard]] void* take(std::size_t bytes) {
    void* const taken = take_quickly(bytes);
    return taken != nullptr ? taken : take_new(bytes);
  }
  // Null: the source must be asked.
  [[nodiscard]] void* take_quickly(std::size_t bytes) {
    if (bytes > kLargest) [[unlikely]]
      return nullptr;
    SizeClass& blocks = classes_[(bytes + 7) / 8];
    Free* const block = blocks.free;
    if (block == nullptr) {
      const std::size_t whole = (bytes + 7) / 8 * 8;
      if (static_cast<std::size_t>(blocks.end - blocks.next) < whole) [[unlikely]]
        return nullptr;
      return std::exchange(blocks.next, blocks.next + whole);
    }
    unpoison(block, std::max(bytes, sizeof(Free)));
    blocks.free = block->next;
    return block;
  }

  void give_back(void* memory, std::size_t bytes) {
    if (bytes > kLargest) [[unlikely]]
      return give_large_back(memory, bytes);
    SizeClass& blocks = classes_[(bytes + 7) / 8];
    blocks.free = ::new (memory) Free{blocks.free};
    poison(memory, std::max(bytes, sizeof(Free)));
  }

  // Gives back chunks of which no block is in use. Keeps them where there is no memory to find that out.
  // O(free blocks * log chunks).
  void trim();

  template <class Visit>
  void visit_memory(Visit&& visit) {
    for (const Chunk& chunk : chunks_) visit(static_cast<void*>(chunk.memory), kChunk, kChunk);
    chunks_.visit_memory(visit);
  }

  // Of all chunks and large blocks, and of the latter.
  [[nodiscard]] std::size_t bytes() const { return chunks_.size() * kChunk + large_bytes_; }
  [[nodiscard]] std::size_t large_bytes() const { return large_bytes_; }

 private:
  // Pages of their own (impl/memory.cpp), so that the system gets them back.
  static constexpr std::size_t kChunk = std::size_t{1} << 17U;

  struct Free {
    Free* next;
  };
  struct Chunk {
    char* memory;
    // Of each of its blocks.
    std::size_t bytes;
  };
  struct SizeClass {
    Free* free = nullptr;
    // What was never used of the newest chunk.
    char* next = nullptr;
    char* end = nullptr;
  };

  void free_chunk(const Chunk& chunk) const {
    unpoison(chunk.memory, kChunk);
    static_cast<void>(resize_memory(*source_, Site::payloads, chunk.memory, kChunk, 0));
  }

  [[nodiscard]] void* take_memory(std::size_t bytes) const {
    void* const memory = resize_memory(*source_, Site::payloads, nullptr, 0, bytes);
    if (memory == nullptr) throw std::bad_alloc();
    return memory;
  }

  [[gnu::noinline]] void* take_new(std::size_t wanted) {
    if (wanted > kLargest) {
      void* const large = take_memory(wanted);
      large_bytes_ += wanted;
      return large;
    }
    const std::size_t bytes = (wanted + 7) / 8 * 8;
    SizeClass& blocks = classes_[bytes / 8];
    provide(chunks_, chunks_.size() + 1);
    void* const chunk = take_memory(kChunk);
    chunks_.push_back({static_cast<char*>(chunk), bytes});
    blocks.next = static_cast<char*>(chunk);
    blocks.end = blocks.next + kChunk;
    return std::exchange(blocks.next, blocks.next + bytes);
  }

  [[gnu::noinline]] void give_large_back(void* memory, std::size_t bytes) {
    static_cast<void>(resize_memory(*source_, Site::payloads, memory, bytes, 0));
    large_bytes_ -= bytes;
  }

  std::array<SizeClass, kLargest / 8 + 1> classes_{};
  const MemorySource* source_;
  Vector<Chunk> chunks_ = vector_for<Chunk>(Site::payloads, *source_);
  std::size_t large_bytes_ = 0;
};

}  // namespace cyclegc::internal
