// Traces in plain words and pictures.
//
// The door of the room: other rooms include this header alone.
#pragma once

#include "harness/explain/diagnosis.hpp"
#include "harness/explain/dot.hpp"
#include "harness/explain/narration.hpp"
#include "harness/explain/page.hpp"
#include "harness/explain/picture_file.hpp"
#include "harness/explain/story.hpp"
