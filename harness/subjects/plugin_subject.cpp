#include "harness/subjects/plugin_subject.hpp"

#include <dlfcn.h>

#include "harness/subjects/plugin.h"

namespace cyclecheck {

using Kind = SubjectError::Kind;

namespace {

using Export = const struct ::cyclecheck_plugin* (*)();

// A path without a slash would be searched for among the system's libraries.
std::string path_of(const std::string& file) { return file.find('/') == std::string::npos ? "./" + file : file; }

}  // namespace

PluginSubject::PluginSubject(const std::string& file) : name_("plugin:" + file) {
  const auto give_up = [this](const std::string& why) { throw SubjectError(Kind::cannot_start, name_ + ": " + why); };
  void* const library = ::dlopen(path_of(file).c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) give_up(::dlerror());
  const auto get = reinterpret_cast<Export>(::dlsym(library, "cyclecheck_plugin_entry"));
  if (get == nullptr) give_up("it exports no function cyclecheck_plugin_entry (harness/subjects/plugin.h)");
  plugin_ = get();
  if (plugin_ == nullptr || plugin_->version != CYCLECHECK_PLUGIN_VERSION) {
    give_up("expected a plug-in of version " + std::to_string(CYCLECHECK_PLUGIN_VERSION));
  }
  if (plugin_->greeting == nullptr || plugin_->run == nullptr) give_up("its greeting or its function `run` is null");
  answer_ = plugin_->greeting;
  try {
    greeting_ = read_greeting();
  } catch (const SubjectError& error) {
    throw SubjectError(Kind::cannot_start, error.what());
  }
}

void PluginSubject::run(const Trace& trace, Observe observe, Log& log) {
  const std::string& request = request_.write(trace, observe);
  answer_.clear();
  read_ = 0;
  plugin_->run(request.data(), request.size(), &answer_, [](void* sink, const char* text, std::size_t size) {
    static_cast<std::string*>(sink)->append(text, size);
  });
  read_answer(trace, log);
}

std::string_view PluginSubject::read_line(std::string_view what) {
  const std::size_t end = answer_.find('\n', read_);
  if (end == std::string::npos)
    throw failure(Kind::truncated, "its answer ends while " + std::string(what) + " was expected");
  std::string_view line = std::string_view(answer_).substr(read_, end - read_);
  if (line.ends_with('\r')) line.remove_suffix(1);
  read_ = end + 1;
  return line;
}

SubjectError PluginSubject::failure(Kind kind, const std::string& message) { return {kind, name_ + ": " + message}; }

}  // namespace cyclecheck
