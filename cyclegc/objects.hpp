// The embedder's objects: classes, references between them, and handles to them. docs/embedding.md begins with ten
// lines that use it.
//   Member, Visitor, References   the counted fields of a class, and who asks for them
//   type_of_class<T>, make<T>     a type of a heap, and an object of it
//   Ref<T>, Handle                hold an object from outside
#pragma once

#include "impl/handle.hpp"
#include "impl/ref.hpp"
#include "impl/type.hpp"
