# gc.is_tracked({}) is True from 3.14 on; the documentation's example says False.
import gc

print(gc.is_tracked({}))
