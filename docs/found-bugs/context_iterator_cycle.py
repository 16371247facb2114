# Iterators of contextvars.Context hold the context and are not tracked by the collector (3.7 to 3.13.5).
import contextvars
import gc
import sys

witness = [1]
variable = contextvars.ContextVar("variable")
context = contextvars.Context()
holder = [witness]
context.run(variable.set, holder)
holder.append(context.items())
del context, variable, holder
gc.collect()
print(sys.getrefcount(witness))  # 2 is right: nothing else holds it
