/* QuickJS: what the finalizer of a class releases during a collection stays there without a reference, if the
 * collection does not free it itself: an object of a class without gc_mark, which a cycle of others holds, holds an object that
 * nobody else holds. The next collection frees it, or, if a WeakRef refers to it, aborts with
 * "gc_decref: Assertion `p->mark == 0' failed".
 *
 *   cc -o class quickjs_class_in_cycle.c -L/usr/lib/x86_64-linux-gnu/quickjs -lquickjs -lm -lpthread -ldl && ./class
 */
#include <quickjs/quickjs.h>
#include <stdio.h>

static JSClassID holder_class, leaf_class;

static void free_holder(JSRuntime *runtime, JSValue value) {
  JSValue *held = JS_GetOpaque(value, holder_class);
  if (held != NULL) JS_FreeValueRT(runtime, *held);
}

static void free_leaf(JSRuntime *runtime, JSValue value) {
  (void)runtime;
  (void)value;
  puts("the leaf is freed");
}

static const JSClassDef holder = {"Holder", .finalizer = free_holder};
static const JSClassDef leaf = {"Leaf", .finalizer = free_leaf};

int main(void) {
  JSRuntime *runtime = JS_NewRuntime();
  JS_SetGCThreshold(runtime, -1);
  JS_NewClassID(&holder_class);
  JS_NewClassID(&leaf_class);
  JS_NewClass(runtime, holder_class, &holder);
  JS_NewClass(runtime, leaf_class, &leaf);
  JSContext *context = JS_NewContext(runtime);

  JSValue held = JS_NewObjectClass(context, leaf_class);
  JSValue holds = JS_NewObjectClass(context, holder_class);
  JS_SetOpaque(holds, &held);
  JSValue global = JS_GetGlobalObject(context);
  JS_SetPropertyStr(context, global, "leaf", JS_DupValue(context, held));
  const char code[] = "var weak = new WeakRef(leaf); leaf = undefined;";
  JS_FreeValue(context, JS_Eval(context, code, sizeof code - 1, "code", JS_EVAL_TYPE_GLOBAL));
  JS_FreeValue(context, global);
  JSValue cycle = JS_NewObject(context);
  JS_SetPropertyStr(context, cycle, "self", JS_DupValue(context, cycle));
  JS_SetPropertyStr(context, cycle, "holds", holds);
  JS_FreeValue(context, cycle);
  puts("collecting");
  JS_RunGC(runtime);
  puts("collected");
  JS_RunGC(runtime);
  puts("collected again");
  JS_FreeContext(context);
  JS_FreeRuntime(runtime);
  return 0;
}
