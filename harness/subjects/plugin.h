/* A collector as a plug-in: a shared library that `cyclecheck run --subject plugin:FILE.so` loads into its own workers.
 *
 * The lines are those of docs/subject-protocol.md, without a process between: no pipe, no flushing, and a debugger or a
 * coverage tool sees the collector directly. C and C++; nothing of CycleCheck is linked.
 *
 *   const struct cyclecheck_plugin *cyclecheck_plugin_entry(void) {
 *     static const struct cyclecheck_plugin plugin = {CYCLECHECK_PLUGIN_VERSION, greeting, run};
 *     return &plugin;
 *   }
 */
#ifndef CYCLECHECK_PLUGIN_H
#define CYCLECHECK_PLUGIN_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

#define CYCLECHECK_PLUGIN_VERSION 1

/* Takes text of the answer; may be called as often as the plug-in likes, with parts of lines, too. */
typedef void (*cyclecheck_write)(void *sink, const char *text, size_t size);

struct cyclecheck_plugin {
  /* CYCLECHECK_PLUGIN_VERSION. */
  int version;
  /* The greeting, from its first line to `ready`, ended by a null character. */
  const char *greeting;
  /* Runs one trace: `request` holds `size` bytes, from `run` to `end`; the answer goes to `write` and is complete when
   * the function returns. Called by one thread, one trace after the other; keeps nothing from one trace to the next that
   * an answer could show. Throws nothing. */
  void (*run)(const char *request, size_t size, void *sink, cyclecheck_write write);
};

/* What the library exports. Called once after it was loaded; the answer lives as long as the library. */
const struct cyclecheck_plugin *cyclecheck_plugin_entry(void);

#ifdef __cplusplus
}
#endif

#endif
