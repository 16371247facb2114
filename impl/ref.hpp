// Typed handles: Ref<T> holds an object whose kind the compiler knows.
//
// T is a view of a built-in layout (Node, Instance, Opaque), or a class of the embedder, which the heap then owns:
//
//   class Pair {
//    public:
//     cyclegc::Member left, right;
//     void traverse(const cyclegc::Visitor& visit) const { visit(left); visit(right); }
//     void detach(cyclegc::References& out) { out.take(left); out.take(right); }
//   };
//   const cyclegc::TypeId pairs = heap.define(cyclegc::type_of_class<Pair>("pair"));
//   cyclegc::Ref<Pair> pair = cyclegc::make<Pair>(heap, pairs);
//   heap.store_member(pair.get(), pair->left, pair.get());
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>

#include "impl/heap.hpp"
#include "impl/members.hpp"

namespace cyclegc {

// A class whose objects the heap can own.
template <class T>
concept Collectable = requires(const T& constant, T& object, const Visitor& visit, References& references) {
  constant.traverse(visit);
  object.detach(references);
};

// What an object with slots can do, for as long as somebody holds it. See Heap for what the functions answer.
class SlotView {
 public:
  SlotView(Heap& heap, ObjectId object) : heap_(&heap), object_(object) {}

  [[nodiscard]] ObjectId operator[](std::uint32_t index) const { return heap_->slot(object_, index); }
  [[nodiscard]] std::uint32_t size() const { return heap_->slot_count(object_); }
  bool append(const Handle& value) const { return heap_->append(object_, value.get()); }
  bool remove(const Handle& value) const { return heap_->remove(object_, value.get()); }
  bool store(std::uint32_t index, const Handle& value) const { return heap_->store(object_, index, value.get()); }
  bool erase(std::uint32_t index) const { return heap_->erase(object_, index); }
  void clear() const { heap_->clear(object_); }

 private:
  Heap* heap_;
  ObjectId object_;
};

struct Node : SlotView {
  using SlotView::SlotView;
  static bool describes(const Type& type) { return type.layout == Layout::node; }
};
struct Instance : SlotView {
  using SlotView::SlotView;
  static bool describes(const Type& type) { return type.layout == Layout::instance || type.layout == Layout::classic; }
};
struct Opaque : SlotView {
  using SlotView::SlotView;
  static bool describes(const Type& type) { return type.layout == Layout::opaque; }
};

namespace internal {

// An address for each class: of data that can be written to, which no linker folds.
template <class T>
inline char class_mark = 0;

template <Collectable T>
struct ClassOperations {
  // Objects of the class lie in the heap's own memory.
  static constexpr bool kInHeap = alignof(T) <= 16;

  static void traverse(const void* object, const Visitor& visit) { static_cast<const T*>(object)->traverse(visit); }
  static void detach(void* object, References& references) { static_cast<T*>(object)->detach(references); }
  static void destroy(void* object) {
    if constexpr (kInHeap) {
      std::destroy_at(static_cast<T*>(object));
    } else {
      delete static_cast<T*>(object);
    }
  }
  static void dismantle(void* object, References& references) {
    detach(object, references);
    destroy(object);
  }
};

template <class T, class... Bases>
void* as_class(void* object, const void* other_class) {
  void* found = nullptr;
  const auto try_base = [&]<class Base>(std::type_identity<Base>) {
    if (other_class == &class_mark<Base>) found = static_cast<Base*>(static_cast<T*>(object));
  };
  (try_base(std::type_identity<Bases>{}), ...);
  return found;
}

// What `->` of a view answers.
template <class View>
struct ViewPointer {
  View view;
  const View* operator->() const { return &view; }
};

}  // namespace internal

// The type of the objects of a class. Hooks may be added before it is defined. `Bases`: its direct and indirect bases
// that a Ref may stand for.
template <Collectable T, class... Bases>
[[nodiscard]] Type type_of_class(std::string name, ReleaseOrder order = ReleaseOrder::first_to_last) {
  using Operations = internal::ClassOperations<T>;
  Type type;
  type.name = std::move(name);
  type.layout = Layout::custom;
  static_assert((std::derived_from<T, Bases> && ...));
  type.custom = {.traverse = &Operations::traverse,
                 .detach = &Operations::detach,
                 .destroy = &Operations::destroy,
                 .order = order,
                 .dismantle = &Operations::dismantle,
                 .size = Operations::kInHeap ? static_cast<std::uint32_t>(sizeof(T)) : 0,
                 .of_class = &internal::class_mark<T>};
  if constexpr (requires { T::kShowsAllMembers; }) type.custom.shows_all = T::kShowsAllMembers;
  if constexpr (constexpr std::size_t kMembers = internal::inherited_members<T>(); kMembers != internal::kOthers) {
    type.custom.shows_all = type.custom.in_place = true;
    type.custom.members = kMembers;
    type.custom.first_member = internal::first_inherited_member<T>();
    type.custom.dies_trivially = Operations::kInHeap && std::is_trivially_destructible_v<T>;
  }
  if constexpr (sizeof...(Bases) != 0) type.custom.as_class = &internal::as_class<T, Bases...>;
  return type;
}

// Holds an object of the kind that T stands for, or none. As a Handle otherwise. A Ref of a class is one of its bases
// as well.
template <class T>
class Ref {
 public:
  Ref() = default;
  // REQUIRES: the handle is empty, or is_a(handle)
  explicit Ref(Handle handle) : handle_(std::move(handle)) {
    if (!handle_) return;
    CYCLEGC_CHECK(is_a(handle_));
    if constexpr (Collectable<T>) object_ = find(handle_);
  }
  template <class Derived>
  requires(!std::same_as<Derived, T> && std::derived_from<Derived, T>) Ref(Ref<Derived> derived)
      : handle_(std::move(derived.handle_)), object_(derived.object_) {}  // NOLINT: as a pointer

