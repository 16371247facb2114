// A trace on the model and on a subject: the verdict, the first difference, its signature; the list of subjects.
//
// The door of the room: other rooms include this header alone.
#pragma once

#include "harness/compare/check.hpp"
#include "harness/compare/divergence.hpp"
#include "harness/compare/leaks.hpp"
#include "harness/compare/registry.hpp"
#include "harness/compare/signature.hpp"
