#include "harness/subjects/rule.hpp"

#include <array>

namespace cyclecheck {
namespace {

struct Row {
  Rule rule;
  std::string_view number;
  std::string_view acts;
};

constexpr std::array<Row, kRules> kRows{{
    {Rule::N1, "N1", "names bound"},
    {Rule::N2, "N2", "names looked up"},
    {Rule::N3, "N3", "operands that found an object"},
    {Rule::N4, "N4", "labels given"},
    {Rule::N5, "N5", "containers with attributes made"},
    {Rule::N6, "N6", "classic instances made"},
    {Rule::N7, "N7", "slots changed"},
    {Rule::N8, "N8", "bulk allocations"},
    {Rule::N9, "N9", "scopes opened"},
    {Rule::N10, "N10", "scripts run"},
    {Rule::N11, "N11", "objects made or asked for"},
    {Rule::N12, "N12", "ends of operations"},
    {Rule::N13, "N13", "lists made"},
    {Rule::N14, "N14", "dicts made"},
    {Rule::N15, "N15", "tuples made"},
    {Rule::N16, "N16", "things done many times at once"},
    {Rule::N17, "N17", "maps of ephemerons used"},
    {Rule::N18, "N18", "objects of an extension's type made"},
    {Rule::N19, "N19", "cells made"},
    {Rule::N20, "N20", "methods bound"},
    {Rule::N21, "N21", "frames made"},
    {Rule::N22, "N22", "tracebacks made"},
    {Rule::N23, "N23", "generators made"},
    {Rule::N24, "N24", "sets made"},
    {Rule::I1, "I1", "integers asked for"},
    {Rule::I2, "I2", "shortest strings made"},
    {Rule::I3, "I3", "strings interned"},
    {Rule::I4, "I4", "sums and joined strings"},
    {Rule::I5, "I5", "identities told"},
    {Rule::I6, "I6", "integers and strings that stay for ever"},
    {Rule::R1, "R1", "counts fallen to zero"},
    {Rule::R2, "R2", "liveness (see properties/)"},
    {Rule::D1, "D1", "tokens released"},
    {Rule::D2, "D2", "deaths in the order of PEP 442"},
    {Rule::D3, "D3", "deaths in the order of 2.7"},
    {Rule::D4, "D4", "deaths of classic instances"},
    {Rule::D5, "D5", "slots released at a death"},
    {Rule::D6, "D6", "containers freed"},
    {Rule::D7, "D7", "dictionaries of instances that died"},
    {Rule::D8, "D8", "weak references that died"},
    {Rule::D9, "D9", "lists, dicts and tuples that died"},
    {Rule::T1, "T1", "deaths that the trashcan counts"},
    {Rule::T2, "T2", "deposits at 50 levels, one counter"},
    {Rule::T3, "T3", "deposits at 50 levels, subtypes twice"},
    {Rule::T4, "T4", "deposits for want of headroom"},
    {Rule::T5, "T5", "trashcans emptied at an operation's end"},
    {Rule::T6, "T6", "deaths without a trashcan"},
    {Rule::W1, "W1", "weak references made"},
    {Rule::W2, "W2", "weak references used again"},
    {Rule::W3, "W3", "places found in a referent's list"},
    {Rule::W4, "W4", "weak references cleared at a death"},
    {Rule::W5, "W5", "heads dropped at a death"},
    {Rule::W6, "W6", "callbacks gathered at a death"},
    {Rule::W7, "W7", "callbacks run"},
    {Rule::W8, "W8", "containers taken from a free list"},
    {Rule::W9, "W9", "objects that became callbacks"},
    {Rule::G1, "G1", "containers tracked"},
    {Rule::G2, "G2", "allocations counted"},
    {Rule::G3, "G3", "thresholds set"},
    {Rule::G4, "G4", "allocations above the threshold"},
    {Rule::G5, "G5", "collections at a safepoint"},
    {Rule::G6, "G6", "dictionaries tracked or untracked"},
    {Rule::G7, "G7", "generations chosen"},
    {Rule::G8, "G8", "changes of long_lived_pending"},
    {Rule::G9, "G9", "tuples untracked"},
    {Rule::C1, "C1", "collections begun"},
    {Rule::C2, "C2", "objects whose references were subtracted"},
    {Rule::C3, "C3", "objects moved to unreachable"},
    {Rule::C4, "C4", "survivors of a collection"},
    {Rule::C5, "C5", "objects set aside"},
    {Rule::C6, "C6", "debug lines of collectable objects"},
    {Rule::C7, "C7", "weak references cleared in a collection"},
    {Rule::C8, "C8", "finalizers run in a collection"},
    {Rule::C9, "C9", "objects resurrected in a collection"},
    {Rule::C9b, "C9b", "late weak references cleared"},
    {Rule::C10, "C10", "objects to be cleared or saved"},
    {Rule::C11, "C11", "objects put into gc.garbage"},
    {Rule::C12, "C12", "answers above zero"},
    {Rule::C13, "C13", "full collections ended"},
    {Rule::F1, "F1", "finalizers called"},
    {Rule::F2, "F2", "tp_finalize at a death"},
    {Rule::F3, "F3", "legacy finalizers at a death"},
    {Rule::F4, "F4", "resurrections at a death"},
    {Rule::F5, "F5", "finalizers of objects with two"},
    {Rule::B1, "B1", "questions to gc.garbage"},
    {Rule::B2, "B2", "objects put into gc.garbage again"},
    {Rule::B3, "B3", "headers of DEBUG_STATS"},
    {Rule::B4, "B4", "debug lines of objects"},
    {Rule::B5, "B5", "closing lines without numbers"},
    {Rule::X1, "X1", "gc.collect and switches"},
    {Rule::X2, "X2", "gc.get_count"},
    {Rule::X3, "X3", "gc.get_objects"},
    {Rule::X4, "X4", "gc.get_referrers, gc.get_referents"},
    {Rule::X5, "X5", "gc.is_tracked, gc.is_finalized"},
    {Rule::X6, "X6", "identities and counts asked for"},
    {Rule::X7, "X7", "gc.freeze, gc.unfreeze"},
    {Rule::X8, "X8", "gc.callbacks called"},
    {Rule::X9, "X9", "gc.get_stats"},
    {Rule::X10, "X10", "gc.callbacks that act, called"},
    {Rule::S1, "S1", "shutdowns"},
    {Rule::S2, "S2", "shutdowns with globals to release"},
    {Rule::S3, "S3", "collections after the globals"},
    {Rule::S4, "S4", "objects leaked"},
    {Rule::M1, "M1", "countdowns to a failing allocation"},
    {Rule::M2, "M2", "allocations failed"},
    {Rule::M3, "M3", "half made instances given up"},
    {Rule::M4, "M4", "callbacks lost for want of memory"},
}};

consteval bool in_order() {
  for (std::size_t i = 0; i < kRules; ++i) {
    if (static_cast<std::size_t>(kRows[i].rule) != i) return false;
  }
  return true;
}
static_assert(in_order(), "the table is indexed by rule");

}  // namespace

std::string_view number_of(Rule rule) { return kRows[static_cast<std::size_t>(rule)].number; }

std::string_view acts(Rule rule) { return kRows[static_cast<std::size_t>(rule)].acts; }

bool applies(Rule rule, const Profile& profile) {
  switch (rule) {
    case Rule::R2:
    // CPython has none.
    case Rule::N17:
      return false;
    case Rule::N6:
    case Rule::D4:
      return profile.classic_instances;
    case Rule::D2:
    case Rule::F2:
    case Rule::C8:
      return profile.pep442;
    case Rule::D3:
      return !profile.pep442;
    case Rule::D7:
    case Rule::M3:
      return profile.attributes == Profile::Attributes::own_dictionary;
    case Rule::T2:
      return profile.trashcan == Profile::Trashcan::one_level;
    case Rule::T3:
    case Rule::T5:
      return profile.trashcan == Profile::Trashcan::two_levels;
    case Rule::T4:
      return profile.trashcan == Profile::Trashcan::headroom;
    case Rule::T1:
      return profile.trashcan != Profile::Trashcan::none;
    case Rule::T6:
      return profile.trashcan == Profile::Trashcan::none;
    case Rule::C9b:
      return profile.clears_late_weakrefs;
    case Rule::G5:
      return profile.trigger == Profile::Trigger::at_safepoint;
    case Rule::C9:
      return profile.resurrection != Profile::Resurrection::impossible;
    case Rule::B5:
      return !profile.debug_names_nothing_found;
    case Rule::X7:
      return profile.has_freeze;
    case Rule::X8:
    case Rule::X10:
      return profile.has_callbacks;
    case Rule::X9:
      return profile.has_stats;
    case Rule::S3:
      return profile.shutdown_collections > 0;
    default:
      return true;
  }
}

}  // namespace cyclecheck
