// What `cyclecheck objgraph` is asked, and its answers about one heap: of a trace, or of a dump.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "harness/live/live.hpp"
#include "impl/objgraph.hpp"

namespace cyclecheck::cli {

struct HeapQuestionOptions {
  bool collect = false;

  std::string count;
  std::string by_type;
  std::optional<std::size_t> most_common;
  bool typestats = false;
  bool growth = false;
  bool leaking = false;

  std::string refs;
  std::string backrefs;
  std::string root_chain;
  std::vector<std::string> chain;
  std::string why;
  std::string output;
  // How far a picture or a chain goes, if the command line says so.
  std::optional<std::size_t> max_depth;
  cyclegc::Objgraph::Options picture;

  [[nodiscard]] bool asks() const;
};

class HeapQuestions {
 public:
  // What differs between heaps.
  struct Subject {
    // "leak.trace", for messages.
    std::string path;
    // "at that step", or "in that dump".
    std::string where;
    // Lists the types of the heap instead of its objects where a name is unknown: there are too many objects.
    bool many = false;
    // What --why is to know.
    WhyFacts facts;
    // Instead of comparing with the name of each object.
    std::function<std::optional<cyclegc::Objgraph::Node>(const std::string& name)> find;
  };

  // All three outlive it.
  HeapQuestions(const HeapQuestionOptions& options, cyclegc::Objgraph& objgraph, const Subject& subject);

  // Prints the answers to standard output. The exit status.
  [[nodiscard]] int answer();

 private:
  using Node = cyclegc::Objgraph::Node;
  using Chain = cyclegc::Objgraph::Chain;
  // A search that goes no deeper than it is told.
  using Search = std::function<Chain(std::size_t max_depth)>;

  void print(const std::vector<cyclegc::ObjectId>& objects) const;
  // Something with this name: an object, alive or not, a root, or gc.garbage.
  [[nodiscard]] std::optional<Node> find(const std::string& name) const;
  // The same, or it says what there is instead.
  [[nodiscard]] std::optional<Node> find_or_tell(const std::string& name) const;
  [[nodiscard]] int tell_picture(const std::string& name, bool backrefs) const;
  [[nodiscard]] int tell_chain(const std::string& from, const std::string& to) const;
  [[nodiscard]] int tell_root_chain(const std::string& to) const;
  // `missing`: what is said if there is none, such as "a does not lead to b".
  [[nodiscard]] int tell_chain(const Search& search, const std::string& missing) const;
  [[nodiscard]] int draw(const cyclegc::Objgraph::Picture& picture, const std::string& name) const;

  const HeapQuestionOptions& options_;
  cyclegc::Objgraph& objgraph_;
  const Subject& subject_;
};

}  // namespace cyclecheck::cli
