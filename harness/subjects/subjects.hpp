// What runs a trace: the interface, the model, and programs and plug-ins of others.
//
// The door of the room: other rooms include this header alone.
#pragma once

#include "harness/subjects/answer.hpp"
#include "harness/subjects/census.hpp"
#include "harness/subjects/contract.hpp"
#include "harness/subjects/creation_tag.hpp"
#include "harness/subjects/feature.hpp"
#include "harness/subjects/heap_state.hpp"
#include "harness/subjects/model_subject.hpp"
#include "harness/subjects/plugin_subject.hpp"
#include "harness/subjects/process_subject.hpp"
#include "harness/subjects/reached.hpp"
#include "harness/subjects/rule.hpp"
#include "harness/subjects/serve.hpp"
#include "harness/subjects/state_set.hpp"
#include "harness/subjects/subject.hpp"
#include "harness/subjects/subject_error.hpp"