  // The held object is of the kind that T stands for.
  [[nodiscard]] static bool is_a(const Handle& handle) {
    if (!handle) return false;
    if constexpr (Collectable<T>) {
      return find(handle) != nullptr;
    } else {
      return T::describes(handle.heap().type(handle.heap().type_of(handle.get())));
    }
  }

  // REQUIRES: not empty
  [[nodiscard]] auto operator->() const {
    if constexpr (Collectable<T>) {
      CYCLEGC_CHECK(object_ != nullptr);
      return object_;
    } else {
      return internal::ViewPointer<T>{T(handle_.heap(), handle_.get())};
    }
  }
  [[nodiscard]] decltype(auto) operator*() const {
    if constexpr (Collectable<T>) {
      CYCLEGC_CHECK(object_ != nullptr);
      return *object_;
    } else {
      return T(handle_.heap(), handle_.get());
    }
  }

  [[nodiscard]] const Handle& handle() const { return handle_; }
  [[nodiscard]] ObjectId get() const { return handle_.get(); }
  [[nodiscard]] explicit operator bool() const { return static_cast<bool>(handle_); }
  // What `->` answers afterwards is gone.
  void reset() {
    object_ = nullptr;
    handle_.reset();
  }
  // The same; see Heap::release_some.
  void reset_later() {
    object_ = nullptr;
    handle_.reset_later();
  }
  void swap(Ref& other) noexcept {
    handle_.swap(other.handle_);
    std::swap(object_, other.object_);
  }
  friend bool operator==(const Ref& x, const Ref& y) { return x.handle_ == y.handle_; }

 private:
  template <class Other>
  friend class Ref;
  template <class Made, class... Arguments>
  friend Ref<Made> make_tagged(Heap& heap, TypeId type, std::uint64_t tag, Arguments&&... arguments);
  Ref(Handle handle, T* object) : handle_(std::move(handle)), object_(object) {}

  // Null: the object is not a T.
  [[nodiscard]] static T* find(const Handle& handle) requires Collectable<T> {
    return static_cast<T*>(handle.heap().object_as(handle.get(), &internal::class_mark<T>));
  }

  Handle handle_;
  // Where the object is; it does not move. Only of a class.
  std::conditional_t<Collectable<T>, T*, std::nullptr_t> object_ = nullptr;
};

// Creates an object of a class or of a built-in layout (G4), with the embedder's number. Not a safepoint.
// std::invalid_argument: the type is not of this class. REQUIRES: the type is one that T stands for
template <class T, class... Arguments>
[[nodiscard]] Ref<T> make_tagged(Heap& heap, TypeId type, std::uint64_t tag, Arguments&&... arguments) {
  if constexpr (!Collectable<T>) {
    return Ref<T>(heap.create(type, tag));
  } else {
    if (heap.class_of(type) != &internal::class_mark<T>)
      throw std::invalid_argument("cyclegc: a type of another class");
    if constexpr (internal::ClassOperations<T>::kInHeap) {
      struct Memory {
        Heap& heap;
        void* taken = heap.take_payload(sizeof(T));
        explicit Memory(Heap& owner) : heap(owner) {}
        Memory(const Memory&) = delete;
        Memory& operator=(const Memory&) = delete;
        ~Memory() {
          if (taken != nullptr) heap.give_payload_back(taken, sizeof(T));
        }
      } memory(heap);
      struct Destroy {
        void operator()(T* object) const { std::destroy_at(object); }
      };
      std::unique_ptr<T, Destroy> object(::new (memory.taken) T(std::forward<Arguments>(arguments)...));
      Handle made = heap.create_custom(type, object.get(), tag);
      memory.taken = nullptr;
      return {std::move(made), object.release()};
    } else {
      auto object = std::make_unique<T>(std::forward<Arguments>(arguments)...);
      Handle made = heap.create_custom(type, object.get(), tag);
      return {std::move(made), object.release()};
    }
  }
}

template <class T, class... Arguments>
[[nodiscard]] Ref<T> make(Heap& heap, TypeId type, Arguments&&... arguments) {
  return make_tagged<T>(heap, type, 0, std::forward<Arguments>(arguments)...);
}

}  // namespace cyclegc
